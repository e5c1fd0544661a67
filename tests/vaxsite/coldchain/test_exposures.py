"""The windows of the unit page, against the pure sum over the same readings."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from sensors.domain import exposure
from sensors.domain.exposure import Sample
from sensors.domain.units import BANDS, Profile
from tests.build import places as build
from vaxsite.coldchain.queries import exposures
from vaxsite.coldchain.queries.exposures import MAX_GAP, Over

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
BAND = BANDS[Profile.FRIDGE]


def test_windows_are_those_of_the_pure_sum(session: Session) -> None:
    """A month with faults, gaps and excursions: each window to the second, and its MKT."""
    site = build.a_site(session)
    sensor = build.a_probe(session, unit=build.a_fridge(session, site=site))
    chance, samples = random.Random(3), []
    at = NOON - timedelta(days=32)
    while at < NOON + timedelta(minutes=20):
        centi = None if chance.random() < 0.05 else chance.choice([180, 200, 450, 800, 801, 1250])
        build.readings(session, sensor=sensor, first_at=at, centis=[centi])
        samples.append(Sample(at, centi))
        old = at < NOON - timedelta(hours=30) and chance.random() < 0.4
        at += timedelta(seconds=86_400 if old else chance.choice([900, 1_799, 1_800, 1_801, 7_200]))
    begins = exposures.begin_of(NOON, site.timezone)

    found = exposures.read_exposures(
        session, sensor_id=sensor.id, band=BAND, since=begins, until=NOON
    )

    assert list(found) == list(Over)
    for over, one in found.items():
        first = next(n for n, sample in enumerate(samples) if sample.at >= begins[over] - MAX_GAP)
        pure = exposure.measure(samples[first:], BAND, begins[over], NOON, MAX_GAP)
        assert (one.above, one.below, one.inside, one.unknown) == (
            pure.above,
            pure.below,
            pure.inside,
            pure.unknown,
        )
        assert pure.mean_kinetic is not None
        assert one.mean_kinetic == pytest.approx(pure.mean_kinetic, abs=1e-9)
        assert (one.lowest_centi, one.highest_centi) == (pure.lowest_centi, pure.highest_centi)


def test_the_month_begins_on_the_clock_of_the_site() -> None:
    """On the first of a month at one in Shanghai it is an hour old; in UTC it is the day before."""
    now = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)

    assert exposures.begin_of(now, "Asia/Shanghai")[Over.MONTH] == now - timedelta(hours=1)


def test_a_probe_without_readings_knows_nothing(session: Session) -> None:
    """All of the time is unknown, and there is no temperature."""
    site = build.a_site(session)
    sensor = build.a_probe(session, unit=build.a_fridge(session, site=site))
    found = exposures.read_exposures(
        session,
        sensor_id=sensor.id,
        band=BAND,
        since=exposures.begin_of(NOON, site.timezone),
        until=NOON,
    )

    assert found[Over.DAYS_7].unknown == timedelta(days=7)
    assert found[Over.DAYS_7].mean_kinetic is None
