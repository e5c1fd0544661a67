"""The one function through which every seat changes hands, on both databases."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import rehearsal, transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from vaxsite.core import audit
from vaxsite.core.actor import system
from vaxsite.slots import queries, seats
from vaxsite.slots.models import Slot
from vaxsite.slots.rules import Door, SeatReason

TESTER = system("test")
OPENED = NOW + timedelta(days=1)  # The first slot begins.
CLOSED = NOW + timedelta(days=2)


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """Three slots of two seats, to which staff may add one each."""
    with sessions() as session, transaction(session):
        return an_open_clinic(session, slots_count=3, seats=2, overbook=1)


def exchange(sessions: sessionmaker[Session], **asked: object) -> None:
    """Exchange in a transaction of its own."""
    with sessions() as session, transaction(session):
        audit.record(session, actor=TESTER, action="seats:test", subject="slot", now=NOW)
        seats.exchange(session, **{"now": NOW, **asked})  # type: ignore[arg-type]  # As each test says.


def counts(sessions: sessionmaker[Session]) -> list[tuple[int, int]]:
    """Seats taken and added, slot by slot."""
    with sessions() as session:
        query = select(Slot.taken, Slot.overbooked).order_by(Slot.id)
        return [(taken, added) for taken, added in session.execute(query)]


def reason(refused: pytest.ExceptionInfo[seats.NoSeat]) -> tuple[int, str]:
    """Which slot, and why."""
    return refused.value.slot_id, refused.value.decision.reason.value


def test_all_seats_change_hands_or_none(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """The second slot has one seat too few, so the first is not taken and the third not freed."""
    first, second, third = clinic.slot_ids
    exchange(sessions, take={second: 1, third: 1})

    with pytest.raises(seats.NoSeat) as refused:
        exchange(sessions, take={first: 2, second: 2}, give={third: 1})

    assert reason(refused) == (second, SeatReason.FULL)
    assert counts(sessions) == [(0, 0), (1, 0), (1, 0)]


def test_a_seat_moves_without_a_gap(sessions: sessionmaker[Session], clinic: OpenClinic) -> None:
    """Two seats of the first slot become one of the second and one of the third."""
    first, second, third = clinic.slot_ids
    exchange(sessions, take={first: 2})

    exchange(sessions, take={second: 1, third: 1}, give={first: 2})

    assert counts(sessions) == [(0, 0), (1, 0), (1, 0)]


def test_the_public_takes_no_seat_that_has_begun(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Also not where as many are given back: the slot must still be offered."""
    slot_id = clinic.slot_ids[0]
    exchange(sessions, take={slot_id: 1})

    with pytest.raises(seats.NoSeat) as refused:
        exchange(sessions, take={slot_id: 1}, give={slot_id: 1}, now=OPENED)

    assert reason(refused) == (slot_id, SeatReason.PAST)


