"""What a certificate adds to a reading: on the lines between its points, and never out of order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.domain.calibration import Correction, Point, corrected, rising, single_offset

FROM = datetime(2026, 1, 1, tzinfo=UTC)
# Ice point, the middle of the band, room: +0.20, -0.10 and -0.40 °C.
THREE = (Point(-20, 0), Point(510, 500), Point(2540, 2500))


@pytest.mark.parametrize(
    ("reading", "expected"),
    [
        (-5000, -4980),  # Below the lowest point: its own offset.
        (-20, 0),
        (245, 250),  # Half way between +20 and -10.
        (510, 500),
        (1525, 1500),
        (2540, 2500),
        (9000, 8960),  # Above the highest.
    ],
)
def test_correction_lies_on_the_line_between_two_points(reading: int, expected: int) -> None:
    """Outside the points it is that of the nearest one."""
    assert corrected(reading, FROM, [Correction(FROM, 0, THREE)]) == expected


def test_one_point_is_one_offset_for_all_temperatures() -> None:
    """As a certificate without points."""
    one = [Correction(FROM, 0, (Point(500, 540),))]
    flat = [Correction(FROM, 40)]

    for centi in (-9000, 500, 3000):
        assert corrected(centi, FROM, one) == corrected(centi, FROM, flat) == centi + 40


def test_each_reading_is_corrected_by_the_certificate_of_its_time() -> None:
    """Before the first nothing is added; a fault stays one."""
    later = FROM + timedelta(days=1)
    both = [Correction(FROM, 0, THREE), Correction(later, -7)]

    assert corrected(510, FROM - timedelta(seconds=1), both) == 510
    assert corrected(510, FROM, both) == 500
    assert corrected(510, later, both) == 503
    assert corrected(None, later, both) is None


def test_points_that_contradict_each_other_are_none() -> None:
    """A warmer reading goes with a warmer reference; no reading stands twice."""
    assert rising([THREE[2], THREE[0], THREE[1]]) == THREE
    assert rising([Point(0, 10), Point(0, 20)]) is None
    assert rising([Point(0, 10), Point(5, 10)]) is None
    assert rising([Point(0, 10), Point(5, 4)]) is None
    assert single_offset(THREE) == -10


POINTS = st.lists(
    st.tuples(st.integers(-9000, 6000), st.integers(-500, 500)), min_size=1, max_size=6
)


@given(made=POINTS, first=st.integers(-10_000, 15_000), second=st.integers(-10_000, 15_000))
def test_warmer_reading_is_never_a_colder_temperature(
    made: list[tuple[int, int]], first: int, second: int
) -> None:
    """So the lowest and highest of an hour stay its lowest and highest, and offsets in bounds."""
    points = rising(Point(reading, reading + offset) for reading, offset in made)
    if points is None:
        return
    correction = Correction(FROM, 0, points)
    low, high = sorted((first, second))

    assert low + correction.offset_at(low) <= high + correction.offset_at(high)
    offsets = [point.offset_centi for point in points]
    assert min(offsets) <= correction.offset_at(first) <= max(offsets)
