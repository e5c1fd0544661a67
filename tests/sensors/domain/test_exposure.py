"""Mean kinetic temperature and time out of range, against numbers worked out by hand."""

from datetime import timedelta

import pytest

from sensors.domain.exposure import Sample, Span, mean_kinetic, measure, spans_of
from sensors.domain.units import Band
from tests.sensors.domain.histories import at

FRIDGE = Band(200, 800, "made up for tests")
HALF_HOUR = timedelta(minutes=30)


def hours(*pairs: tuple[float, float]) -> list[Span]:
    """Return (hours, degrees) as spans."""
    return [Span(timedelta(hours=lasted), round(celsius * 100)) for lasted, celsius in pairs]


def samples(*pairs: tuple[float, float | None]) -> list[Sample]:
    """Return (minute, degrees) as samples."""
    return [Sample(at(m), None if c is None else round(c * 100)) for m, c in pairs]


@pytest.mark.parametrize(
    ("spans", "kinetic", "mean"),
    [
        (hours((24, 5)), 5.000, 5.000),
        (hours((23, 5), (1, 25)), 7.756, 5.833),
        (hours((18, 5), (6, 14)), 8.285, 7.250),  # Passes the mean, fails the kinetic one.
        (hours((12, 2), (12, 8)), 5.536, 5.000),
        (hours((22, 5), (2, 30)), 12.380, 7.083),
        (hours((23.5, 5), (0.5, -1)), 4.911, 4.875),  # Hides the freeze.
    ],
)
def test_mean_kinetic_temperature_is_right_to_a_thousandth(
    spans: list[Span], kinetic: float, mean: float
) -> None:
    """Vectors worked out for a heat of activation of 83.144 kJ/mol."""
    found = mean_kinetic(spans)
    total = sum(span.lasted.total_seconds() for span in spans)
    plain = sum(span.lasted.total_seconds() * span.centi / 100 for span in spans) / total

    assert found == pytest.approx(kinetic, abs=0.001)
    assert plain == pytest.approx(mean, abs=0.001)


@pytest.mark.parametrize(
    ("delta_h_kj", "kinetic"), [(60, 7.957), (83.144, 8.285), (100, 8.531), (120, 8.824)]
)
def test_another_heat_of_activation_gives_another_temperature(
    delta_h_kj: float, kinetic: float
) -> None:
    """18 h at 5 and 6 h at 14: the number says nothing without its heat of activation."""
    found = mean_kinetic(hours((18, 5), (6, 14)), delta_h_kj)

    assert found == pytest.approx(kinetic, abs=0.001)


def test_unequal_intervals_weigh_by_their_time_and_not_by_their_number() -> None:
    """Many readings of one warm hour do not outweigh a quiet day."""
    quiet = [(minute, 5.0) for minute in range(0, 23 * 60, 30)]
    warm = [(23 * 60 + minute, 25.0) for minute in range(60)]
    taken = samples(*quiet, *warm, (24 * 60, 5.0))

    found = measure(taken, FRIDGE, at(0), at(24 * 60), HALF_HOUR)

    assert found.mean_kinetic == pytest.approx(7.756, abs=0.001)
    assert (found.above, found.unknown) == (timedelta(hours=1), timedelta())


def test_a_gap_is_unknown_and_is_never_filled() -> None:
    """Two hot readings with an hour between them say nothing of that hour."""
    taken = samples((0, 9.0), (30, 9.0), (90, 9.0), (100, 5.0))

    found = measure(taken, FRIDGE, at(0), at(120), HALF_HOUR)

    assert found.above == timedelta(minutes=40)  # 0 to 30, and 90 to 100.
    assert found.unknown == timedelta(minutes=80)  # 30 to 90, and after the newest reading.
    assert found.inside == timedelta()


def test_a_fault_is_no_temperature_and_does_not_cut_a_span() -> None:
    """The last temperature holds until the next known one, as the rules count it."""
    taken = samples((0, 1.0), (10, None), (20, 5.0))

    found = measure(taken, FRIDGE, at(0), at(20), HALF_HOUR)

    assert (found.below, found.unknown) == (timedelta(minutes=20), timedelta())


def test_a_window_opens_and_closes_within_spans() -> None:
    """What held when it opened counts from there; what came after it closed does not count."""
    taken = samples((0, 9.0), (20, 1.0), (40, 5.0), (60, 9.0))

    found = measure(taken, FRIDGE, at(10), at(45), HALF_HOUR)

    minutes = [one / timedelta(minutes=1) for one in (found.above, found.below, found.inside)]
    assert minutes == [10, 20, 5]
    assert found.outside == timedelta(minutes=30)
    assert (found.lowest_centi, found.highest_centi) == (100, 900)


def test_both_ends_of_the_band_are_inside() -> None:
    """8.0 and 2.0 are safe; a hundredth beyond is not."""
    taken = samples((0, 8.0), (10, 8.01), (20, 2.0), (30, 1.99), (40, 5.0))

    found = measure(taken, FRIDGE, at(0), at(40), HALF_HOUR)

    minutes = [one / timedelta(minutes=1) for one in (found.above, found.below, found.inside)]
    assert minutes == [10, 10, 20]


def test_nothing_known_has_no_temperature() -> None:
    """A window without readings is unknown as a whole."""
    found = measure([], FRIDGE, at(0), at(60), HALF_HOUR)

    assert (found.mean_kinetic, found.mean, found.unknown) == (None, None, timedelta(hours=1))
    assert list(spans_of(samples((5, 5.0)), at(0), at(60), HALF_HOUR)) == []
