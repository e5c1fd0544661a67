"""What residents are told by text message: short, and with nothing that says why somebody comes."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from vaxsite.core.ids import show_reference
from vaxsite.messages.rules import AppointmentFacts, Kind, written_day

# 3GPP TS 23.038 section 6.1.2: the characters of one octet (7 bits) of the default alphabet that
# the texts here use; 3GPP TS 23.040 section 9.2.3.24.1: what a part of a longer message holds.
GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅå_ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
ONE_PART_GSM, MORE_PARTS_GSM = 160, 153
ONE_PART_UCS2, MORE_PARTS_UCS2 = 70, 67

SHORT: Mapping[Kind, Mapping[str, str]] = {
    Kind.CONFIRMED: {
        "en": "A dose is reserved for you: {when}, {clinic}. Reference {reference}. "
        "Change or cancel: {url}",
        "zh": "已为您预留一剂疫苗：{when}，{clinic}。预约号{reference}。改期或取消：{url}",
    },
    Kind.CHANGED: {
        "en": "New time: {when}, {clinic}. Reference {reference}. Change or cancel: {url}",
        "zh": "您的预约已改为{when}，{clinic}。预约号{reference}。改期或取消：{url}",
    },
    Kind.CANCELLED: {
        "en": "Cancelled: your appointment {when}, {clinic}. Do not come then. Book again: {url}",
        "zh": "您{when}在{clinic}的预约已取消，请勿前往。重新预约：{url}",
    },
    Kind.REMINDER: {
        "en": "A dose is reserved for you: {when}, {clinic}. Reference {reference}. "
        "Cannot come? {url} or {phone}",
        "zh": "已为您预留一剂疫苗：{when}，{clinic}。预约号{reference}。"
        "不能来请改期：{url}或致电{phone}",
    },
    Kind.MISSED: {
        "en": "We missed you {when}, {clinic}. It is not too late: {url} or call {phone}",
        "zh": "您未在{when}到{clinic}接种，现在补约也不晚：{url}或致电{phone}",
    },
    Kind.SECOND_GIVEN_UP: {
        "en": "Cancelled, as the first was not given: {when}, {clinic}. Book both: {url}",
        "zh": "因第一剂未接种，您{when}在{clinic}的第二剂预约已取消。重新预约：{url}",
    },
}
OVERDUE: Mapping[str, str] = {
    "en": "A dose that you wanted to be reminded of is overdue. It is not too late: {url}",
    "zh": "您要求提醒的一剂疫苗已逾期，现在补种也不晚：{url}",
}
MORE: Mapping[str, str] = {"en": " and {count} more", "zh": "等{count}个预约"}


def parts(text: str) -> int:
    """Return in how many parts a text message leaves: 160 or 153 characters, Chinese 70 or 67."""
    if set(text) <= GSM:
        one, more, length = ONE_PART_GSM, MORE_PARTS_GSM, len(text)
    else:  # UTF-16 code units: a character beyond the basic plane counts twice.
        one, more = ONE_PART_UCS2, MORE_PARTS_UCS2
        length = len(text.encode("utf-16-le")) // 2
    return 1 if length <= one else math.ceil(length / more)


def compose_short(kind: Kind, told: Sequence[AppointmentFacts], *, language: str) -> str:
    """Return the text message of *kind* in *language*; of several appointments it tells the first.

    It carries no name and no vaccine: the phone of a household is read by others too.
    """
    first = told[0]
    return SHORT[kind][language].format(
        when=short_time(first.starts_at, first.timezone, language) + _more(len(told), language),
        clinic=first.clinic,
        reference=show_reference(first.reference),
        phone=first.clinic_phone,
        url=first.my_booking_url,
    )


def compose_overdue(due_url: str, *, language: str) -> str:
    """Return the reminder of an overdue dose as a text message, which names no vaccine."""
    return OVERDUE[language].format(url=due_url)


def short_time(at: datetime, timezone: str, language: str) -> str:
    """Return day and time on the clinic's clock, as short as people understand it."""
    local = at.astimezone(ZoneInfo(timezone))
    pattern = "M月d日EEE" if language == "zh" else "EEE d MMM"
    return f"{written_day(local.date(), pattern, language)} {local:%H:%M}"


def _more(count: int, language: str) -> str:
    if count == 1:
        return ""
    return MORE[language].format(count=count if language == "zh" else count - 1)
