"""Texts and the calendar file."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from vaxsite.messages import rules
from vaxsite.messages.rules import AppointmentFacts, Kind

NOW = datetime(2026, 1, 12, 1, 0, tzinfo=UTC)


def facts(*, sequence: int = 0, timezone: str = "Asia/Shanghai") -> AppointmentFacts:
    return AppointmentFacts(
        appointment_id="0199aaaa-0000-7000-8000-000000000001",
        reference="7K39QF2M4T",
        sequence=sequence,
        starts_at=datetime(2026, 1, 13, 1, 30, tzinfo=UTC),
        timezone=timezone,
        clinic="滨湖区社区卫生服务中心预防接种门诊，成人接种区域二楼东侧",
        address="滨湖区滨河路1号; 二楼, 东侧",
        clinic_phone="0510-82700000",
        vaccine="Inactivated vaccine",
        dose_number=1,
        my_booking_url="https://vaccination.example/my-booking",
    )


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", list(Kind))
def test_every_message_has_the_facts_in_both_languages(kind: Kind, language: str) -> None:
    """Reference, local time and address stand in each, and no place is left open."""
    text = rules.compose(kind, [facts()], language=language)

    assert "7K3-9QF2-M4T" in text.body
    assert "09:30" in text.body
    assert "https://vaccination.example/my-booking" in text.body
    assert "{" not in text.subject + text.body
    assert "\n" not in text.subject


def test_the_day_is_written_as_people_write_it() -> None:
    """Year first in Chinese, weekday first in English."""
    assert rules.compose(Kind.CONFIRMED, [facts()], language="en").subject == (
        "Your appointment on Tuesday, 13 January 2026"
    )
    assert rules.compose(Kind.CONFIRMED, [facts()], language="zh").subject == (
        "预约成功：2026年1月13日星期二"
    )


def test_the_calendar_file_is_read_back_as_it_was_meant() -> None:
    """Local start with its zone, stable UID, sequence, escaped address, no diagnosis."""
    content = rules.calendar_file([facts(sequence=2)], language="zh", now=NOW)
    calendar = Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")

    assert event["UID"] == "0199aaaa-0000-7000-8000-000000000001@vaxsite"
    assert event["SEQUENCE"] == 2
    assert event["DTSTART"].dt == datetime(2026, 1, 13, 1, 30, tzinfo=UTC)
    assert event["DTSTART"].params["TZID"] == "Asia/Shanghai"
    assert event["LOCATION"] == "滨湖区滨河路1号; 二楼, 东侧"
    assert event["STATUS"] == "CONFIRMED"
    assert calendar["METHOD"] == "PUBLISH"
    assert [zone["TZID"] for zone in calendar.walk("VTIMEZONE")] == ["Asia/Shanghai"]
    assert "Inactivated" not in content.decode()


def test_lines_of_the_calendar_file_are_short_and_end_as_they_must() -> None:
    """CRLF everywhere and at most 75 octets, cut between characters (RFC 5545 section 3.1)."""
    content = rules.calendar_file([facts()], language="zh", now=NOW)

    lines = content.split(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert [line.decode() for line in lines][-1] == ""


def test_a_cancelled_appointment_takes_itself_out_of_the_calendar() -> None:
    """METHOD and STATUS say so under the same UID."""
    told = replace(facts(sequence=1), cancelled=True)
    content = rules.calendar_file([told], language="en", now=NOW)
    calendar = Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")

    assert calendar["METHOD"] == "CANCEL"
    assert event["STATUS"] == "CANCELLED"
    assert event["SEQUENCE"] == 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_both_doses_of_a_household_are_events_of_their_own(language: str) -> None:
    """Four events, four UIDs, each with its own start, and one definition of the zone."""
    told = [
        replace(
            facts(),
            appointment_id=f"0199aaaa-0000-7000-8000-00000000000{number}",
            starts_at=datetime(2026, 1, 13 + number, 1, 30, tzinfo=UTC),
            member=1 + number % 2,
        )
        for number in range(4)
    ]
    calendar = Calendar.from_ical(rules.calendar_file(told, language=language, now=NOW))
    events = calendar.walk("VEVENT")

    assert len({str(event["UID"]) for event in events}) == 4
    assert [event.start for event in events] == [one.starts_at for one in told]
    assert len(calendar.walk("VTIMEZONE")) == 1
    assert {event["DTSTAMP"].to_ical() for event in events} == {b"20260112T010000Z"}


@pytest.mark.parametrize("timezone", ["Europe/Berlin", "America/New_York", "Asia/Shanghai"])
@pytest.mark.parametrize("month", [1, 7])
def test_the_zone_that_comes_with_it_gives_the_same_instant(timezone: str, month: int) -> None:
    """In summer and winter: who reads only the file comes at the right time."""
    told = replace(facts(timezone=timezone), starts_at=datetime(2026, month, 13, 9, 30, tzinfo=UTC))
    calendar = Calendar.from_ical(rules.calendar_file([told], language="en", now=NOW))
    (event,), (zone,) = calendar.walk("VEVENT"), calendar.walk("VTIMEZONE")

    local = event["DTSTART"].dt.replace(tzinfo=None)
    assert local.replace(tzinfo=zone.to_tz()).astimezone(UTC) == told.starts_at
