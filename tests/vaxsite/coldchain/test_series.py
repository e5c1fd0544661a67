"""A probe's window: bounded, honest about extremes, holes and time out of range."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from sensors.domain.readings import Reading
from sensors.domain.units import BANDS, Profile
from sensors.services import calibrating, storing
from sensors.services.calibrating import Certificate
from sensors.store.places import Sensor
from tests.build import places as build
from vaxsite.coldchain.queries import table
from vaxsite.coldchain.queries.places import Span
from vaxsite.coldchain.queries.series import Series, read_series

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def a_fridge_probe(session: Session) -> Sensor:
    """Return the probe of a fridge; silent after 15 minutes."""
    return build.a_probe(session, unit=build.a_fridge(session, site=build.a_site(session)))


def last_hours(session: Session, sensor: Sensor, hours: int, points: int = 2_000) -> Series:
    """Return the last *hours* of *sensor* before noon."""
    return read_series(
        session,
        sensor=sensor,
        band=BANDS[Profile.FRIDGE],
        since=NOON - hours * HOUR,
        until=NOON,
        points=points,
    )


def test_series_keeps_the_extremes_of_every_bucket(session: Session) -> None:
    """One reading of 10.9 °C and one of -0.6 °C survive in a day drawn with four points."""
    sensor = a_fridge_probe(session)
    centis: list[int | None] = [500] * 288
    centis[100], centis[200] = 1090, -60
    build.readings(session, sensor=sensor, first_at=NOON - 24 * HOUR, centis=centis)

    series = last_hours(session, sensor, 24, points=4)

    assert [(b.low_centi, b.high_centi, b.readings) for b in series.buckets] == [
        (500, 500, 72),
        (500, 1090, 72),
        (-60, 500, 72),
        (500, 500, 72),
    ]
    assert (series.low_centi, series.high_centi) == (-60, 1090)


def test_series_never_sends_more_points_than_asked(session: Session) -> None:
    """3,600 readings in an hour become at most 100 buckets, and none is lost."""
    sensor = a_fridge_probe(session)
    build.readings(session, sensor=sensor, first_at=NOON - HOUR, centis=[500] * 3_600, every_s=1)

    series = last_hours(session, sensor, 1, points=100)

    assert len(series.buckets) == 100
    assert sum(bucket.readings for bucket in series.buckets) == 3_600


def test_hole_is_seen_and_adds_nothing_to_the_time_out_of_range(session: Session) -> None:
    """Two warm readings with three hours between them are not three warm hours."""
    sensor = a_fridge_probe(session)
    build.readings(session, sensor=sensor, first_at=NOON - 5 * HOUR, centis=[900, 900])
    build.readings(session, sensor=sensor, first_at=NOON - 115 * MINUTE, centis=[900, 900, 500])

    series = last_hours(session, sensor, 6)

    assert series.above_s == 15 * 60
    assert series.missing_s == 3 * 3600
    assert [bucket.missing_s for bucket in series.buckets] == [0, 0, 3 * 3600, 0, 0]


def test_limits_themselves_are_inside_the_band(session: Session) -> None:
    """2.0 and 8.0 °C are in range; 1.9 and 8.1 are not."""
    sensor = a_fridge_probe(session)
    build.readings(session, sensor=sensor, first_at=NOON - HOUR, centis=[200, 800, 190, 810, 500])

    series = last_hours(session, sensor, 6)

    assert (series.above_s, series.below_s) == (300, 300)


def test_silence_at_the_end_is_told(session: Session) -> None:
    """The last reading is 20 minutes old and the probe counts as silent after 15."""
    sensor = a_fridge_probe(session)
    build.readings(session, sensor=sensor, first_at=NOON - 20 * MINUTE, centis=[500])

    assert last_hours(session, sensor, 6).silent_s == 20 * 60


def test_short_wait_for_the_next_reading_is_not_silence(session: Session) -> None:
    """A reading five minutes old is what is expected."""
    sensor = a_fridge_probe(session)
    build.readings(session, sensor=sensor, first_at=NOON - 5 * MINUTE, centis=[500])

    assert last_hours(session, sensor, 6).silent_s is None


def test_faults_are_counted_and_are_not_temperatures(session: Session) -> None:
    """A broken probe leaves a bucket without temperatures."""
    sensor = a_fridge_probe(session)
    build.readings(session, sensor=sensor, first_at=NOON - HOUR, centis=[500, None, 500])

    series = last_hours(session, sensor, 6)

    assert [(b.low_centi, b.faults) for b in series.buckets] == [(500, 0), (None, 1), (500, 0)]


def test_door_and_power_become_spans_that_end_at_the_next_reading(session: Session) -> None:
    """The door stood open over three readings, the power was off over two."""
    sensor = a_fridge_probe(session)
    start = NOON - HOUR
    build.readings(session, sensor=sensor, first_at=start, centis=[500], door_open=False)
    build.readings(
        session,
        sensor=sensor,
        first_at=start + 5 * MINUTE,
        centis=[500] * 3,
        door_open=True,
        power_on=True,
    )
    build.readings(
        session,
        sensor=sensor,
        first_at=start + 20 * MINUTE,
        centis=[500] * 2,
        door_open=False,
        power_on=False,
    )
    build.readings(
        session, sensor=sensor, first_at=start + 30 * MINUTE, centis=[500], power_on=True
    )

    series = last_hours(session, sensor, 6)

    assert series.door_open == (Span(start + 5 * MINUTE, start + 20 * MINUTE),)
    assert series.power_off == (Span(start + 20 * MINUTE, start + 30 * MINUTE),)


def test_window_all_begins_with_the_first_reading(session: Session) -> None:
    """Nothing is asked for before anything was read."""
    sensor = a_fridge_probe(session)
    build.readings(session, sensor=sensor, first_at=NOON - 50 * HOUR, centis=[500, 600])

    series = read_series(session, sensor=sensor, band=BANDS[Profile.FRIDGE], since=None, until=NOON)

    assert series.since == NOON - 50 * HOUR
    assert series.high_centi == 600


def test_probe_that_never_read_gives_an_empty_series(session: Session) -> None:
    """No readings, no buckets, no extremes; not an error."""
    sensor = a_fridge_probe(session)

    series = read_series(session, sensor=sensor, band=BANDS[Profile.FRIDGE], since=None, until=NOON)

    assert series.buckets == ()
    assert series.high_centi is None


def test_table_says_the_same_in_lines_of_whole_local_hours(session: Session) -> None:
    """A day in Shanghai becomes lines that begin on the hour there, extremes kept."""
    sensor = a_fridge_probe(session)
    build.readings(
        session, sensor=sensor, first_at=NOON - 90 * MINUTE, centis=[500, 1090, None, 480]
    )

    found = table.lines_of(last_hours(session, sensor, 24), "Asia/Shanghai")

    assert found == (
        table.Line(
            at=NOON - 2 * HOUR,
            low_centi=480,
            high_centi=1090,
            readings=4,
            faults=1,
            missing_s=0,
        ),
    )


@pytest.mark.parametrize("days", [1, 30])
def test_chart_shows_what_the_certificate_corrects(session: Session, days: int) -> None:
    """Drawn from readings or from hours: lowest, highest and the time out of range."""
    sensor = a_fridge_probe(session)
    began_at = datetime(2026, 1, 12, tzinfo=UTC)
    certificate = Certificate("C-1", "Lab", date(2026, 1, 1), date(2027, 1, 1), 50)
    calibrating.add(
        session,
        sensor_id=sensor.id,
        certificate=certificate,
        from_at=began_at,
        actor_id="li",
        now=began_at,
    )
    storing.store(
        session,
        [
            Reading(sensor.id, began_at + timedelta(minutes=5 * n), began_at, centi)
            for n, centi in enumerate([700, 780, 780, 700])
        ],
    )

    found = read_series(
        session,
        sensor=sensor,
        band=BANDS[Profile.FRIDGE],
        since=began_at,
        until=began_at + timedelta(days=days),
    )

    assert (found.low_centi, found.high_centi) == (750, 830)
    assert found.above_s > 0
