"""Who is on call at a moment: the week, and whoever stands in."""

from datetime import UTC, datetime, timedelta

import pytest

from sensors.domain.duty import FIRST, SECOND, Cover, Shift, on_call

MONDAY = datetime(2026, 1, 12, tzinfo=UTC)
WEEK = [
    Shift(1, FIRST, 0, 8 * 60, 12 * 60),  # Monday 08:00 to 20:00
    Shift(2, FIRST, 0, 20 * 60, 12 * 60),  # Monday 20:00 to Tuesday 08:00
    Shift(3, FIRST, 6, 20 * 60, 12 * 60),  # Sunday 20:00 to Monday 08:00
    Shift(4, SECOND, 0, 0, 24 * 60),
]


@pytest.mark.parametrize(
    ("hours", "contact"),
    [(0, 3), (7.99, 3), (8, 1), (19.99, 1), (20, 2), (31.99, 2), (32, None), (-3, 3)],
)
def test_the_week_says_who_is_on_call_to_the_minute(hours: float, contact: int | None) -> None:
    """A shift begins with its minute, reaches over midnight and over the end of the week."""
    assert on_call(WEEK, [], place=FIRST, at=MONDAY + timedelta(hours=hours)) == contact


def test_the_second_person_has_a_week_of_their_own() -> None:
    """First and second never fall together by accident."""
    assert on_call(WEEK, [], place=SECOND, at=MONDAY + timedelta(hours=9)) == 4


def cover(contact: int, *, made: int, begins: int = 8, ends: int = 12) -> Cover:
    return Cover(
        contact,
        FIRST,
        MONDAY + timedelta(hours=begins),
        MONDAY + timedelta(hours=ends),
        MONDAY - timedelta(hours=made),
    )


@pytest.mark.parametrize(("hour", "contact"), [(7, 3), (8, 9), (11, 9), (12, 1)])
def test_whoever_stands_in_is_called_until_the_cover_ends(hour: int, contact: int) -> None:
    """Then the week goes on as written."""
    at = MONDAY + timedelta(hours=hour)
    assert on_call(WEEK, [cover(9, made=1)], place=FIRST, at=at) == contact


def test_of_two_covers_the_one_made_last_counts() -> None:
    """A hand-over after a hand-over."""
    covers = [cover(8, made=1), cover(9, made=5)]
    assert on_call(WEEK, covers, place=FIRST, at=MONDAY + timedelta(hours=9)) == 8
