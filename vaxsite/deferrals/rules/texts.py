"""What somebody is told whose vaccination is put off. No reason is named: others read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date

from vaxsite.messages.rules import LOCALES, Text

TEXTS: Mapping[str, Text] = {
    "en": Text(
        "Your vaccination is put off until {until}",
        "Your vaccination ({vaccine}) at {clinic} is put off until {until}. An appointment before "
        "that day is cancelled; do not come then.\n\nOn {until} we ask you again: you get a new "
        "invitation with a code for you alone, the same way as this message. Nothing is to be done "
        "until then.\n\nWhy, and whether it can end earlier: {phone}, or with the reference of "
        "your appointment at\n{url}",
    ),
    "zh": Text(
        "您的接种暂缓至{until}",
        "您在{clinic}的接种（{vaccine}）暂缓至{until}。此日期之前的预约已取消，请勿前往。\n\n"
        "{until}我们会以同样的方式再次联系您，并发送仅限您本人使用的新邀请码。在此之前无需办理任何手续。"
        "\n\n了解原因或能否提前结束，请致电{phone}，或凭预约号查询：\n{url}",
    ),
}
SHORT: Mapping[str, str] = {
    "en": "Your vaccination at {clinic} is put off until {until}. We ask you again then. "
    "Questions: {phone}",
    "zh": "您在{clinic}的接种暂缓至{until}，届时我们会再次联系您。咨询：{phone}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What stands in the places of the texts."""

    until: date
    vaccine: str
    clinic: str
    phone: str
    url: str

    def places(self, language: str) -> dict[str, str]:
        """Return the values by the names of their places."""
        return {
            "until": format_date(self.until, "long", locale=LOCALES[language]),
            "vaccine": self.vaccine,
            "clinic": self.clinic,
            "phone": self.phone,
            "url": self.url,
        }


def compose(told: Told, *, language: str) -> Text:
    """Return the message in *language*."""
    places, text = told.places(language), TEXTS[language]
    return Text(text.subject.format(**places), text.body.format(**places))


def compose_short(told: Told, *, language: str) -> str:
    """Return the same as a text message."""
    return SHORT[language].format(**told.places(language))
