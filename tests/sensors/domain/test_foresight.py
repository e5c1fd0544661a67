"""Where a temperature goes and when it leaves its range, against slow and independent sums."""

import random
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.domain import foresight
from sensors.domain.foresight import Point, Trend, Unclear, leaves_at, trend
from sensors.domain.readings import HIGHEST_CENTI, LOWEST_CENTI
from tests.sensors.domain.histories import at

CENTIS = st.integers(LOWEST_CENTI, HIGHEST_CENTI)


def points(*celsius: float, every: float = 5) -> list[Point]:
    return [Point(at(every * place), round(value * 100)) for place, value in enumerate(celsius)]


def slope_by_hand(several: list[Point]) -> Fraction:
    """Return the middle of all slopes between two points, in centi-degrees an hour, exactly."""
    slopes = sorted(
        Fraction(b.centi - a.centi) * 3600 / Fraction((b.at - a.at) / timedelta(seconds=1))
        for place, a in enumerate(several)
        for b in several[place + 1 :]
    )
    middle = len(slopes) // 2
    return slopes[middle] if len(slopes) % 2 else (slopes[middle - 1] + slopes[middle]) / 2


def test_a_degree_in_ten_minutes_is_six_in_an_hour() -> None:
    """From 6.0 over 6.5 to 7.0 in ten minutes; 8.0 is ten minutes away."""
    rising = points(6.0, 6.5, 7.0)

    assert trend(rising) == Trend(at(10), 700, 600, steady=True)
    assert leaves_at(rising, 200, 800) == at(20)


def test_it_may_leave_its_range_downwards() -> None:
    """Half a degree in ten minutes down to 2.5: 2.0 is ten minutes away."""
    assert leaves_at(points(3.0, 2.75, 2.5), 200, 800) == at(20)


def test_one_odd_reading_does_not_move_the_slope() -> None:
    """One of seven is ten degrees off; the slope of the others stands, as a mean's would not."""
    odd = points(5.0, 5.1, 5.2, 15.3, 5.4, 5.5, 5.6)
    found = trend(odd)

    assert isinstance(found, Trend)
    assert (found.centi_per_h, found.centi) == (120, 560)


@pytest.mark.parametrize(
    ("several", "why"),
    [
        ([], Unclear.TOO_FEW),
        (points(7.0), Unclear.TOO_FEW),
        (points(7.0, 7.5), Unclear.TOO_FEW),
        (points(7.0, 7.2, 7.4, every=4), Unclear.TOO_FEW),
        (points(7.0, 7.4, 7.0, 7.4, 7.1), Unclear.NO_TREND),
    ],
)
def test_what_cannot_be_told_is_not_told(several: list[Point], why: Unclear) -> None:
    """Nothing, one or two points, less than ten minutes, and what goes up and down."""
    assert leaves_at(several, 200, 800) is why


@pytest.mark.parametrize("several", [points(7.0, 7.0, 7.0), points(8.1, 8.3, 8.5)])
def test_nothing_is_foretold_of_what_stands_still_or_is_outside_already(
    several: list[Point],
) -> None:
    """Steady at 7 °C there is no direction; at 8.5 °C it is too late to foretell."""
    assert leaves_at(several, 200, 800) in {None, Unclear.NO_TREND}


def test_old_points_are_dropped() -> None:
    """After half an hour a point says nothing about now."""
    old = tuple(points(5.0, 6.0, 7.0, every=10))

    assert foresight.kept(old, Point(at(35), 750)) == (*old[1:], Point(at(35), 750))


@given(st.lists(st.tuples(st.integers(1, 600), CENTIS), min_size=3, max_size=9))
def test_the_slope_is_that_of_the_slow_sum(steps: list[tuple[int, int]]) -> None:
    """Any points at any distance: the rounded median of exact slopes."""
    several, minute = [], 0.0
    for seconds, centi in steps:
        minute += seconds / 60
        several.append(Point(at(minute), centi))
    found = trend(several)

    if several[-1].at - several[0].at < foresight.LASTED:
        assert found is Unclear.TOO_FEW
    else:
        assert isinstance(found, Trend)
        assert abs(found.centi_per_h - slope_by_hand(several)) <= 1


@given(
    st.integers(-3_000, 3_000), st.integers(-3_000, 3_000), st.integers(3, 12), st.integers(1, 60)
)
def test_a_line_is_found_again(start: int, per_step: int, count: int, minutes: int) -> None:
    """Points on a line give that line; upside down it gives the line upside down."""
    several = [Point(at(300 + minutes * n), start + per_step * n) for n in range(count)]
    below = [Point(point.at, -point.centi) for point in several]
    found, turned = trend(several), trend(below)
    if isinstance(found, Unclear) or isinstance(turned, Unclear):
        assert found == turned
        return
    assert abs(found.centi_per_h - per_step * 60 / minutes) <= 1
    assert (found.centi, found.centi_per_h) == (-turned.centi, -turned.centi_per_h)
    assert found.steady is (per_step != 0)


@given(CENTIS, st.integers(-10_000, 10_000), CENTIS)
def test_the_line_is_at_the_limit_when_it_reaches_it(centi: int, rate: int, limit: int) -> None:
    """Never before now; and one centi-degree or less away at the instant that is told."""
    found = Trend(at(0), centi, rate, steady=True)
    reached = found.reaches(limit)
    if reached is None:
        assert (limit - centi) * rate <= 0
    else:
        assert reached > at(0)
        assert abs(found.at_instant(reached) - limit) <= 1


def test_noise_alone_is_no_trend() -> None:
    """Of a thousand steady fridges with a noise of 0.02 °C at 7 °C few seem to go anywhere."""
    chance = random.Random(5)
    told = sum(
        leaves_at([Point(at(5 * n), 700 + round(chance.gauss(0, 2))) for n in range(7)], 200, 800)
        not in {None, Unclear.NO_TREND}
        for _ in range(1_000)
    )

    assert told < 20