def test_staff_take_free_seats_until_the_session_ends(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """A walk-in at ten past nine has the seat of nine; after the session nobody has one."""
    slot_id = clinic.slot_ids[0]

    exchange(sessions, take={slot_id: 2}, door=Door.STAFF, now=OPENED + timedelta(minutes=10))

    with pytest.raises(seats.NoSeat) as full:
        exchange(sessions, take={slot_id: 1}, door=Door.STAFF, now=OPENED)
    with pytest.raises(seats.NoSeat) as over:
        exchange(sessions, take={slot_id: 1}, door=Door.STAFF, now=CLOSED)
    assert reason(full) == (slot_id, SeatReason.FULL)
    assert reason(over) == (slot_id, SeatReason.PAST)


def test_overbooking_adds_seats_within_its_limit_and_leaves_the_capacity(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """A free seat comes first; one more is added and shown as such; a second one is refused."""
    slot_id = clinic.slot_ids[0]
    exchange(sessions, take={slot_id: 1})

    exchange(sessions, take={slot_id: 2}, door=Door.OVERBOOK)
    with pytest.raises(seats.NoSeat) as refused:
        exchange(sessions, take={slot_id: 1}, door=Door.OVERBOOK)

    assert reason(refused) == (slot_id, SeatReason.OVERBOOKED)
    assert refused.value.detail == {"limit": 1}
    assert counts(sessions)[0] == (2, 1)
    with sessions() as session:
        slot = queries.get_slot(session, slot_id)
    assert (slot.capacity, slot.free, slot.owned) == (2, 0, 3)


def test_who_lets_go_of_a_seat_takes_an_added_one_away_first(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """An overbooked slot is full until it is no longer overbooked."""
    slot_id = clinic.slot_ids[0]
    exchange(sessions, take={slot_id: 3}, door=Door.OVERBOOK)

    exchange(sessions, give={slot_id: 1})
    assert counts(sessions)[0] == (2, 0)
    exchange(sessions, give={slot_id: 2})

    assert counts(sessions)[0] == (0, 0)


def test_an_expired_seat_of_an_overbooked_slot_is_nobodys(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Given back and asked for in one act: the slot was too full already."""
    slot_id = clinic.slot_ids[0]
    exchange(sessions, take={slot_id: 3}, door=Door.OVERBOOK)

    with pytest.raises(seats.NoSeat) as refused:
        exchange(sessions, take={slot_id: 1}, give={slot_id: 1})

    assert reason(refused) == (slot_id, SeatReason.FULL)


def test_a_seat_that_nobody_has_cannot_be_given_back(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """It is a fault of the program, and nothing is changed."""
    with pytest.raises(seats.SeatNotTaken):
        exchange(sessions, give={clinic.slot_ids[0]: 1})

    assert counts(sessions)[0] == (0, 0)


@pytest.mark.parametrize(
    "change",
    ["taken = 3", "taken = -1", "overbooked = 2", "overbooked = -1", "overbook_limit = -1"],
)
def test_the_database_refuses_counts_that_cannot_be(
    sessions: sessionmaker[Session], clinic: OpenClinic, change: str
) -> None:
    """Whoever writes past the function meets the checks of the table."""
    with pytest.raises(IntegrityError), sessions() as session, transaction(session):
        session.execute(text(f"UPDATE slot SET {change}"))


def test_free_slots_are_those_that_the_public_can_have_now(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """A seat let go of is offered from that commit; full and begun slots are not."""
    first, second, third = clinic.slot_ids
    exchange(sessions, take={first: 2, second: 1})

    def free(now: object = NOW) -> list[int]:
        with sessions() as session:
            return [slot.id for slot in queries.free_slots(session, now=now)]  # type: ignore[arg-type]  # An instant.

    assert free() == [second, third]
    exchange(sessions, give={first: 1})
    assert free() == [first, second, third]
    assert free(OPENED) == [second, third]


@dataclass
class Model:
    """What the counts must be, kept in plain numbers."""

    owned: Counter[int] = field(default_factory=Counter)

    def allows(self, take: dict[int, int], give: dict[int, int], door: Door) -> bool:
        """Tell whether every slot has room for the difference."""
        most = 3 if door is Door.OVERBOOK else 2
        after = {one: self.owned[one] + n - give.get(one, 0) for one, n in take.items()}
        return all(count <= most for count in after.values())


ACTS = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, 2), st.integers(1, 3)),
        st.dictionaries(st.integers(0, 2), st.integers(1, 2)),
        st.sampled_from(Door),
    ),
    max_size=12,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=ACTS)
def test_any_acts_leave_the_counts_that_plain_numbers_have(
    sessions: sessionmaker[Session],
    clinic: OpenClinic,
    acts: list[tuple[dict[int, int], dict[int, int], Door]],
) -> None:
    """Take and give by any door: refused exactly where there is no room, and counted right."""
    model = Model()
    with sessions() as session, rehearsal(session):
        for wanted, given_back, door in acts:
            take = {clinic.slot_ids[place]: n for place, n in wanted.items()}
            give = {
                clinic.slot_ids[place]: min(n, model.owned[clinic.slot_ids[place]])
                for place, n in given_back.items()
            }
            allowed = model.allows(take, give, door)
            try:
                with session.begin_nested():
                    audit.record(session, actor=TESTER, action="seats:test", subject="", now=NOW)
                    seats.exchange(session, take=take, give=give, now=NOW, door=door)
            except seats.NoSeat:
                assert not allowed
            else:
                assert allowed
                model.owned.update(take)
                model.owned.subtract(give)
            rows = session.execute(select(Slot.id, Slot.taken, Slot.overbooked)).all()
            for slot_id, taken, added in rows:
                owned = model.owned[slot_id]
                assert (taken, added) == (min(owned, 2), max(0, owned - 2))
