"""Nobody came: marked by rule, put right by people, and what it means for the next booking."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build import booking
from tests.build.booking import (
    NOW,
    TOMORROW,
    URL,
    OpenClinic,
    a_booked_resident,
    an_open_clinic,
    details_of,
    holder,
)
from vaxsite.booking import counting
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import Place
from vaxsite.booking.services import appointment_reminders, confirmations, holds, missed
from vaxsite.booking.services.telling import record_act
from vaxsite.core.actor import RESIDENT
from vaxsite.core.errors import RefusedAct
from vaxsite.residents.services import PersonDetails
from vaxsite.slots import queries as slots
from vaxsite.slots.models import ClinicSession
from vaxsite.slots.rules import SessionState

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ENDS = datetime.fromisoformat("2026-01-13T02:00:00Z")  # The session's, 10:00 at the clinic.
Sessions = sessionmaker[Session]


@pytest.fixture
def clinic(sessions: Sessions) -> OpenClinic:
    """A clinic that is open tomorrow."""
    with sessions() as session, transaction(session):
        return an_open_clinic(session)


def booked(sessions: Sessions, clinic: OpenClinic, email: str | None = "a@example.org") -> UUID:
    """The appointment of a resident tomorrow at 09:00."""
    with sessions() as session, transaction(session):
        details = details_of(email=email)
        return a_booked_resident(session, slot_id=clinic.slot_ids[0], details=details)


def mark(sessions: Sessions, now: datetime) -> int:
    """The job, once."""
    return missed.mark_due(sessions, my_booking_url=URL, now=now)


def state(sessions: Sessions, appointment_id: UUID) -> str:
    """How the appointment stands."""
    with sessions() as session:
        return session.get_one(Appointment, appointment_id).state


def told(sessions: Sessions, kind: str) -> list[OutboxMessage]:
    """Messages of one kind."""
    with sessions() as session:
        query = select(OutboxMessage).where(OutboxMessage.kind == kind)
        return list(session.scalars(query.order_by(OutboxMessage.id)))


def test_who_did_not_come_is_marked_two_hours_after_the_session_and_written_to_once(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Not before, and however often the job runs."""
    appointment_id = booked(sessions, clinic)
    counted = [mark(sessions, ENDS + wait) for wait in (2 * HOUR - DAY / 1440, 2 * HOUR, 3 * HOUR)]

    assert counted == [0, 1, 0]
    assert state(sessions, appointment_id) == "missed"
    (message,) = told(sessions, "booking:missed")
    assert "不会责怪您" in message.body


@pytest.mark.parametrize("gone", [SessionState.CLOSED, SessionState.CANCELLED])
def test_nobody_missed_what_the_clinic_called_off(
    sessions: Sessions, clinic: OpenClinic, gone: SessionState
) -> None:
    """Whoever waits to be moved is neither marked nor reminded of a time that is no more."""
    booked(sessions, clinic)
    with sessions() as session, transaction(session):
        session.get_one(ClinicSession, clinic.session_id).state = gone
        session.execute(update(Appointment).values(changed_at=NOW - 2 * DAY))
        record_act(session, "session:close", "session:1", clinic.manager, NOW, {})

    assert appointment_reminders.remind_due(sessions, my_booking_url=URL, now=NOW) == 0
    assert mark(sessions, ENDS + 2 * HOUR) == 0


