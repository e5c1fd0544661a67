"""A clock that is wrong delays every reading alike; a backlog does not."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.domain import clocks
from sensors.domain.clocks import ClockDoubt, ClockFault

DAY = 24 * 60


def delays(*minutes: float) -> list[timedelta]:
    return [timedelta(minutes=one) for one in minutes]


@pytest.mark.parametrize(
    ("minutes", "fault"),
    [
        ((60, 60, 61, 60, 62), ClockFault.SLOW),
        ((15, 15, 15, 15, 15), None),
        ((60, 61, 60, 60), None),
        ((300, 200, 120, 60, 0), None),
        ((300, 240, 180, 120, 60), None),
        ((0, 0, -1, 0, 0), ClockFault.FAST),
        ((0, 0, -0.9, 0, 0), None),
        ((DAY, DAY, DAY, DAY, DAY + 5), ClockFault.SLOW),
    ],
    ids=[
        "an hour slow",
        "no later than history",
        "too few",
        "a backlog and then live",
        "a backlog that still comes in",
        "a minute of the future",
        "our own clock",
        "a day slow",
    ],
)
def test_delays_tell_a_wrong_clock_from_a_slow_network(
    minutes: tuple[float, ...], fault: ClockFault | None
) -> None:
    """The limits belong to the side of no doubt, that of the future to the doubt."""
    doubt = clocks.judge(delays(*minutes), impossible=False)
    assert (doubt.fault if doubt else None) == fault


def test_impossible_times_say_that_the_clock_is_wrong_but_not_by_how_much() -> None:
    """Nothing is known of the right time."""
    assert clocks.judge([], impossible=True) == ClockDoubt(ClockFault.IMPOSSIBLE)


@given(st.lists(st.floats(0, 15), min_size=1, max_size=30))
def test_clock_of_a_device_that_is_heard_in_time_is_never_doubted(minutes: list[float]) -> None:
    """Whatever the network does within the time that a probe may be silent."""
    assert clocks.judge(delays(*minutes), impossible=False) is None
