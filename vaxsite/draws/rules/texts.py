"""What people are told about their entry, in their language. Nothing here names a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from babel.dates import format_date

from vaxsite.core.ids import show_reference
from vaxsite.messages.rules import LOCALES, Text


class Kind(StrEnum):
    """What a message says; the outbox and the audit know it by this name."""

    DRAWN = "draw:drawn"
    NOT_DRAWN = "draw:not-drawn"


TEXTS: Mapping[Kind, Mapping[str, Text]] = {
    Kind.DRAWN: {
        "en": Text(
            "You were drawn: book by {until}",
            "Your entry {number} was drawn for {vaccine} at {clinic}.\n"
            "This is not an appointment yet. Book it by {until}:\n{url}\n\n"
            "You need the entry number and a birth date of your entry. "
            "If nobody books by then, the place goes to the next in line.\n"
            "Would you rather phone? Call the clinic.",
        ),
        "zh": Text(
            "您已中签：请在{until}前预约",
            "您的登记号{number}已中签：{clinic}，{vaccine}。\n"
            "中签不等于预约成功。请在{until}前预约：\n{url}\n\n"
            "预约时需要登记号和登记人的出生日期。逾期未预约，名额将顺延给下一位。\n"
            "也可以致电接种门诊预约。",
        ),
    },
    Kind.NOT_DRAWN: {
        "en": Text(
            "The draw: you have no place this time",
            "Your entry {number} was not drawn for {vaccine} at {clinic}.\n"
            "It keeps number {rank} of the result list. If places become free they go down that "
            "list, and we write to you when one is yours. You need do nothing.\n\n"
            "The whole list, and how anybody can recompute it: {url}",
        ),
        "zh": Text(
            "抽签结果：本次未中签",
            "您的登记号{number}本次未中签：{clinic}，{vaccine}。\n"
            "您在结果名单中排第{rank}位。如有名额空出，将按名单顺延；轮到您时会通知您，"
            "无需其他操作。\n\n"
            "完整名单及验证方法：{url}",
        ),
    },
}


# The same as text messages; no vaccine, for the phone of a household is read by others too.
SHORT: Mapping[Kind, Mapping[str, str]] = {
    Kind.DRAWN: {
        "en": "You were drawn: {clinic}, entry {number}. Book by {until}: {url}",
        "zh": "您已中签：{clinic}，登记号{number}。请在{until}前预约：{url}",
    },
    Kind.NOT_DRAWN: {
        "en": "Not drawn this time: {clinic}, entry {number}, number {rank} in line: {url}",
        "zh": "本次未中签：{clinic}，登记号{number}，排第{rank}位，有空额会通知您：{url}",
    },
}


@dataclass(frozen=True, slots=True)
class Told:
    """A message as e-mail, and the same as a text message."""

    text: Text
    short: str


def compose(
    kind: Kind,
    *,
    language: str,
    number: str,
    vaccine: str,
    clinic: str,
    rank: int,
    until: datetime | None,
    timezone: str,
    url: str,
) -> Told:
    """Return the message of *kind* in *language*; a right's end is told on the clinic's clock."""
    end = ""
    if until is not None:
        local = until.astimezone(ZoneInfo(timezone))
        end = f"{format_date(local.date(), 'long', locale=LOCALES[language])} {local:%H:%M}"
    text = TEXTS[kind][language]
    places = {
        "number": show_reference(number),
        "vaccine": vaccine,
        "clinic": clinic,
        "rank": rank,
        "until": end,
        "url": url,
    }
    whole = Text(text.subject.format(**places), text.body.format(**places))
    return Told(whole, SHORT[kind][language].format(**places))
