"""The sentences of the notices, in English and Chinese. Pure: facts in, subject and body out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sensors.domain.alerts import CONDITIONS, AlertKind, NoticeReason
from sensors.services.first_steps import DO_FIRST

Language = Literal["en", "zh"]


@dataclass(frozen=True)
class Foretold:
    """Where a temperature goes: centi-degrees an hour, and when it leaves its range (local)."""

    centi_per_h: int
    leaves: datetime


@dataclass(frozen=True)
class Facts:
    """What a notice says of one alert; pairs are (English, Chinese), instants are local."""

    kind: AlertKind
    site: tuple[str, str]
    unit: tuple[str, str]
    unit_code: str
    device: str
    rule: tuple[str, str] | None
    direction: str | None
    began: datetime | None
    ended: datetime | None
    withdrawn: bool
    notice: NoticeReason
    centi: int | None
    measured: datetime | None
    peak_centi: int | None
    end_unknown: bool = False  # Its end was not seen: the probe was lost, or the rules changed.
    inside: tuple[str, ...] = ()  # Lots in the unit, as people call them.
    foretold: Foretold | None = None
    found_late: bool = False  # In readings that came long after they were measured.


@dataclass(frozen=True)
class Together:
    """What the site itself looks like when several alerts are told as one."""

    site: tuple[str, str]
    power_cut: bool = False
    site_down: bool = False


def alert(
    facts: Sequence[Facts], language: Language, together: Together | None = None
) -> tuple[str, str]:
    """Return subject and body of a notice about one alert, or about several of one site."""
    if len(facts) == 1 or together is None:
        return _subject(facts[0], language), "\n".join(_lines(facts[0], language))
    subject = _subject_together(facts, together, language)
    lines = [_line(fact, language) for fact in facts]
    return subject, "\n".join([subject, *lines, _pick(_first_together(facts, together), language)])


def _subject_together(facts: Sequence[Facts], together: Together, language: Language) -> str:
    zh, en = _heading(facts[0])
    site, many = _pick(together.site, language), len(facts)
    over = all(fact.ended is not None for fact in facts)
    if facts[0].kind is AlertKind.EXCURSION and facts[0].found_late:
        words = (f"{many} excursions found in late readings", f"补传数据中发现 {many} 次超温")
    elif facts[0].kind is AlertKind.EXCURSION:
        words = (f"{many} units out of range", f"{many} 台设备温度超出范围")
    elif together.power_cut and not over:
        words = (f"power cut, {many} sensors affected", f"停电，{many} 个传感器受影响")
    elif all(fact.kind is AlertKind.POWER for fact in facts):  # They do give readings.
        back = (f"power is back at {many} units", f"{many} 台设备已恢复供电")
        words = back if over else (f"{many} units without power", f"{many} 台设备断电")
    elif together.site_down and not over:
        words = (f"the whole site is silent, {many} sensors", f"全站失联，{many} 个传感器")
    elif facts[0].kind in CONDITIONS:
        well = (f"{many} units are well again", f"{many} 台设备已恢复正常")
        words = well if over else (f"{many} units need a look", f"{many} 台设备需要查看")
    elif over:
        words = (f"{many} sensors are heard again", f"{many} 个传感器恢复")
    else:
        words = (f"{many} sensors give no readings", f"{many} 个传感器失联")
    return f"【冷链{zh}】{site}：{words[1]}" if language == "zh" else f"{en}: {site}: {words[0]}"


def _first_together(facts: Sequence[Facts], together: Together) -> tuple[str, str]:
    lasting = [fact for fact in facts if fact.ended is None]
    if lasting and together.power_cut:
        return DO_FIRST["power"]
    cold = [fact for fact in lasting if fact.direction == "cold"]
    return _do_first((cold or lasting or list(facts))[0])


def _line(fact: Facts, language: Language) -> str:
    """Say one alert of several in one line."""
    said = [f"- {_unit(fact, language)} ({fact.device}): {_reason(fact, language)}"]
    if fact.began is not None:
        said.append(("自 " if language == "zh" else "since ") + show(fact.began, language))
    if fact.found_late and fact.ended is not None:
        said.append(("至 " if language == "zh" else "until ") + show(fact.ended, language))
    if fact.found_late and fact.peak_centi is not None:
        said.append(("极值 " if language == "zh" else "furthest ") + celsius(fact.peak_centi))
    elif fact.centi is not None:
        said.append(celsius(fact.centi))
    if fact.ended is not None:
        said.append("已结束" if language == "zh" else "over")
    if fact.inside:
        said.append(_inside(fact, language))
    return ("，" if language == "zh" else ", ").join(said)


def _inside(fact: Facts, language: Language) -> str:
    return ("内有：" if language == "zh" else "Inside: ") + "; ".join(fact.inside)


def digest(subjects: Sequence[str], language: Language) -> tuple[str, str]:
    """Return the one message that stands for the notices of *subjects*, one a line."""
    many = len(subjects)
    if language == "zh":
        head = f"【冷链】另有 {many} 条报警，合并为一条发送"
        foot = "请打开报警页面逐条处理。"
    else:
        head = f"Cold chain: {many} more alerts, in one message"
        foot = "Open the page of the alerts and answer each."
    return head, "\n".join([head, *(f"- {subject}" for subject in subjects), foot])


def canary(site: str, language: Language) -> tuple[str, str]:
    """Return the weekly message that proves that an alarm would arrive."""
    if language == "zh":
        return (
            f"【冷链】每周测试消息：{site}",
            "这是每周一次的测试，用来确认报警能够送达您。没有任何设备异常。请点击链接确认收到。",
        )
    return (
        f"Cold chain: weekly test message of {site}",
        (
            "This weekly test makes sure that an alarm would reach you. Nothing is wrong."
            " Please follow the link and say that you have it."
        ),
    )


def with_link(body: str, link: str, language: Language) -> str:
    """Return *body* with the address by which its reader says that they have it."""
    asks = "确认收到：" if language == "zh" else "Say that you have this message: "
    return f"{body}\n{asks}{link}"


def lines_of_digest(body: str) -> list[str]:
    """Return the subjects that a message of `digest` lists."""
    return [line.removeprefix("- ") for line in body.splitlines() if line.startswith("- ")]


def blind(since: str, language: Language) -> tuple[str, str]:
    """Return the notice about the system itself: it hears nothing, so silence means nothing."""
    if language == "zh":
        return (
            "【冷链】监测系统自身中断",
            (
                f"自 {since} 起，系统收不到任何传感器数据，所有设备均无人监测。\n"
                "请人工查看并记录各设备温度，并通知系统管理员。"
            ),
        )
    return (
        "Cold chain: the monitoring itself is down",
        (
            f"Since {since} the system receives no readings at all; no unit is watched.\n"
            "Read every unit's own thermometer, write it down, and call the operator."
        ),
    )


def show(instant: datetime, language: Language) -> str:
    """Write a local instant as people of the language do."""
    if language == "zh":
        return f"{instant.month}月{instant.day}日 {instant:%H:%M}"
    return f"{instant:%H:%M} on {instant.day} {_MONTHS[instant.month - 1]}"


def celsius(centi: int) -> str:
    """Write centi-degrees with one decimal; the sign is kept below zero."""
    return f"{centi / 100:.1f} °C"


def _subject(fact: Facts, language: Language) -> str:
    unit = _unit(fact, language)
    reason = _reason(fact, language)
    zh, en = _heading(fact)
    return f"【冷链{zh}】{unit}：{reason}" if language == "zh" else f"{en}: {unit}: {reason}"


def _heading(fact: Facts) -> tuple[str, str]:
    if fact.kind is AlertKind.TEST:
        return "测试", "TEST of the cold-chain alarm"
    if fact.withdrawn:
        return "更正", "Cold-chain correction"
    if fact.notice in _HEADINGS:
        return _HEADINGS[fact.notice]
    if fact.ended is not None:  # It came and went before its readings reached us.
        return "报警（事后发现）", "Cold-chain alarm, found late"
    return "报警", "Cold-chain alarm"


_HEADINGS: dict[NoticeReason, tuple[str, str]] = {
    NoticeReason.RECOVERY: ("恢复", "Cold chain over"),
    NoticeReason.REPEAT: ("再次提醒", "Cold-chain reminder"),
    NoticeReason.ESCALATION: ("升级", "Cold-chain alarm, not answered yet"),
    NoticeReason.UNANSWERED: ("无人应答", "Cold-chain alarm, nobody has answered"),
    NoticeReason.RETURNED: ("再次打开", "Cold-chain alarm, open again"),
}


def _reason(fact: Facts, language: Language) -> str:
    return _pick(fact.rule or _REASONS[fact.kind], language)


_REASONS: dict[AlertKind, tuple[str, str]] = {
    AlertKind.SILENCE: ("the sensor is silent", "传感器失联"),
    AlertKind.FAULT: ("the probe is at fault", "探头故障"),
    AlertKind.EXCURSION: ("out of range", "温度超出范围"),
    AlertKind.EARLY: ("out of range", "温度超出范围"),
    AlertKind.FORECAST: ("about to leave its range", "即将超出温度范围"),
    AlertKind.CONTENTS: ("the vaccines are likely too warm", "箱内疫苗温度估计偏高"),
    AlertKind.TEST: ("test alarm", "测试报警"),
    AlertKind.DOOR: ("the door is open", "箱门打开"),
    AlertKind.POWER: ("no power", "断电"),
}


def _lines(fact: Facts, language: Language) -> list[str]:
    zh = language == "zh"
    lines = [f"{_pick(fact.site, language)} · {_unit(fact, language)} · {fact.device}"]
    lines.append(("原因：" if zh else "Reason: ") + _reason(fact, language))
    if fact.began is not None:
        lines.append(("开始时间：" if zh else "Since: ") + show(fact.began, language))
    if fact.ended is not None:
        lines.append(("结束时间：" if zh else "Until: ") + show(fact.ended, language))
    if fact.end_unknown:
        lines.append(
            "结束情况不明：此后没有可判定的读数，不能确定设备是否恢复。"
            if zh
            else "Its end was not seen: whether the unit recovered is not known."
        )
    lines += _temperatures(fact, language)
    if fact.inside and fact.kind is not AlertKind.TEST:
        lines.append(_inside(fact, language))
    if fact.withdrawn:
        lines.append(
            "补传的读数表明并未超温，此前的报警撤销。"
            if zh
            else "Late readings show that this was no excursion; the alarm is withdrawn."
        )
    else:
        lines.append(_pick(_do_first(fact), language))
    return lines


def _temperatures(fact: Facts, language: Language) -> list[str]:
    zh, lines = language == "zh", []
    if fact.peak_centi is not None:
        lines.append(("极值：" if zh else "Furthest: ") + celsius(fact.peak_centi))
    if fact.centi is not None and fact.measured is not None:
        newest = f"{celsius(fact.centi)} ({show(fact.measured, language)})"
        lines.append(("最新读数：" if zh else "Newest reading: ") + newest)
    if fact.foretold is not None:
        lines.append(_foretold(fact.foretold, language))
    return lines


def _foretold(told: Foretold, language: Language) -> str:
    rate, at = f"{told.centi_per_h / 100:+.1f} °C", show(told.leaves, language)
    if language == "zh":
        return f"趋势：每小时 {rate}；若持续，预计 {at} 左右超出范围"
    return f"Trend: {rate} an hour; if it goes on, out of range at about {at}"


def _do_first(fact: Facts) -> tuple[str, str]:
    over = fact.ended is not None
    if fact.kind is AlertKind.EXCURSION:
        return DO_FIRST["over" if over else fact.direction or "hot"]
    if over and fact.kind in CONDITIONS:
        return DO_FIRST["well"]
    if over and fact.kind is not AlertKind.TEST:
        return DO_FIRST["heard"]
    return DO_FIRST[fact.kind.value]


def _unit(fact: Facts, language: Language) -> str:
    return f"{_pick(fact.unit, language)} ({fact.unit_code})"


def _pick(pair: tuple[str, str], language: Language) -> str:
    return pair[1] if language == "zh" else pair[0]


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
