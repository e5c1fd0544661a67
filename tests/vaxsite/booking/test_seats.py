"""What one person after the other does with seats."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import (
    NOW,
    OpenClinic,
    an_open_clinic,
    confirmed,
    holder,
)
from vaxsite.booking import counting, hold_queries
from vaxsite.booking.rules import Reason
from vaxsite.booking.services import confirmations, holds
from vaxsite.core.errors import RefusedAct
from vaxsite.slots.rules import SeatReason

LATER = NOW + timedelta(minutes=10, seconds=1)


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session, slots_count=2, seats=1)


def take(sessions: sessionmaker[Session], slot_id: int, who: str = "ana") -> hold_queries.HoldView:
    with sessions() as session, transaction(session):
        return holds.hold(session, slot_id=slot_id, holder=holder(who), now=NOW)


def counts(sessions: sessionmaker[Session]) -> list[tuple[int, int, int]]:
    """Taken, held and booked seats of each slot."""
    with sessions() as session:
        return [(seat.taken, seat.held, seat.booked) for seat in counting.count_seats(session)]


def reason_of(refused: pytest.ExceptionInfo[RefusedAct]) -> str:
    return refused.value.decision.reason


def test_a_second_hold_of_the_same_browser_gives_the_first_seat_back(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Who looks at another time keeps one seat, not two."""
    first, second = clinic.slot_ids
    take(sessions, first)

    take(sessions, second)

    assert counts(sessions) == [(0, 0, 0), (1, 1, 0)]


def test_a_browser_keeps_its_seat_when_the_new_time_is_full(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Trying a full time costs nobody the seat that they have."""
    first, second = clinic.slot_ids
    take(sessions, first, "bob")
    take(sessions, second, "ana")

    with pytest.raises(RefusedAct) as refused:
        take(sessions, first, "ana")

    assert reason_of(refused) == SeatReason.FULL
    assert counts(sessions) == [(1, 1, 0), (1, 1, 0)]


def test_asking_twice_for_one_time_makes_the_hold_no_longer(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """A seat cannot be kept for ever by asking again."""
    held = take(sessions, clinic.slot_ids[0])

    with sessions() as session, transaction(session):
        again = holds.hold(
            session,
            slot_id=clinic.slot_ids[0],
            holder=holder("ana"),
            now=NOW + timedelta(minutes=9),
        )

    assert again == held
    assert again.expires_at == NOW + timedelta(minutes=10)


def test_a_confirmed_hold_is_an_appointment_and_the_same_seat(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """The count of taken seats does not move when a hold is confirmed; twice is once."""
    held = take(sessions, clinic.slot_ids[0])

    with sessions() as session, transaction(session):
        first = confirmed(session, held=held, secret="ana")
    with sessions() as session, transaction(session):
        second = confirmed(session, held=held, secret="ana")

    assert second == confirmations.Confirmed(first.appointment_ids, again=True)
    assert counts(sessions) == [(1, 0, 1), (0, 0, 0)]


def test_somebody_elses_hold_cannot_be_confirmed(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """A hold's id without the browser's secret is worth nothing."""
    held = take(sessions, clinic.slot_ids[0])

    with pytest.raises(RefusedAct) as refused, sessions() as session, transaction(session):
        confirmed(session, held=held, secret="bob")

    assert reason_of(refused) == Reason.HOLD_UNKNOWN


def test_a_hold_that_ran_out_takes_the_seat_again_while_it_is_free(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Eleven minutes of typing are not lost, and the person is told that it was late."""
    held = take(sessions, clinic.slot_ids[0])
    assert holds.expire_due(sessions, now=LATER) == 1
    assert counts(sessions) == [(0, 0, 0), (0, 0, 0)]

    with sessions() as session, transaction(session):
        done = confirmed(session, held=held, secret="ana", now=LATER)

    assert done.reclaimed
    assert counts(sessions) == [(1, 0, 1), (0, 0, 0)]


def test_a_hold_that_ran_out_is_refused_when_somebody_took_the_seat(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """The overdue seat goes to who asks first, even before the sweep has run."""
    held = take(sessions, clinic.slot_ids[0], "ana")
    with sessions() as session, transaction(session):
        holds.hold(session, slot_id=clinic.slot_ids[0], holder=holder("bob"), now=LATER)

    with pytest.raises(RefusedAct) as refused, sessions() as session, transaction(session):
        confirmed(session, held=held, secret="ana", now=LATER)

    assert reason_of(refused) == Reason.HOLD_LOST
    assert counts(sessions) == [(1, 1, 0), (0, 0, 0)]


def test_the_sweep_expires_each_hold_once(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Running it again, or too early, changes nothing."""
    take(sessions, clinic.slot_ids[0])

    assert holds.expire_due(sessions, now=NOW + timedelta(minutes=9, seconds=59)) == 0
    assert holds.expire_due(sessions, now=NOW + timedelta(minutes=10)) == 1
    assert holds.expire_due(sessions, now=NOW + timedelta(minutes=11)) == 0
    assert counts(sessions) == [(0, 0, 0), (0, 0, 0)]


def test_a_hold_replaced_in_another_window_is_named_as_such(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """The stale window says that another time was chosen, not that something failed."""
    stale = take(sessions, clinic.slot_ids[0])
    take(sessions, clinic.slot_ids[1])

    with pytest.raises(RefusedAct) as refused, sessions() as session, transaction(session):
        confirmed(session, held=stale, secret="ana")

    assert reason_of(refused) == Reason.HOLD_REPLACED
