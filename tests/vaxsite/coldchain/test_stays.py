"""A probe that left a unit and came back: each of its stays is shown, and nothing between them."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from sensors.services import placing
from sensors.store.places import Sensor
from tests.build import clinic as build
from tests.build import places
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.coldchain.queries import charts
from vaxsite.coldchain.zoom import Period
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

NOW = build.OPENED
HOUR = timedelta(hours=1)


def a_probe_that_came_back(session: Session) -> build.Clinic:
    """Return a clinic whose probe hung elsewhere from six to three hours ago."""
    clinic = build.a_stocked_clinic(session)
    other = places.a_fridge(session, site=clinic.site, code="F2")
    places.readings(
        session, sensor=clinic.probe, first_at=NOW - 10 * HOUR, centis=[500] * 120, door_open=False
    )
    places.heard(session, sensor=clinic.probe, at=NOW, centi=500)
    for unit, hours in ((other, 6), (clinic.fridge, 3)):
        at = NOW - hours * HOUR
        placing.place(session, sensor_id=clinic.probe.id, unit_id=unit.id, at=at, now=NOW)
    session.flush()
    session.expire_all()
    return clinic


def windows(session: Session, clinic: build.Clinic, period: Period | None) -> list[tuple[int, int]]:
    """Return, in hours before now, what each chart of the fridge covers."""
    page = charts.get_unit_page(
        session, actor=clinic.pharmacist, unit_id=clinic.fridge.id, period=period, now=NOW
    )
    return [
        (round((NOW - one.series.since) / HOUR), round((NOW - one.series.until) / HOUR))
        for one in page.charts
    ]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(None, [(10, 6), (3, 0)]), (24, [(24, 6), (3, 0)]), (5, [(3, 0)])],
)
def test_every_stay_within_the_window_is_shown(
    session: Session, hours: int | None, expected: list[tuple[int, int]]
) -> None:
    """The older stay too, each cut at its ends; one that is over before the window is not."""
    clinic = a_probe_that_came_back(session)
    period = None if hours is None else Period(NOW - hours * HOUR, NOW)

    assert windows(session, clinic, period) == expected


def test_what_a_probe_tells_now_belongs_to_its_stay_of_now(session: Session) -> None:
    """The door of the fridge is not told from a stay that is over."""
    clinic = a_probe_that_came_back(session)

    page = charts.get_unit_page(
        session, actor=clinic.pharmacist, unit_id=clinic.fridge.id, period=None, now=NOW
    )

    assert [len(one.reported) for one in page.charts] == [0, 1]
    assert len({one.key for one in page.charts}) == 2


def test_page_tells_the_stays_apart(client: PageClient, app: Flask, clock: FrozenClock) -> None:
    """From when until when, in words, with a chart of its own for each."""
    clock.now = NOW
    with app.app_context(), Session(db.engine) as store:
        clinic = a_probe_that_came_back(store)
        fridge, site = clinic.fridge.id, clinic.site.id
        assert store.get_one(Sensor, clinic.probe.id).unit_id == fridge
        store.commit()
    client.sign_in(Role.PHARMACIST, site=site)

    client.get(f"/coldchain/units/{fridge}")

    assert "In this unit until 13 January 2026 03:00." in client.page.text
    assert "In this unit since 13 January 2026 06:00." in client.page.text
    first = client.get(f"/coldchain/units/{fridge}/readings.json?from=1768233600&to=1768266000")
    assert len({one["key"] for one in first.get_json()["charts"]}) == 2
