"""Both doses of a person, and all people of a household, in one booking: all of it or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build.booking import (
    NOW,
    TOMORROW,
    URL,
    a_published_session,
    an_open_clinic,
    details_of,
    holder,
)
from vaxsite.booking import counting, hold_queries, queries
from vaxsite.booking.rules import AppointmentState, HoldState, Place, Reason
from vaxsite.booking.services import appointments, confirmations, holds
from vaxsite.core.actor import RESIDENT
from vaxsite.core.errors import RefusedAct
from vaxsite.record.rules import Reason as DoseReason
from vaxsite.residents.models import Person
from vaxsite.residents.services import PersonDetails
from vaxsite.slots import queries as slots
from vaxsite.slots.rules import SeatReason

LATER = NOW + timedelta(minutes=10, seconds=1)
IN_TIME = TOMORROW + timedelta(days=28)  # Dose 2 from 21 to 56 days after dose 1.


@dataclass
class Course:
    """Two slots of four seats tomorrow, and too early, in time and too late for dose 2."""

    first: list[int]
    early: list[int]
    second: list[int]
    late: list[int]


@pytest.fixture
def course(sessions: sessionmaker[Session]) -> Course:
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session, slots_count=2, seats=4)

        def on(day: date) -> list[int]:
            made = a_published_session(
                session,
                site_id=clinic.site_id,
                product_id=clinic.product_id,
                day=day,
                slots_count=2,
                seats=4,
                starts=time(9, 0),
            )
            return [slot.id for slot in slots.slots_of_session(session, made)]

        early, late = on(TOMORROW + timedelta(days=20)), on(TOMORROW + timedelta(days=57))
        return Course(clinic.slot_ids, early, on(IN_TIME), late)


def pair(first: int, second: int, member: int = 1) -> list[Place]:
    """Both doses of one person."""
    return [Place(first, member, 1), Place(second, member, 2)]


def book(
    sessions: sessionmaker[Session],
    places: Sequence[Place],
    people: Sequence[PersonDetails] = (),
    *,
    secret: str = "ana",
) -> tuple[UUID, ...]:
    """Hold the seats and confirm them, in two transactions."""
    with sessions() as session, transaction(session):
        held = holds.hold_places(session, places=places, holder=holder(secret), now=NOW)
    with sessions() as session, transaction(session):
        return confirmations.confirm(
            session,
            hold_id=held.id,
            holder=holder(secret),
            people=people or [details_of(email="ana@example.org")],
            my_booking_url=URL,
            actor=RESIDENT,
            now=NOW,
        ).appointment_ids


def household(size: int, **same: str) -> list[PersonDetails]:
    return [details_of(index=number, **same) for number in range(1, size + 1)]


def together(sessions: sessionmaker[Session], one: UUID) -> list[queries.AppointmentView]:
    with sessions() as session:
        return queries.booked_together(session, one)


def check(sessions: sessionmaker[Session]) -> dict[int, tuple[int, int]]:
    """Held and booked seats of each slot that has any; the counts balance and nothing is half."""
    with sessions() as session:
        counts = counting.count_seats(session)
        assert counting.half_bookings(session) == []
    assert all(one.balanced for one in counts)
    return {one.slot_id: (one.held, one.booked) for one in counts if one.taken}


def test_both_doses_are_booked_in_one_act(sessions: sessionmaker[Session], course: Course) -> None:
    """Two appointments that know of each other, doses 1 and 2, one message with both."""
    ids = book(sessions, pair(course.first[0], course.second[0]))

    whole = together(sessions, ids[1])
    assert [(one.id, one.part, one.dose_number) for one in whole] == [
        (ids[0], 1, 1),
        (ids[1], 2, 2),
    ]
    assert check(sessions) == {course.first[0]: (0, 1), course.second[0]: (0, 1)}
    with sessions() as session:
        (message,) = session.scalars(select(OutboxMessage)).all()
    assert all(one.reference[:3] in message.body for one in whole)


@pytest.mark.parametrize(
    ("day", "reason"), [("early", DoseReason.TOO_SOON), ("late", Reason.PAIR_TOO_FAR)]
)
def test_a_second_dose_outside_its_window_refuses_both(
    sessions: sessionmaker[Session], course: Course, day: str, reason: str
) -> None:
    """20 and 57 days after the first: neither dose is booked, and no person is left behind."""
    (slot_id, _) = getattr(course, day)

    with pytest.raises(RefusedAct) as refused:
        book(sessions, pair(course.first[0], slot_id))

    assert refused.value.decision.reason == reason
    assert "date" in refused.value.detail
    assert check(sessions) == {course.first[0]: (1, 0), slot_id: (1, 0)}
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 0


def test_a_pair_is_held_with_both_seats_or_none(
    sessions: sessionmaker[Session], course: Course
) -> None:
    """The second day is full: the first seat is free again, and so says the reason."""
    book(sessions, [Place(course.second[0], n) for n in range(1, 5)], household(4))

    with pytest.raises(RefusedAct) as refused:
        book(sessions, pair(course.first[0], course.second[0]), secret="bob")

    assert refused.value.decision.reason == SeatReason.FULL
    assert check(sessions) == {course.second[0]: (0, 4)}


def test_a_household_of_two_has_four_appointments_and_one_contact(
    sessions: sessionmaker[Session], course: Course
) -> None:
    """Each person has their own identity and doses; the message goes to the one who booked."""
    places = [*pair(*both(course)), *pair(*both(course), member=2)]

    ids = book(sessions, places, household(2, email="ana@example.org"))

    whole = together(sessions, ids[0])
    assert [(one.member, one.part) for one in whole] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert len({one.person_id for one in whole}) == 2
    assert check(sessions) == {course.first[0]: (0, 2), course.second[0]: (0, 2)}
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 1


def both(course: Course) -> tuple[int, int]:
    return course.first[0], course.second[0]


def test_one_person_who_may_not_refuses_the_whole_household(
    sessions: sessionmaker[Session], course: Course
) -> None:
    """A child of ten is not in the group that is open: the parents are not booked without."""
    people = [details_of(index=1), details_of(index=2, born_on=date(2015, 5, 5))]

    with pytest.raises(RefusedAct):
        book(sessions, [Place(course.first[0], 1), Place(course.first[0], 2)], people)

    assert check(sessions) == {course.first[0]: (2, 0)}


def test_two_people_of_a_booking_are_two_people(
    sessions: sessionmaker[Session], course: Course
) -> None:
    """The same document twice is refused with its own sentence."""
    people = [details_of(index=1), details_of(index=1)]

    with pytest.raises(RefusedAct) as refused:
        book(sessions, [Place(course.first[0], 1), Place(course.first[0], 2)], people)

    assert refused.value.decision.reason == Reason.SAME_PERSON


def test_everybody_must_be_named(sessions: sessionmaker[Session], course: Course) -> None:
    """Seats for two and details of one book nothing."""
    with pytest.raises(RefusedAct) as refused:
        book(sessions, [Place(course.first[0], 1), Place(course.first[0], 2)])

    assert refused.value.decision.reason == Reason.PEOPLE_MISSING


def cancel(sessions: sessionmaker[Session], one: UUID, *, everyone: bool = False) -> None:
    with sessions() as session, transaction(session):
        appointments.cancel(
            session,
            appointment_id=one,
            everyone=everyone,
            my_booking_url=URL,
            actor=RESIDENT,
            now=NOW,
        )


def change(
    sessions: sessionmaker[Session], one: UUID, slot_id: int, *, everyone: bool = False
) -> None:
    with sessions() as session, transaction(session):
        appointments.change(
            session,
            appointment_id=one,
            sequence=0,
            slot_id=slot_id,
            everyone=everyone,
            my_booking_url=URL,
            actor=RESIDENT,
            now=NOW,
        )


def test_one_person_is_cancelled_with_both_doses_or_all_are(
    sessions: sessionmaker[Session], course: Course
) -> None:
    """First the second person, by either dose; then everybody who is left."""
    places = [*pair(*both(course)), *pair(*both(course), member=2)]
    ids = book(sessions, places, household(2))

    cancel(sessions, ids[3])
    states = [one.state for one in together(sessions, ids[0])]
    assert states == [AppointmentState.BOOKED] * 2 + [AppointmentState.CANCELLED] * 2
    assert check(sessions) == {course.first[0]: (0, 1), course.second[0]: (0, 1)}

    cancel(sessions, ids[0], everyone=True)
    assert check(sessions) == {}


def test_a_household_moves_together_or_not_at_all(
    sessions: sessionmaker[Session], course: Course
) -> None:
    """Three move to a slot with four seats; two more find one seat and stay where they are."""
    ids = book(sessions, [Place(course.first[0], n) for n in (1, 2, 3)], household(3))
    others = [details_of(index=number) for number in (11, 12)]
    second = book(sessions, [Place(course.second[0], n) for n in (1, 2)], others, secret="bob")

    change(sessions, ids[0], course.first[1], everyone=True)
    with pytest.raises(RefusedAct) as refused:
        change(sessions, second[0], course.first[1], everyone=True)

    assert refused.value.decision.reason == SeatReason.FULL
    assert check(sessions) == {course.first[1]: (0, 3), course.second[0]: (0, 2)}


def test_a_change_keeps_the_second_dose_in_its_window(
    sessions: sessionmaker[Session], course: Course
) -> None:
    """The first dose cannot move to eight days before the second, nor the second beyond 56 days."""
    ids = book(sessions, pair(*both(course)))

    with pytest.raises(RefusedAct) as first:
        change(sessions, ids[0], course.early[0])
    with pytest.raises(RefusedAct) as second:
        change(sessions, ids[1], course.late[0])
    change(sessions, ids[1], course.second[1])

    assert first.value.decision.reason == DoseReason.TOO_SOON
    assert second.value.decision.reason == Reason.PAIR_TOO_FAR
    assert check(sessions) == {course.first[0]: (0, 1), course.second[1]: (0, 1)}


def test_a_pair_that_ran_out_is_reclaimed_whole_or_lost_whole(
    sessions: sessionmaker[Session], course: Course
) -> None:
    """While both seats are free it is booked; once the second is gone it is lost, and says so."""
    with sessions() as session, transaction(session):
        held = holds.hold_places(session, places=pair(*both(course)), holder=holder("ana"), now=NOW)
    holds.expire_due(sessions, now=LATER)
    book(sessions, [Place(course.second[0], n) for n in range(1, 5)], household(4), secret="bob")

    with pytest.raises(RefusedAct) as refused, sessions() as session, transaction(session):
        confirmations.confirm(
            session,
            hold_id=held.id,
            holder=holder("ana"),
            people=[details_of(index=9)],
            my_booking_url=URL,
            actor=RESIDENT,
            now=LATER,
        )

    assert refused.value.decision.reason == Reason.HOLD_LOST
    assert check(sessions) == {course.second[0]: (0, 4)}


def test_what_is_typed_renews_a_hold_within_its_limit(
    sessions: sessionmaker[Session], course: Course
) -> None:
    """Ten minutes from the last page, thirty minutes from the first; then the seat is free."""
    with sessions() as session, transaction(session):
        holds.hold(session, slot_id=course.first[0], holder=holder("ana"), now=NOW)

    def renewed(minutes: int) -> float:
        at = NOW + timedelta(minutes=minutes)
        with sessions() as session, transaction(session):
            holds.renew(session, holder=holder("ana"), now=at)
        with sessions() as session:
            found = hold_queries.find_hold(session, holder=holder("ana"))
        assert found is not None
        return (found.expires_at - NOW) / timedelta(minutes=1)

    assert [renewed(minutes) for minutes in (5, 14, 23, 29)] == [15, 24, 30, 30]
    assert holds.expire_due(sessions, now=NOW + timedelta(minutes=30)) == 1
    assert check(sessions) == {}


def test_a_hold_that_is_let_go_frees_all_its_seats(
    sessions: sessionmaker[Session], course: Course
) -> None:
    """Whoever begins anew keeps nobody waiting for ten minutes."""
    with sessions() as session, transaction(session):
        holds.hold_places(session, places=pair(*both(course)), holder=holder("ana"), now=NOW)

    with sessions() as session, transaction(session):
        holds.release(session, holder=holder("ana"), now=NOW)

    assert check(sessions) == {}
    with sessions() as session:
        found = hold_queries.find_hold(session, holder=holder("ana"))
    assert found is not None
    assert found.state is HoldState.RELEASED
