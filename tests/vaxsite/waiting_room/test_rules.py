"""The line moves at its pace, says an honest wait, and lots decide who came before it opened."""

import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaxsite.waiting_room import rules
from vaxsite.waiting_room.rules import Pace

EIGHT = datetime(2026, 1, 12, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "let_in"), [(-60, 0), (0, 0), (0.9, 0), (1, 1), (59, 59), (60, 60), (3600, 3600)]
)
def test_sixty_a_minute_are_one_a_second(seconds: float, let_in: int) -> None:
    """The first is let in after its share of a minute, nobody before the opening."""
    assert Pace(0, EIGHT, 60).let_in(EIGHT + timedelta(seconds=seconds)) == let_in


def test_the_wait_is_what_it_takes() -> None:
    """Place 121 at sixty a minute waits 121 seconds, and is let in exactly then."""
    pace = Pace(0, EIGHT, 60)

    assert pace.wait(121, EIGHT) == timedelta(seconds=121)
    assert pace.let_in(EIGHT + timedelta(seconds=120)) == 120
    assert pace.let_in(EIGHT + timedelta(seconds=121)) == 121


@given(
    st.integers(1, 10_000),
    st.lists(st.tuples(st.integers(1, 600), st.integers(1, 10_000)), max_size=8),
)
def test_a_changed_rate_puts_nobody_back(first: int, changes: list[tuple[int, int]]) -> None:
    """Whoever was let in stays let in, whatever the manager does to the rate."""
    pace, now, before = Pace(0, EIGHT, first), EIGHT, 0
    for seconds, per_minute in changes:
        now += timedelta(seconds=seconds)
        pace = pace.changed(per_minute, now)
        assert pace.let_in(now) >= before
        before = pace.let_in(now)


@given(st.integers(1, 10_000), st.integers(1, 100_000), st.integers(0, 100_000))
def test_nobody_waits_longer_than_was_said(per_minute: int, place: int, passed: int) -> None:
    """After the wait that the page said, at the same rate, it is their turn."""
    pace, now = Pace(0, EIGHT, per_minute), EIGHT + timedelta(seconds=passed)

    assert pace.let_in(now + pace.wait(place, now)) >= place or place <= pace.let_in(now)


def test_who_came_first_has_nothing_from_it() -> None:
    """Over 2,000 openings the first of ten to come is as often first as anybody else."""
    ids = [UUID(int=n) for n in range(10)]
    first = Counter(
        rules.drawn_order(hashlib.sha256(f"{n}".encode()).hexdigest(), ids)[0] for n in range(2_000)
    )

    assert sum((n - 200) ** 2 / 200 for n in first.values()) < 27.88


def test_the_puzzle_and_the_sum_open_the_same_door() -> None:
    """A counted answer is right, a guessed one is not; the sum is right in any digits."""
    challenge = "5e" * 12
    counted = next(n for n in range(10**7) if rules.puzzle_solved(challenge, f"{n}"))
    a, b = rules.numbers_of(challenge)

    assert not rules.puzzle_solved(challenge, f"{counted + 1}")
    assert not rules.puzzle_solved(challenge, "9" * 21)
    assert rules.sum_right(challenge, f" {a + b} ")
    assert rules.sum_right(
        challenge, f"{a + b}".translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    )
    assert not rules.sum_right(challenge, f"{a + b + 1}")
    assert not rules.sum_right(challenge, "²")
    assert not rules.sum_right(challenge, "")
