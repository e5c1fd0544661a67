"""What people who wait are told, in their language. Nothing here says why they are vaccinated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from babel.dates import format_date

from vaxsite.core.ids import show_reference
from vaxsite.messages.rules import LOCALES, Text
from vaxsite.messages.short_texts import short_time

TimeText = Callable[[datetime, str, str], str]  # An instant by a timezone in a language.


class Kind(StrEnum):
    """What a message says; the outbox and the audit know it by this name."""

    JOINED = "waiting:joined"
    OFFER = "waiting:offer"
    LAPSED = "waiting:lapsed"
    PAUSED = "waiting:paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What fills the texts; instants are shown on the clinic's clock."""

    number: str
    size: int
    url: str
    clinic: str = ""
    vaccine: str = ""
    starts_at: datetime | None = None
    answer_by: datetime | None = None
    timezone: str = "UTC"


TEXTS: Mapping[Kind, Mapping[str, Text]] = {
    Kind.JOINED: {
        "en": Text(
            "You are on the waiting list",
            "Your number on the list is {number}, for {size} of you.\n"
            "We write to you when seats become free that suit you. That cannot be promised: "
            "look at the free times as well.\n\n"
            "Your place, and how to leave the list: {url}",
        ),
        "zh": Text(
            "您已加入候补名单",
            "您的候补号为{number}，共{size}人。\n"
            "有合适的名额空出时会通知您。候补不保证一定有名额，请同时留意可预约的时间。\n\n"
            "查看排位或退出候补：{url}",
        ),
    },
    Kind.OFFER: {
        "en": Text(
            "Seats are free: answer by {until}",
            "{size} free at {clinic} on {starts}: {vaccine}.\n"
            "They are kept for you until {until}. Say yes or no here:\n{url}\n\n"
            "Without an answer they go to the next on the list. Your number: {number}.",
        ),
        "zh": Text(
            "有名额空出：请在{until}前答复",
            "{clinic}，{starts}，{vaccine}，共{size}个名额。\n"
            "名额为您保留到{until}。请在此接受或谢绝：\n{url}\n\n"
            "逾期未答复，名额将给下一位。您的候补号：{number}。",
        ),
    },
    Kind.LAPSED: {
        "en": Text(
            "The offer is over; you keep your place",
            "We had no answer by {until}, and the seats at {clinic} went on to the next.\n"
            "You keep your place on the list. Your number: {number}.\n{url}",
        ),
        "zh": Text(
            "名额已过保留时间，您的排位不变",
            "{until}前未收到答复，{clinic}的名额已给下一位。\n"
            "您在候补名单上的排位不变。候补号：{number}。\n{url}",
        ),
    },
    Kind.PAUSED: {
        "en": Text(
            "Do you still want to wait?",
            "Several offers stayed unanswered, so we make you no more for now.\n"
            "Your place is kept. If you still want seats, say so here:\n{url}\n"
            "Your number: {number}.",
        ),
        "zh": Text(
            "您还需要候补吗？",
            "多次名额未收到答复，现已暂停通知您。\n"
            "您的排位仍然保留。如仍需要，请在此恢复：\n{url}\n候补号：{number}。",
        ),
    },
}
# As a text message: the phone of a household is read by others too, so it says no vaccine.
SHORT: Mapping[Kind, Mapping[str, str]] = {
    Kind.JOINED: {
        "en": "You are on the waiting list, number {number}. Your place: {url}",
        "zh": "您已加入候补名单，候补号{number}。查看排位：{url}",
    },
    Kind.OFFER: {
        "en": "{size} free {starts}, {clinic}. Kept until {until}. Yes or no: {url}",
        "zh": "{clinic}{starts}空出{size}个名额，为您保留到{until}。接受或谢绝：{url}",
    },
    Kind.LAPSED: {
        "en": "No answer by {until}: the seats went on. You keep your place: {url}",
        "zh": "{until}前未收到答复，名额已给下一位。您的排位不变：{url}",
    },
    Kind.PAUSED: {
        "en": "Do you still want to wait for seats? Say so: {url}",
        "zh": "您还需要候补吗？如仍需要，请在此恢复：{url}",
    },
}
PEOPLE: Mapping[str, tuple[str, str]] = {"en": ("{n} seat", "{n} seats"), "zh": ("{n}", "{n}")}


def compose(kind: Kind, told: Told, *, language: str) -> Text:
    """Return the message of *kind* in *language*."""
    text, places = TEXTS[kind][language], _places(kind, told, language, _instant)
    return Text(text.subject.format(**places), text.body.format(**places))


def compose_short(kind: Kind, told: Told, *, language: str) -> str:
    """Return the same as a text message."""
    return SHORT[kind][language].format(**_places(kind, told, language, short_time))


def _places(kind: Kind, told: Told, language: str, time: TimeText) -> dict[str, str]:
    one, more = PEOPLE[language]
    size = (one if told.size == 1 else more).format(n=told.size)
    return {
        "number": show_reference(told.number),
        "size": str(told.size) if kind is Kind.JOINED else size,
        "url": told.url,
        "clinic": told.clinic,
        "vaccine": told.vaccine,
        "starts": time(told.starts_at, told.timezone, language) if told.starts_at else "",
        "until": time(told.answer_by, told.timezone, language) if told.answer_by else "",
    }


def _instant(at: datetime, timezone: str, language: str) -> str:
    local = at.astimezone(ZoneInfo(timezone))
    return f"{format_date(local.date(), 'full', locale=LOCALES[language])} {local:%H:%M}"
