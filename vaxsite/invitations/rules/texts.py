"""What somebody is told who is invited, in their language. The message names nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from vaxsite.invitations.rules.states import Kind, show_code
from vaxsite.messages.rules import LOCALES, Text

WHY: Mapping[Kind, Mapping[str, str]] = {
    Kind.PERSONAL: {"en": "You are invited", "zh": "邀请您预约"},
    Kind.ROSTER: {
        "en": "Your employer or community has registered you",
        "zh": "您的单位或社区已为您登记",
    },
    Kind.WAITING_LIST: {
        "en": "You were on the waiting list and it is your turn",
        "zh": "您在候补名单中，现在轮到您了",
    },
    Kind.DRAW: {"en": "You were drawn", "zh": "您已中签"},
    Kind.DEFERRAL: {
        "en": "Your vaccination was put off, and that time is over",
        "zh": "您此前暂缓接种，暂缓期已结束",
    },
    Kind.EXCEPTION: {"en": "The clinic lets you book", "zh": "接种门诊同意您预约"},
}
TEXTS: Mapping[str, Text] = {
    "en": Text(
        "You can book your vaccination by {until}",
        "{why}: {vaccine}.\nThis is not an appointment yet. Book it by {until}:\n{url}\n\n"
        "Your code: {code}\nYou need it and your birth date. It is for you alone and can be "
        "used once.\nWould you rather phone? Call the clinic; they book with the same code.",
    ),
    "zh": Text(
        "请在{until}前预约接种",
        "{why}：{vaccine}。\n这还不是预约。请在{until}前预约：\n{url}\n\n"
        "您的邀请码：{code}\n预约时需要邀请码和出生日期。邀请码仅限您本人使用，只能使用一次。\n"
        "也可以致电接种门诊，凭同一邀请码预约。",
    ),
}


SHORT: Mapping[str, str] = {
    "en": "You can book your vaccination by {until}: {url} Code {code}, for you alone.",
    "zh": "请在{until}前预约接种：{url} 邀请码{code}，仅限本人。",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of an invitation; its end on the clock of *timezone*."""

    kind: Kind
    code: str
    vaccine: str
    until: datetime
    timezone: str
    url: str

    def places(self, language: str) -> dict[str, str]:
        """Return what stands in the places of the texts."""
        local = self.until.astimezone(ZoneInfo(self.timezone))
        return {
            "why": WHY[self.kind][language],
            "code": show_code(self.code),
            "vaccine": self.vaccine,
            "until": f"{format_date(local.date(), 'long', locale=LOCALES[language])} {local:%H:%M}",
            "url": self.url,
        }


def compose(told: Told, *, language: str) -> Text:
    """Return the invitation in *language*."""
    places, text = told.places(language), TEXTS[language]
    return Text(text.subject.format(**places), text.body.format(**places))


def compose_short(told: Told, *, language: str) -> str:
    """Return the same as a text message."""
    return SHORT[language].format(**told.places(language))
