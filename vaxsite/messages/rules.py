"""What residents are told about their appointment, in their language: texts and calendar file.

Nothing here says why somebody is vaccinated: a calendar is read by others too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date
from icalendar import Timezone

from vaxsite.core.decisions import N_
from vaxsite.core.ids import show_reference
from vaxsite.messages import ical

LASTS = timedelta(hours=1)  # Registration, the injection and 30 minutes of observation.
ZONES_FROM, ZONES_UNTIL = date(2020, 1, 1), date(2038, 1, 1)
NO_REPLY = "mailto:no-reply@vaxsite.invalid"  # A name that RFC 2606 keeps from being anybody's.
LOCALES = {"en": "en_GB", "zh": "zh_Hans"}


class Kind(StrEnum):
    """What a message says; the outbox and the audit know it by this name."""

    CONFIRMED = "booking:confirmed"
    CHANGED = "booking:changed"
    CANCELLED = "booking:cancelled"
    REMINDER = "booking:reminder"
    MISSED = "booking:missed"
    SECOND_GIVEN_UP = "booking:second-given-up"


# What staff read of a message that was sent.
KINDS: Mapping[str, str] = {
    Kind.CONFIRMED: N_("Confirmation"),
    Kind.CHANGED: N_("Change of the time"),
    Kind.CANCELLED: N_("Cancellation"),
    Kind.REMINDER: N_("Reminder"),
    Kind.MISSED: N_("Missed, and kindly asked"),
    Kind.SECOND_GIVEN_UP: N_("Second dose cancelled"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentFacts:
    """An appointment as it is told to its owner."""

    appointment_id: str
    reference: str
    sequence: int
    starts_at: datetime
    timezone: str
    clinic: str
    address: str
    clinic_phone: str
    vaccine: str
    dose_number: int
    my_booking_url: str
    member: int | None = None  # Which of several people that were booked together.
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderFacts:
    """An overdue dose as it is told to the person."""

    person_id: str
    group: str  # The vaccine group, as the schedule calls it.
    disease: str  # In the language of the person.
    dose_number: int
    last_in_time: date
    due_url: str


@dataclass(frozen=True, slots=True)
class Text:
    """A message ready to be sent."""

    subject: str
    body: str


TEXTS: Mapping[Kind, Mapping[str, Text]] = {
    Kind.CONFIRMED: {
        "en": Text(
            "Your appointment on {date}",
            "Your appointment is booked: a dose is reserved for you.\n\n{facts}\n\n"
            "Bring the document that you gave when you booked, and this reference.\n"
            "To change or cancel: {url}\n"
            "You need the reference and the birth date.",
        ),
        "zh": Text(
            "预约成功：{date}",
            "您的预约已成功，已为您预留一剂疫苗。\n\n{facts}\n\n"
            "请携带预约时填写的证件和预约号前往。\n"
            "如需改期或取消：{url}\n"
            "查询时需要预约号和出生日期。",
        ),
    },
    Kind.CHANGED: {
        "en": Text(
            "Your appointment is now on {date}",
            "Your appointment was changed. The earlier time is no longer yours.\n\n{facts}\n\n"
            "The reference stays the same.\nTo change or cancel: {url}",
        ),
        "zh": Text(
            "预约已改期：{date}",
            "您的预约已改期，原时间不再保留。\n\n{facts}\n\n预约号不变。\n如需改期或取消：{url}",
        ),
    },
    Kind.CANCELLED: {
        "en": Text(
            "Your appointment on {date} is cancelled",
            "Your appointment is cancelled. Do not come at that time.\n\n{facts}\n\n"
            "You can book again at any time: {url}",
        ),
        "zh": Text(
            "预约已取消：{date}",
            "您的预约已取消，请勿按原时间前往。\n\n{facts}\n\n您可以随时重新预约：{url}",
        ),
    },
    # A fixed appointment, and "reserved for you", brought more people than a general note:
    # Dai et al., Nature 597, 404 (2021), 93,354 people.
    Kind.REMINDER: {
        "en": Text(
            "A dose is reserved for you on {date}",
            "A dose is reserved for you.\n\n{facts}\n\n"
            "Bring your document and this reference.\n"
            "If you cannot come, choose another time here, so that the dose is not lost: {url}\n"
            "You need the reference and the birth date. You can also call the clinic.",
        ),
        "zh": Text(
            "已为您预留一剂疫苗：{date}",
            "已为您预留一剂疫苗。\n\n{facts}\n\n"
            "请携带证件和预约号前往。\n"
            "如不能前来，请在此改期，以免疫苗浪费：{url}\n"
            "查询时需要预约号和出生日期，也可以致电接种门诊。",
        ),
    },
    Kind.MISSED: {
        "en": Text(
            "We missed you on {date}",
            "You had an appointment, and we have not seen you.\n\n{facts}\n\n"
            "It is not too late. Book another time here: {url}\n"
            "Were you there, or did something come between? Call the clinic: nobody blames you, "
            "and we put it right.",
        ),
        "zh": Text(
            "您未按{date}的预约前来接种",
            "您有一次预约，但我们没有见到您。\n\n{facts}\n\n"
            "现在补种也不晚，请在此重新预约：{url}\n"
            "如果您当时已到，或临时有事，请致电接种门诊，我们会为您更正，不会责怪您。",
        ),
    },
    Kind.SECOND_GIVEN_UP: {
        "en": Text(
            "Your second appointment on {date} is cancelled",
            "The second dose cannot be given before the first, and the first was not given. "
            "So we cancelled the second appointment. Do not come at that time.\n\n{facts}\n\n"
            "Nothing is lost. Book both anew here: {url}\n"
            "Have you had the first dose? Call the clinic, and we put it right.",
        ),
        "zh": Text(
            "第二剂预约已取消：{date}",
            "第一剂尚未接种，不能先接种第二剂，因此第二剂预约已取消，请勿按原时间前往。"
            "\n\n{facts}\n\n"
            "您可以随时在此重新预约两剂：{url}\n"
            "如已接种第一剂，请致电接种门诊，我们会为您更正。",
        ),
    },
}
FACTS: Mapping[str, str] = {
    "en": "Reference: {reference}\nDay: {date}\nTime: {time}\nClinic: {clinic}\n"
    "Address: {address}\nPhone of the clinic: {phone}\nVaccine: {vaccine}, dose {dose}",
    "zh": "预约号：{reference}\n日期：{date}\n时间：{time}\n接种门诊：{clinic}\n"
    "地址：{address}\n门诊电话：{phone}\n疫苗：{vaccine}，第{dose}剂",
}
MEMBER: Mapping[str, str] = {"en": "Person {number}", "zh": "第{number}位"}
SUMMARY: Mapping[str, str] = {"en": "Appointment at {clinic}", "zh": "{clinic}预约"}


REMINDED = "dose:reminder"
ABOUT_OVERDUE = "overdue:"
REMINDER: Mapping[str, Text] = {
    "en": Text(
        "A dose is overdue",
        "Dose {dose} of the vaccination against {disease} was to be given by {date}.\n"
        "It is not too late, and nothing begins again. Book it here, or call your clinic.\n\n"
        "What is due, and why: {url}\n"
        "Have you had it elsewhere? Show your card to the clinic.\n"
        "You asked for this reminder; on the page of your booking you can end that.",
    ),
    "zh": Text(
        "您有一剂疫苗已逾期",
        "{disease}疫苗第{dose}剂应在{date}之前接种。\n"
        "现在补种也不晚，不需要重新开始。请预约接种，或致电接种门诊。\n\n"
        "查看应接种的疫苗和原因：{url}\n"
        "如已在其他地方接种，请将接种证出示给门诊。\n"
        "您曾选择接收此提醒，可在“我的预约”页面取消。",
    ),
}


def about_overdue(person_id: str, group: str) -> str:
    """Return what a reminder of an overdue dose is about, as calls and the outbox know it."""
    return f"{ABOUT_OVERDUE}{person_id}:{group}"


def compose_reminder(facts: ReminderFacts, *, language: str) -> Text:
    """Return the reminder in *language*."""
    text = REMINDER[language]
    day = format_date(facts.last_in_time, "long", locale=LOCALES[language])
    places = {
        "dose": facts.dose_number,
        "disease": facts.disease,
        "date": day,
        "url": facts.due_url,
    }
    return Text(text.subject, text.body.format(**places))


def compose(kind: Kind, told: Sequence[AppointmentFacts], *, language: str) -> Text:
    """Return the message of *kind* in *language* about appointments that belong together."""
    blocks = "\n\n".join(_lines(facts, language) for facts in told)
    text = TEXTS[kind][language]
    places = {"date": _day(told[0], language), "facts": blocks, "url": told[0].my_booking_url}
    return Text(text.subject.format(**places), text.body.format(**places))


def _day(facts: AppointmentFacts, language: str) -> str:
    local = facts.starts_at.astimezone(ZoneInfo(facts.timezone))
    return written_day(local.date(), "full", language)


@lru_cache(maxsize=1024)
def written_day(day: date, form: str, language: str) -> str:
    """Return *day* as babel writes it in *form*: many people are told the same few days."""
    return format_date(day, form, locale=LOCALES[language])


def _lines(facts: AppointmentFacts, language: str) -> str:
    """Return one appointment, a line a fact; of several people it begins with which one."""
    who = "" if facts.member is None else MEMBER[language].format(number=facts.member) + "\n"
    return who + FACTS[language].format(
        reference=show_reference(facts.reference),
        date=_day(facts, language),
        time=f"{facts.starts_at.astimezone(ZoneInfo(facts.timezone)):%H:%M}",
        clinic=facts.clinic,
        address=facts.address,
        phone=facts.clinic_phone,
        vaccine=facts.vaccine,
        dose=facts.dose_number,
    )


def calendar_file(told: Sequence[AppointmentFacts], *, language: str, now: datetime) -> bytes:
    """Return the appointments as iCalendar (RFC 5545): stable UIDs, sequences that grow.

    The calendar's own zone definition comes with them, so that no programme has to guess. Where
    all are cancelled it takes them back; RFC 5546 has one method a file.
    """
    method = "CANCEL" if all(one.cancelled for one in told) else "PUBLISH"
    events = "".join(_event(facts, language, now) for facts in told)
    zones = "".join(_zone(name) for name in sorted({facts.timezone for facts in told}))
    begin = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//vaxsite//appointments//EN")
    head = ical.lines(*begin, f"METHOD:{method}")
    return f"{head}{events}{zones}{ical.lines('END:VCALENDAR')}".encode()


@cache
def _zone(name: str) -> str:
    """Return the definition of a zone, from 2020 on: it takes long, and there are few."""
    made = Timezone.from_tzinfo(ZoneInfo(name), first_date=ZONES_FROM, last_date=ZONES_UNTIL)
    text: str = made.to_ical().decode()
    return text


def _summary(facts: AppointmentFacts, language: str) -> str:
    summary = SUMMARY[language].format(clinic=facts.clinic)
    who = "" if facts.member is None else MEMBER[language].format(number=facts.member)
    return f"{summary} · {who}" if who else summary


def _event(facts: AppointmentFacts, language: str, now: datetime) -> str:
    begin = facts.starts_at.astimezone(ZoneInfo(facts.timezone))
    end = (facts.starts_at + LASTS).astimezone(ZoneInfo(facts.timezone))
    return ical.lines(
        "BEGIN:VEVENT",
        f"UID:{facts.appointment_id}@vaxsite",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;TZID={facts.timezone}:{begin:%Y%m%dT%H%M%S}",
        f"DTEND;TZID={facts.timezone}:{end:%Y%m%dT%H%M%S}",
        f"SEQUENCE:{facts.sequence}",
        f"SUMMARY:{ical.text(_summary(facts, language))}",
        f"LOCATION:{ical.text(facts.address)}",
        f"DESCRIPTION:{show_reference(facts.reference)}",
        # RFC 5546 section 3.2 wants one in what it publishes.
        f"ORGANIZER;CN={ical.parameter(facts.clinic)}:{NO_REPLY}",
        f"STATUS:{'CANCELLED' if facts.cancelled else 'CONFIRMED'}",
        "END:VEVENT",
    )
