"""What people are told of a dose left over, in their language."""

from collections.abc import Mapping

from vaxsite.messages.rules import Text

KIND = "leftover:invitation"
INVITATION: Mapping[str, Text] = {
    "en": Text(
        "A dose is free now at {clinic}",
        "{clinic} has doses left over today: {vaccine}.\n"
        "Can you be there within {time}? Then say yes here first:\n{url}\n\n"
        "Do not set out before the page says that a dose is kept for you. Several people are "
        "asked; whoever says yes first has it. Your place on the waiting list stays yours.",
    ),
    "zh": Text(
        "{clinic}现有剩余剂次",
        "{clinic}今天有剩余剂次：{vaccine}。\n"
        "您能在{time}内到吗？请先在此确认：\n{url}\n\n"
        "页面显示已为您保留之前，请不要出发。同时通知了多人，先确认者先得。您的候补排位不变。",
    ),
}
# As a text message: the phone of a household is read by others too, so it says no vaccine.
SHORT: Mapping[str, str] = {
    "en": "A dose is free now at {clinic}. Can you come in {time}? Say yes first: {url}",
    "zh": "{clinic}现有剩余剂次，您{time}内能到吗？请先确认再出发：{url}",
}


def span(minutes: int, language: str) -> str:
    """Return a length of time in hours and minutes: nobody counts to 155 minutes."""
    hours, rest = divmod(minutes, 60)
    words = {"en": (f"{hours} h", f"{rest} min"), "zh": (f"{hours}小时", f"{rest}分钟")}[language]
    shown = [word for amount, word in zip((hours, rest), words, strict=True) if amount]
    return ("" if language == "zh" else " ").join(shown)


def compose(*, language: str, clinic: str, vaccine: str, minutes: int, url: str) -> Text:
    """Return the invitation in *language*; *minutes* within which they must be there."""
    text, places = INVITATION[language], {"clinic": clinic, "vaccine": vaccine}
    time = span(minutes, language)
    return Text(text.subject.format(**places), text.body.format(**places, time=time, url=url))


def compose_short(*, language: str, clinic: str, minutes: int, url: str) -> str:
    """Return the same as a text message."""
    return SHORT[language].format(clinic=clinic, time=span(minutes, language), url=url)
