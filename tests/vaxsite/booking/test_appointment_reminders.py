"""Reminders of appointments: at their hours, once, and never of what is no longer so."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build import booking
from tests.build.booking import NOW, TOMORROW, URL, OpenClinic, a_booked_resident, details_of
from vaxsite.booking.rules import Place
from vaxsite.booking.services import (
    appointment_reminders,
    appointments,
    confirmations,
    holds,
)
from vaxsite.calls import queries as calls
from vaxsite.core.actor import RESIDENT
from vaxsite.slots import queries as slots

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
VISIT = NOW + 11 * DAY  # 09:00 at the clinic.
Sessions = sessionmaker[Session]


@pytest.fixture
def clinic(sessions: Sessions) -> OpenClinic:
    """A clinic with a session in ten days."""
    with sessions() as session, transaction(session):
        opened = booking.an_open_clinic(session)
        later = booking.a_published_session(
            session,
            site_id=opened.site_id,
            product_id=opened.product_id,
            day=TOMORROW + 10 * DAY,
            slots_count=4,
        )
        found = [slot.id for slot in slots.slots_of_session(session, later)]
        return OpenClinic(opened.site_id, opened.product_id, later, found, opened.manager)


def booked(sessions: Sessions, clinic: OpenClinic, email: str | None = "a@example.org") -> UUID:
    """The appointment of a resident in eleven days, 09:00."""
    with sessions() as session, transaction(session):
        details = details_of(email=email)
        return a_booked_resident(session, slot_id=clinic.slot_ids[0], details=details)


def run(sessions: Sessions, now: datetime) -> int:
    """The job, once."""
    return appointment_reminders.remind_due(sessions, my_booking_url=URL, now=now)


def reminders(sessions: Sessions) -> list[OutboxMessage]:
    """The reminders that were queued."""
    with sessions() as session:
        query = select(OutboxMessage).where(OutboxMessage.kind == "booking:reminder")
        return list(session.scalars(query.order_by(OutboxMessage.id)))


def test_each_reminder_comes_once_however_often_and_whenever_the_job_runs(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Two in all, also where the clock jumps ahead and is set back again."""
    booked(sessions, clinic)
    queued = [
        run(sessions, VISIT - ahead)
        for ahead in (4 * DAY, 3 * DAY, 3 * DAY, 1 * DAY, 3 * DAY, 1 * DAY, 2 * HOUR)
    ]

    assert queued == [0, 1, 0, 1, 0, 0, 0]
    first, second = reminders(sessions)
    assert first.subject == second.subject == "已为您预留一剂疫苗：2026年1月23日星期五"
    assert first.address == "a@example.org"


@pytest.mark.parametrize(
    ("now", "queued"),
    [
        (VISIT - 3 * DAY - 1 * HOUR, 0),
        (VISIT - 3 * DAY, 1),
        (VISIT - 3 * DAY + 11 * HOUR, 0),
        (VISIT - 2 * DAY, 1),
        (VISIT, 0),
    ],
    ids=["08:00", "09:00", "20:00", "a day late", "begun"],
)
def test_people_are_written_to_at_their_hours(
    sessions: Sessions, clinic: OpenClinic, now: datetime, queued: int
) -> None:
    """Never at night, late rather than not at all, and not once it has begun."""
    booked(sessions, clinic)

    assert run(sessions, now) == queued


def test_after_a_change_only_the_new_time_is_reminded_of(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """What waits to leave is taken back, and who changed today needs no reminder today."""
    appointment_id = booked(sessions, clinic)
    run(sessions, VISIT - 3 * DAY)
    with sessions() as session, transaction(session):
        appointments.change(
            session,
            appointment_id=appointment_id,
            sequence=0,
            slot_id=clinic.slot_ids[3],
            my_booking_url=URL,
            actor=RESIDENT,
            now=VISIT - 3 * DAY + HOUR,
        )

    assert [one.state for one in reminders(sessions)] == ["withdrawn"]
    assert [run(sessions, VISIT - ahead) for ahead in (2 * DAY, 1 * DAY)] == [0, 1]
    assert "10:30" in reminders(sessions)[1].body


def test_a_cancelled_appointment_is_not_reminded_of(sessions: Sessions, clinic: OpenClinic) -> None:
    """Neither by the job, nor by what it queued before."""
    appointment_id = booked(sessions, clinic)
    run(sessions, VISIT - 3 * DAY)
    with sessions() as session, transaction(session):
        appointments.cancel(
            session, appointment_id=appointment_id, my_booking_url=URL, actor=RESIDENT, now=NOW
        )

    assert run(sessions, VISIT - 1 * DAY) == 0
    assert [one.state for one in reminders(sessions)] == ["withdrawn"]


def test_a_household_gets_one_reminder(sessions: Sessions, clinic: OpenClinic) -> None:
    """One contact, one message, everybody in it."""
    people = [details_of("陈安娜", index=1, email="a@example.org"), details_of("陈宝", index=2)]
    with sessions() as session, transaction(session):
        places = [Place(clinic.slot_ids[0], member) for member in (1, 2)]
        held = holds.hold_places(session, places=places, holder=booking.holder("a"), now=NOW)
        confirmations.confirm(
            session,
            hold_id=held.id,
            holder=booking.holder("a"),
            people=people,
            my_booking_url=URL,
            actor=RESIDENT,
            now=NOW,
        )

    assert run(sessions, VISIT - 1 * DAY) == 1
    (message,) = reminders(sessions)
    assert "第1位" in message.body
    assert "第2位" in message.body


def test_whom_nothing_reaches_is_called_the_day_before(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Three days before nobody is called; the day before they stand on the list, until it began."""
    booked(sessions, clinic, email=None)
    assert [run(sessions, VISIT - ahead) for ahead in (3 * DAY, 1 * DAY, 1 * DAY)] == [0, 1, 0]

    with sessions() as session:
        (call,) = calls.pending(session, site_id=clinic.site_id)
    assert call.closes_at == VISIT
    assert call.subject.startswith("已为您预留一剂疫苗")


def test_who_wants_no_reminder_gets_none(sessions: Sessions, clinic: OpenClinic) -> None:
    """The wish holds for everything that was booked together."""
    appointment_id = booked(sessions, clinic)
    with sessions() as session, transaction(session):
        appointments.end_reminders(session, appointment_id=appointment_id, actor=RESIDENT, now=NOW)

    assert run(sessions, VISIT - 1 * DAY) == 0
