"""Who is offered which seats: pure rules, with invariants over random lists."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxsite.waiting_list.rules.fits import (
    FreeSlot,
    Part,
    Waiting,
    Wish,
    answer_by,
    in_quiet_hours,
    plan,
    suits,
)

NOW = datetime(2026, 1, 12, 1, 0, tzinfo=UTC)  # Monday, 09:00 in Shanghai.
ZONE = "Asia/Shanghai"


def a_slot(number: int = 1, *, hours: float = 26, free: int = 1, site: int = 1) -> FreeSlot:
    return FreeSlot(
        id=number,
        session_id=number,
        site_id=site,
        product_id=1,
        starts_at=NOW + timedelta(hours=hours),
        timezone=ZONE,
        free=free,
    )


def a_waiting(number: int = 1, *, rank: int = 0, size: int = 1, **wish: object) -> Waiting:
    values: dict[str, object] = {
        "site_ids": frozenset({1}),
        "weekdays": frozenset(range(7)),
        "parts": frozenset(Part),
        "notice_min": 60,
        "size": size,
        **wish,
    }
    return Waiting(
        id=UUID(int=number),
        rank=rank,
        joined_at=NOW - timedelta(days=9) + timedelta(minutes=number),
        product_id=1,
        wish=Wish(**values),  # type: ignore[arg-type]  # Values of many types.
    )


def anybody(_entry: UUID, _slot: int) -> bool:
    return True


@pytest.mark.parametrize(("hours", "minutes"), [(80, 24 * 60), (26, 6 * 60), (8, 60), (2.5, 20)])
def test_the_nearer_the_slot_the_sooner_the_answer(hours: float, minutes: int) -> None:
    """Three days before there is a day to answer, a few hours before there are 20 minutes."""
    assert answer_by(NOW, a_slot(hours=hours), 60) == NOW + timedelta(minutes=minutes)


def test_nothing_is_offered_that_nobody_can_reach() -> None:
    """Who needs two hours gets no offer of a slot in two and a half: an answer takes time too."""
    assert answer_by(NOW, a_slot(hours=2.5), 120) is None


def test_nobody_is_woken_and_no_answer_is_due_at_night() -> None:
    """At 22 o'clock nothing is offered; an answer due at 2 o'clock is due at 10 in the morning."""
    night = NOW + timedelta(hours=13)
    assert answer_by(night, a_slot(hours=100), 60) is None
    evening = NOW + timedelta(hours=11)  # 20:00
    assert answer_by(evening, a_slot(hours=50), 60) == NOW + timedelta(hours=25)
    assert answer_by(evening, a_slot(hours=25), 60) is None  # A slot at 10 in the morning.


@given(st.integers(0, 200 * 60), st.integers(0, 30 * 60), st.sampled_from((15, 60, 120, 1_440)))
def test_an_answer_is_always_due_by_day_and_in_time(after: int, wait: int, notice: int) -> None:
    """Whatever the hour, who answers at the last moment can still be there, and was not woken."""
    now = NOW + timedelta(minutes=wait)
    slot = a_slot(hours=after / 60)
    due = answer_by(now, slot, notice)
    if due is not None:
        assert now < due <= slot.starts_at - timedelta(minutes=notice)
        assert not in_quiet_hours(due, ZONE)
        assert not in_quiet_hours(now, ZONE)


def test_days_hours_and_clinics_are_those_asked_for() -> None:
    """A Tuesday morning suits neither who wants Mondays, nor afternoons, nor another clinic."""
    slot = a_slot()  # Tuesday, 11:00.
    assert suits(a_waiting(), slot)
    assert not suits(a_waiting(weekdays=frozenset({0})), slot)
    assert not suits(a_waiting(parts=frozenset({Part.AFTERNOON})), slot)
    assert not suits(a_waiting(site_ids=frozenset({2})), slot)


def test_a_household_waits_for_seats_for_all_of_it() -> None:
    """One free seat passes the household of three by and goes to the next; three go to it."""
    people = [a_waiting(1, size=3), a_waiting(2)]
    assert [one.entry_id.int for one in plan(people, [a_slot()], now=NOW, may=anybody)] == [2]
    both = plan(people, [a_slot(free=4)], now=NOW, may=anybody)
    assert [one.entry_id.int for one in both] == [1, 2]


@st.composite
def a_list(draw: st.DrawFn) -> tuple[list[Waiting], list[FreeSlot]]:
    slots = [
        a_slot(number, hours=draw(st.integers(2, 90)), free=draw(st.integers(1, 4)))
        for number in range(1, draw(st.integers(1, 5)) + 1)
    ]
    people = [
        a_waiting(number, rank=draw(st.integers(0, 3)), size=draw(st.integers(1, 4)))
        for number in range(1, draw(st.integers(1, 12)) + 1)
    ]
    return people, slots


@given(a_list())
def test_no_seat_is_offered_twice_and_nobody_is_overtaken(
    drawn: tuple[list[Waiting], list[FreeSlot]],
) -> None:
    """Seats suffice, nobody has two offers, and who is passed by had no seats left to fit."""
    people, slots = drawn
    found = plan(people, slots, now=NOW, may=anybody)
    by_id = {one.id: one for one in people}
    free = {slot.id: slot.free for slot in slots}
    got = {one.entry_id: one for one in found}
    assert len(got) == len(found)
    for one in sorted(people, key=lambda entry: entry.place):
        if one.id in got:
            free[got[one.id].slot_id] -= by_id[one.id].wish.size
            continue
        assert not any(
            free[slot.id] >= one.wish.size and answer_by(NOW, slot, 60) is not None
            for slot in slots
        )
    assert min(free.values()) >= 0