def test_after_a_long_outage_nobody_is_written_to_about_last_week(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """They are marked; a message would only puzzle them."""
    booked(sessions, clinic)

    assert mark(sessions, ENDS + 8 * DAY) == 1
    assert told(sessions, "booking:missed") == []


def test_at_night_the_message_waits_for_the_morning(sessions: Sessions, clinic: OpenClinic) -> None:
    """Marked at 23:00 of the clinic, sent from nine."""
    booked(sessions, clinic)
    mark(sessions, ENDS + 13 * HOUR)

    (message,) = told(sessions, "booking:missed")
    assert message.send_after == ENDS + 23 * HOUR


def test_an_excuse_counts_no_more_and_leaves_the_seats_right(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """The clinic puts it right once; the count of seats agrees with its owners."""
    appointment_id = booked(sessions, clinic)
    mark(sessions, ENDS + 2 * HOUR)
    with sessions() as session, transaction(session):
        missed.excuse(session, appointment_id=appointment_id, actor=clinic.manager, now=ENDS + DAY)

    assert state(sessions, appointment_id) == "cancelled"
    with sessions() as session:
        assert all(one.balanced for one in counting.count_seats(session))
    with sessions() as session, pytest.raises(AlreadyMoved):
        missed.excuse(session, appointment_id=appointment_id, actor=clinic.manager, now=ENDS + DAY)


def later_session(sessions: Sessions, clinic: OpenClinic, day: date) -> list[int]:
    """The slots of one more session of the clinic."""
    with sessions() as session, transaction(session):
        session_id = booking.a_published_session(
            session, site_id=clinic.site_id, product_id=clinic.product_id, day=day
        )
        return [slot.id for slot in slots.slots_of_session(session, session_id)]


def book(
    sessions: Sessions, places: list[Place], now: datetime, details: PersonDetails | None = None
) -> tuple[UUID, ...]:
    """Book these places for one person."""
    secret = f"browser {now}"
    with sessions() as session, transaction(session):
        held = holds.hold_places(session, places=places, holder=holder(secret), now=now)
        return confirmations.confirm(
            session,
            hold_id=held.id,
            holder=holder(secret),
            people=[details or details_of(email="a@example.org")],
            my_booking_url=URL,
            actor=RESIDENT,
            now=now,
        ).appointment_ids


def test_after_too_many_in_a_year_the_clinic_is_called_instead(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """The refusal names the day and the phone; it holds for who missed, and ends with the year."""
    booked(sessions, clinic)
    mark(sessions, ENDS + 2 * HOUR)
    slot_ids = later_session(sessions, clinic, TOMORROW + 5 * DAY)
    with sessions() as session, transaction(session):
        missed.set_limit(session, site_id=clinic.site_id, most=1, actor=clinic.manager, now=NOW)

    with pytest.raises(RefusedAct) as refused:
        book(sessions, [Place(slot_ids[0])], ENDS + DAY)
    detail = refused.value.decision.detail
    assert (detail["date"], detail["phone"]) == (date(2027, 1, 1), "0510-82700000")
    assert book(sessions, [Place(slot_ids[0])], ENDS + DAY, details_of("李静", index=7))


@pytest.mark.parametrize("most", [0, 2])
def test_without_a_limit_or_below_it_anybody_books_again(
    sessions: Sessions, clinic: OpenClinic, most: int
) -> None:
    """No limit is set unless a clinic sets one."""
    booked(sessions, clinic)
    mark(sessions, ENDS + 2 * HOUR)
    slot_ids = later_session(sessions, clinic, TOMORROW + 5 * DAY)
    if most:
        with sessions() as session, transaction(session):
            missed.set_limit(
                session, site_id=clinic.site_id, most=most, actor=clinic.manager, now=NOW
            )

    assert book(sessions, [Place(slot_ids[0])], ENDS + DAY)


@pytest.mark.parametrize("again", [False, True], ids=["first not booked anew", "booked anew"])
def test_the_second_dose_is_kept_for_three_days(
    sessions: Sessions, clinic: OpenClinic, again: bool
) -> None:
    """Whoever books the first anew keeps the second; else it is given up, and they are told why."""
    second_ids = later_session(sessions, clinic, TOMORROW + 30 * DAY)
    pair = [Place(clinic.slot_ids[0], 1, 1), Place(second_ids[0], 1, 2)]
    _, second = book(sessions, pair, NOW)
    mark(sessions, ENDS + 2 * HOUR)
    if again:
        first_ids = later_session(sessions, clinic, TOMORROW + 5 * DAY)
        book(sessions, [Place(first_ids[0])], ENDS + DAY)

    released = [
        missed.release_seconds(sessions, my_booking_url=URL, now=ENDS + 2 * HOUR + wait)
        for wait in (3 * DAY - HOUR, 3 * DAY, 4 * DAY)
    ]
    assert released == ([0, 0, 0] if again else [0, 1, 0])
    assert state(sessions, second) == ("booked" if again else "cancelled")
    assert len(told(sessions, "booking:second-given-up")) == (not again)
    with sessions() as session:
        assert all(one.balanced for one in counting.count_seats(session))
