"""Berlinger Fridge-tag 2, 2 L, Ultra Low and Q-tag CLm doc: indented `Key: value` text.

A Fridge-tag sums up each day (`Hist`), newest first; those with `L`, Ultra Low and Q-tag also log
single readings (`Data`). The last line is a signature, so a file that was cut off is noticed.
`Zone` is hours from UTC as the device believes; people often set the clock to local time and
leave it at 0.00.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sensors.domain.rules import Direction, RuleKind
from sensors.payloads.files import rows
from sensors.payloads.files.contents import (
    AlarmSetting,
    DateOrder,
    DaySummary,
    Doubt,
    Doubted,
    LoggedReading,
    LoggerFile,
    Unreadable,
    UnreadableFile,
)

KIND = "berlinger"
_SIGNATURE = re.compile(r"^Sig: [0-9a-f]{128}\s*$", re.MULTILINE)
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")
_SERIAL = re.compile(r"[0-9A-Za-z_-]{4,40}")
# A Q-tag names the kind of each alarm by a number; 0 is an alarm that is off.
_TYPES = {
    "1": (Direction.COLD, RuleKind.CONSECUTIVE),
    "2": (Direction.HOT, RuleKind.CONSECUTIVE),
    "3": (Direction.COLD, RuleKind.ACCUMULATIVE),
    "4": (Direction.HOT, RuleKind.ACCUMULATIVE),
}
# A Fridge-tag has two alarms, known by their place.
_PLACES = {"0": Direction.COLD, "1": Direction.HOT}


@dataclass
class _Section:
    """A part of the file: its values, and the parts below it."""

    values: dict[str, str] = field(default_factory=dict)
    parts: dict[str, "_Section"] = field(default_factory=dict)

    def part(self, *names: str) -> "_Section":
        section = self
        for name in names:
            section = section.parts.get(name, _Section())
        return section


def recognises(text: str) -> bool:
    """Tell whether *text* is of this make."""
    return re.match(r"Device: [^\r\n]*(Q-tag|Fridge-tag)", text) is not None


def parse(text: str, dates: DateOrder | None = None) -> LoggerFile:  # noqa: ARG001 - as every make; here dates are ISO.
    """Read *text*; raise `UnreadableFile` where it names no device or holds nothing."""
    whole = _tree(text)
    settings = whole.part("Conf")
    serial = settings.values.get("Serial", "")
    if not _SERIAL.fullmatch(serial):
        raise UnreadableFile(Unreadable.NO_SERIAL)
    signed = _SIGNATURE.search(text) is not None
    fahrenheit = settings.values.get("Temp unit", "C") == "F"
    readings, unreadable = _readings(text, fahrenheit=fahrenheit, whole=signed)
    days = tuple(_days(whole.part("Hist"), fahrenheit=fahrenheit))
    if not readings and not days:
        raise UnreadableFile(Unreadable.NOTHING_IN_IT)
    began, ended = rows.period_of(readings, *_bounds(whole, days))
    minutes = settings.values.get("Logging Interval", "")
    interval_s = int(minutes) * 60 if minutes.isdecimal() and len(minutes) < 5 else None
    return LoggerFile(
        kind=KIND,
        model=whole.values.get("Device", "")[:60],
        serial=serial,
        offset=_offset(settings.values.get("Zone", "")),
        began=began,
        ended=ended,
        interval_s=interval_s or rows.interval_of(readings),
        resolution_s=60,
        readings=tuple(readings),
        days=days,
        alarms=tuple(_alarms(settings.part("Alarm"), fahrenheit=fahrenheit)),
        signed=signed,
        doubts=tuple(_doubts(whole, readings, interval_s, signed=signed, unreadable=unreadable)),
    )


def _tree(text: str) -> _Section:
    """Read the indented lines; one space more is one part deeper. Rows of data are passed over."""
    whole = _Section()
    open_parts = [(-1, whole)]
    for line in text.splitlines():
        key, colon, value = line.strip().partition(":")
        if line.startswith("\t") or not colon:
            continue
        depth = len(line) - len(line.lstrip(" "))
        while open_parts[-1][0] >= depth:
            open_parts.pop()
        section = open_parts[-1][1]
        if value.strip():
            section.values |= dict(_pairs(line))
        else:
            open_parts.append((depth, section.parts.setdefault(key, _Section())))
    return whole


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    """Give the pairs of a line such as `Min T: +4.0, TS Min T: 00:42`."""
    for one in line.split(", "):
        key, _, value = one.partition(":")
        yield key.strip(), value.strip()


def _readings(text: str, *, fahrenheit: bool, whole: bool) -> tuple[list[LoggedReading], int]:
    """Return the rows of `Data` and how many could not be read."""
    _, _, data = text.partition("\nData:")
    lines = [line for line in data.splitlines() if line.startswith("\t")]
    unreadable = 0
    if lines and not whole and rows.ends_mid_line(text) and text.endswith(lines[-1]):
        lines, unreadable = lines[:-1], 1  # "26" may be the beginning of "26.3".
    readings: list[LoggedReading] = []
    for line in lines:
        try:
            _, at, temperature, *_ = line.split("\t")
            if at.startswith("yyyy"):
                continue
            instant = _instant(at)
            if instant is None:
                raise ValueError(at[:40])
            readings.append(
                LoggedReading(instant, *rows.centi_of(temperature, fahrenheit=fahrenheit))
            )
        except ValueError:
            unreadable += 1
    return readings, unreadable


def _days(history: _Section, *, fahrenheit: bool) -> Iterator[DaySummary]:
    """Give the days, oldest first; a day that is not whole is left out."""
    for day in reversed(history.parts.values()):
        # A day without its alarms was cut off.
        with suppress(KeyError, ValueError):
            yield _day(day, fahrenheit=fahrenheit)


def _day(day: _Section, *, fahrenheit: bool) -> DaySummary:
    low, _ = rows.centi_of(day.values["Min T"], fahrenheit=fahrenheit)
    high, _ = rows.centi_of(day.values["Max T"], fahrenheit=fahrenheit)
    mean, _ = rows.centi_of(day.values.get("Avrg T", ""), fahrenheit=fahrenheit)
    if low is None or high is None:
        raise ValueError("the device measured nothing on this day")
    cold, hot = day.parts["Alarm"].parts["0"].values, day.parts["Alarm"].parts["1"].values
    faults = [
        _minutes(day.parts[name].values.get("t AccST", "0"))
        for name in ("Int Sensor timeout", "Ext Sensor timeout")
        if name in day.parts
    ]
    return DaySummary(
        on=date.fromisoformat(day.values["Date"]),
        low_centi=low,
        high_centi=high,
        mean_centi=mean,
        cold_minutes=_minutes(cold["t Acc"]),
        hot_minutes=_minutes(hot["t Acc"]),
        cold_alarm="TS A" in cold,
        hot_alarm="TS A" in hot,
        fault_minutes=max(faults, default=0),
    )


def _minutes(text: str) -> int:
    minutes = int(text)
    if not 0 <= minutes <= 1_500:  # A day with a clock that was set back is longer than 1,440.
        raise ValueError(text[:40])
    return minutes


def _alarms(alarms: _Section, *, fahrenheit: bool) -> Iterator[AlarmSetting]:
    for place, alarm in alarms.parts.items():
        values = alarm.values
        direction, kind = _PLACES.get(place), None
        if "Type" in values:
            direction, kind = _TYPES.get(values["Type"], (None, None))
        with suppress(ValueError):
            limit, _ = rows.centi_of(values.get("T AL", ""), fahrenheit=fahrenheit)
            if direction is not None and limit is not None:
                minutes = values.get("t AL", "")
                known = minutes.isdecimal() and len(minutes) < 6
                yield AlarmSetting(direction, limit, int(minutes) if known else None, kind)


def _bounds(whole: _Section, days: Sequence[DaySummary]) -> list[datetime | None]:
    """Return when the device was started and when it wrote the file, as far as it says so."""
    history, run = whole.part("Hist").values, whole.part("Res").values
    started = _instant(history.get("TS Actv")) or _instant(run.get("TS Start"))
    ended = _instant(history.get("TS Report Creation")) or _instant(run.get("TS Stop"))
    if not days:
        return [started, ended]
    # The device forgets its oldest days; the file speaks only of those that it still has.
    first = datetime.combine(days[0].on, datetime.min.time())
    return [max(first, started or first), ended]


def _instant(text: str | None) -> datetime | None:
    if text is None or not _MOMENT.fullmatch(text):
        return None
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    return None


def _offset(zone: str) -> timedelta | None:
    if not re.fullmatch(r"[+-]?\d{1,2}(\.\d{1,2})?", zone) or abs(float(zone)) > 14:
        return None
    return timedelta(hours=float(zone))


def _doubts(
    whole: _Section,
    readings: Sequence[LoggedReading],
    interval_s: int | None,
    *,
    signed: bool,
    unreadable: int,
) -> list[Doubted]:
    return [
        *rows.listed(
            (Doubt.CUT_OFF, not signed),
            (Doubt.ROWS_UNREADABLE, unreadable),
            (Doubt.DEVICE_ERRORS, len(whole.part("Errors").parts)),
        ),
        *rows.doubts_of(readings, interval_s or rows.interval_of(readings)),
    ]
