"""What people are told who are moved, and those for whom there is no place yet.

A fixed time is given and kept for them: whoever need do nothing comes more often.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from babel.dates import format_date

from vaxsite.core.ids import show_reference
from vaxsite.messages.rules import LOCALES, Text

MOVED = "booking:moved"
WITHOUT_PLACE = "booking:without-place"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedFacts:
    """One appointment as its owner reads it; *after* is None where there is no place yet."""

    reference: str
    before: datetime
    after: datetime | None
    timezone: str
    clinic: str
    address: str
    phone: str
    vaccine: str
    dose_number: int


TEXTS: Mapping[str, Mapping[str, Text]] = {
    MOVED: {
        "en": Text(
            "Your vaccination is now on {date}",
            "{reason}\nWe are sorry. A dose is reserved for you at another time; the earlier time "
            "is no longer valid. This message replaces any earlier one about it.\n\n{facts}\n\n"
            "Please confirm the new time, choose another one, or cancel: {url}\n"
            "You need the reference and the birth date. "
            "If you do not answer, the seat is still kept for you and we call you.",
        ),
        "zh": Text(
            "您的接种时间改为{date}",
            "{reason}\n给您带来不便，我们深表歉意。我们已为您预留了新的号源和疫苗，原时间作废。"
            "如此前收到过相关通知，请以本通知为准。\n\n{facts}\n\n"
            "请确认新的时间，也可以另选时间或取消：{url}\n"
            "查询时需要预约号和出生日期。如您未答复，号源仍为您保留，我们会给您打电话。",
        ),
    },
    WITHOUT_PLACE: {
        "en": Text(
            "Your vaccination on {date} cannot take place",
            "{reason}\nPlease do not come at that time. At the moment there is no free seat for "
            "you on the days on which your dose may be given.\n\n{facts}\n\n"
            "Your place in line stays: as soon as a seat becomes free we move you there and tell "
            "you. You need do nothing. To look, choose a time yourself, or cancel: {url}",
        ),
        "zh": Text(
            "您在{date}的接种无法进行",
            "{reason}\n请勿按原时间前往。目前在您可以接种的日期内暂无空余号源。\n\n{facts}\n\n"
            "您的顺位保持不变：一有号源，我们会立即为您安排并通知您，您无需做任何事情。"
            "如需查看、自行选择时间或取消：{url}",
        ),
    },
}
SHORT: Mapping[str, Mapping[str, str]] = {
    MOVED: {
        "en": "Your appointment had to be moved. A dose is reserved for you: {when}, {clinic}. "
        "Confirm or change: {url}",
        "zh": "您的接种因故改期，已为您预留疫苗：{when}，{clinic}。确认或改期：{url}",
    },
    WITHOUT_PLACE: {
        "en": "Please do not come on {when}: {clinic} cannot vaccinate then. You are first in "
        "line for a new time, and we tell you. {url}",
        "zh": "{when}{clinic}无法接种，请勿前往。您已排在最前，一有号源即通知您。{url}",
    },
}
FACTS: Mapping[str, str] = {
    "en": "Reference: {reference}\nEarlier time: {before}\n{now}"
    "Clinic: {clinic}\nAddress: {address}\nPhone of the clinic: {phone}\n"
    "Vaccine: {vaccine}, dose {dose}",
    "zh": "预约号：{reference}\n原时间：{before}\n{now}接种门诊：{clinic}\n地址：{address}\n"
    "门诊电话：{phone}\n疫苗：{vaccine}，第{dose}剂",
}
NOW: Mapping[str, str] = {"en": "New time: {after}\n", "zh": "新时间：{after}\n"}


def compose(kind: str, told: Sequence[MovedFacts], *, reason: str, url: str, language: str) -> Text:
    """Return the one message about everything of a booking that moves."""
    text = TEXTS[kind][language]
    when = told[0].after or told[0].before
    places = {
        "date": _day(when, told[0].timezone, language),
        "facts": "\n\n".join(_lines(one, language) for one in told),
        "reason": reason,
        "url": url,
    }
    return Text(text.subject.format(**places), text.body.format(**places))


def compose_short(kind: str, told: Sequence[MovedFacts], *, url: str, language: str) -> str:
    """Return the same as a text message; of several appointments it tells the first."""
    first = told[0]
    when = _time(first.after or first.before, first.timezone, language)
    return SHORT[kind][language].format(when=when, clinic=first.clinic, url=url)


class Cause(StrEnum):
    """Why people are moved, as they read it: never more than they need to know."""

    CLOSED = "closed"
    STAFF = "staff"
    DELIVERY = "delivery"
    STORAGE = "storage"
    OTHER = "other"


CAUSES: Mapping[Cause, tuple[str, str]] = {
    Cause.CLOSED: ("The clinic has to close at that time.", "届时门诊须暂停开放。"),
    Cause.STAFF: ("There is not enough staff at that time.", "届时医护人员不足。"),
    Cause.DELIVERY: ("The vaccine is delivered later than planned.", "疫苗到货时间推迟。"),
    Cause.STORAGE: (
        "Some vaccine cannot be used for now, because its storage is being checked.",
        "部分疫苗的储存情况正在核查，暂停使用。",
    ),
    Cause.OTHER: (
        "The vaccination cannot take place as planned.",
        "因故无法按原计划接种。",
    ),
}


def _lines(facts: MovedFacts, language: str) -> str:
    after = facts.after and _time(facts.after, facts.timezone, language)
    return FACTS[language].format(
        reference=show_reference(facts.reference),
        before=_time(facts.before, facts.timezone, language),
        now=NOW[language].format(after=after) if after else "",
        clinic=facts.clinic,
        address=facts.address,
        phone=facts.phone,
        vaccine=facts.vaccine,
        dose=facts.dose_number,
    )


def _day(at: datetime, timezone: str, language: str) -> str:
    local = at.astimezone(ZoneInfo(timezone))
    return format_date(local.date(), "full", locale=LOCALES[language])


def _time(at: datetime, timezone: str, language: str) -> str:
    return f"{_day(at, timezone, language)} {at.astimezone(ZoneInfo(timezone)):%H:%M}"
