"""Any window of any probe, at any zoom: exactly its readings, lowest and highest kept."""

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from sensors.domain.units import BANDS, Profile
from sensors.store import rollup
from sensors.store.places import Sensor
from sensors.store.readings import ReadingRow
from tests.build import places as build
from vaxsite.coldchain.queries.pieces import Step, cut
from vaxsite.coldchain.queries.series import Series, read_series

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 40
Told = list[tuple[datetime, int | None]]
INSTANTS = st.integers(0, DAYS * 86_400).map(lambda s: FIRST + timedelta(seconds=s))


@pytest.fixture
def probe(session: Session) -> tuple[Sensor, Told]:
    """Return a probe that read for forty days, with holes, faults, heat and frost."""
    sensor = build.a_probe(session, unit=build.a_fridge(session, site=build.a_site(session)))
    chance = random.Random(7)
    told: Told = []
    at = FIRST
    while at < FIRST + timedelta(days=DAYS):
        centi = chance.choice([None, *range(-60, 1_200, 60), *([500] * 40)])
        told.append((at, centi))
        at += timedelta(
            seconds=chance.choice([300, 900, 900, 1_700, 90_000 if len(told) % 50 == 0 else 600])
        )
    for at, centi in told:
        session.add(
            ReadingRow(
                sensor_id=sensor.id,
                measured_at=at,
                received_at=at,
                centi=centi,
                fault=None if centi is not None else "missing",
                clock="device",
                source="live",
            )
        )
    session.flush()
    rollup.rebuild(session.connection(), sensor.id)
    return sensor, told


def read(session: Session, sensor: Sensor, ends: list[datetime], points: int) -> Series:
    """Return the window between two instants."""
    return read_series(
        session,
        sensor=sensor,
        band=BANDS[Profile.FRIDGE],
        since=min(ends),
        until=max(ends),
        points=points,
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    ends=st.lists(INSTANTS, min_size=2, max_size=2, unique=True),
    points=st.sampled_from([4, 48, 300, 2_000]),
)
def test_window_is_exactly_its_readings_at_every_zoom(
    session: Session, probe: tuple[Sensor, Told], ends: list[datetime], points: int
) -> None:
    """Extremes, sum and count are those of a slow look at each reading, and points are few."""
    sensor, told = probe
    inside = [centi for at, centi in told if min(ends) <= at < max(ends)]
    known = [centi for centi in inside if centi is not None]

    series = read(session, sensor, ends, points)

    assert series.low_centi == min(known, default=None)
    assert series.high_centi == max(known, default=None)
    assert sum(bucket.sum_centi for bucket in series.buckets) == sum(known)
    assert sum(bucket.readings for bucket in series.buckets) == len(inside)
    assert sum(bucket.faults for bucket in series.buckets) == len(inside) - len(known)
    assert len(series.buckets) <= points + 1


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    ends=st.lists(INSTANTS, min_size=2, max_size=2, unique=True),
    points=st.sampled_from([48, 300, 2_000]),
)
def test_every_crossing_is_in_the_slice_of_its_time(
    session: Session, probe: tuple[Sensor, Told], ends: list[datetime], points: int
) -> None:
    """A reading beyond a limit is beyond it in the point that is drawn at its time."""
    sensor, told = probe
    series = read(session, sensor, ends, points)

    for at, centi in told:
        if centi is None or 200 <= centi <= 800 or not min(ends) <= at < max(ends):
            continue
        (bucket,) = [
            one
            for one in series.buckets
            if int((one.first_at - series.since).total_seconds()) // series.width_s
            == int((at - series.since).total_seconds()) // series.width_s
        ]
        assert bucket.low_centi is not None
        assert bucket.high_centi is not None
        assert bucket.low_centi <= centi <= bucket.high_centi


@pytest.mark.parametrize("step", [Step.HOURS, Step.DAYS])
@given(ends=st.lists(INSTANTS, min_size=2, max_size=2))
def test_pieces_cover_the_window_once(step: Step, ends: list[datetime]) -> None:
    """Nothing is left out, nothing is counted twice, and little of it is single readings."""
    since, until = min(ends), max(ends)

    parts = cut(since, until, step)

    edges = [part.since for part in parts] + [part.until for part in parts[-1:]]
    assert edges[:1] + edges[-1:] == ([since, until] if parts else [])
    assert all(one.until == other.since for one, other in itertools.pairwise(parts))
    assert all(part.since < part.until for part in parts)
    single = [part.until - part.since for part in parts if part.step is Step.READINGS]
    assert sum(single, timedelta()) <= timedelta(hours=2)


@pytest.mark.parametrize("days", [1, 20, 100])
def test_probe_that_was_moved_draws_only_where_it_was(session: Session, days: int) -> None:
    """Moved at 10:40: the heat of 10:20 in the other unit is in no point of this one."""
    sensor = build.a_probe(session, unit=build.a_fridge(session, site=build.a_site(session)))
    moved_at = FIRST + timedelta(days=3, hours=10, minutes=40)
    build.readings(
        session,
        sensor=sensor,
        first_at=moved_at - timedelta(minutes=20),
        centis=[1_500] * 4 + [500] * 100,
    )

    found = read_series(
        session,
        sensor=sensor,
        band=BANDS[Profile.FRIDGE],
        since=moved_at,
        until=moved_at + timedelta(days=days),
        points=100,
    )

    assert (found.low_centi, found.high_centi, found.above_s) == (500, 500, 0)
    assert found.buckets[0].first_at >= moved_at
