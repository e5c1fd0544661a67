"""The register of units and probes in a real browser: at a desk, on a phone, in both languages."""

import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from sensors.domain.calibration import Point
from sensors.domain.units import Maintenance, MaintenanceKind
from sensors.services import calibrating, maintenance, placing
from sensors.services.calibrating import Certificate
from tests.build import clinic as build
from tests.build import places
from tests.conftest import FrozenClock
from tests.serving import serving
from tests.vaxsite.coldchain import browsing
from tests.web_client import PageClient
from vaxsite.web.db import db

pytestmark = pytest.mark.browser
NOW = build.OPENED
HOUR = timedelta(hours=1)
POINTS = (Point(-20, 0), Point(510, 500), Point(2540, 2500))


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Use one database: the pages have tests on both."""
    return sqlite_url


def a_moved_probe(store: Session) -> tuple[int, int]:
    """Store a probe that left its fridge for three hours; return its id and the fridge's."""
    clinic = build.a_stocked_clinic(store)
    second = places.a_fridge(store, site=clinic.site, code="F2")
    places.a_fridge(store, site=clinic.site, code="F3")
    for hours, count, is_open in ((20, 234, False), (0.5, 6, True)):
        places.readings(
            store,
            sensor=clinic.probe,
            first_at=NOW - hours * HOUR,
            centis=[500] * count,
            door_open=is_open,
            power_on=True,
            compressor_on=True,
            ambient_centi=2430,
            battery_pct=87,
        )
    places.heard(store, sensor=clinic.probe, at=NOW, centi=500)
    probe, fridge = clinic.probe.id, clinic.fridge.id
    for unit, hours in ((second.id, 6), (fridge, 3)):
        placing.place(store, sensor_id=probe, unit_id=unit, at=NOW - hours * HOUR, now=NOW)
    return probe, fridge


def certify(store: Session, probe: int, number: str, days: int, points: tuple[Point, ...]) -> None:
    paper = Certificate(
        number=number,
        laboratory="Wuxi Institute of Metrology",
        calibrated_on=date(2025, 1, 1),
        expires_on=NOW.date() + timedelta(days=days),
        offset_centi=-10,
        points=points,
    )
    since = NOW - timedelta(days=9)
    calibrating.add(
        store, sensor_id=probe, certificate=paper, from_at=since, actor_id="li", now=NOW
    )


@pytest.fixture
def addresses(app: Flask, clock: FrozenClock) -> list[str]:
    """Return every page of a probe that was moved twice and has two certificates."""
    clock.now = NOW
    with app.app_context(), Session(db.engine) as store:
        probe, fridge = a_moved_probe(store)
        certify(store, probe, "C-2024-117", 20, ())
        certify(store, probe, "C-2025-402", 400, POINTS)
        work = Maintenance(MaintenanceKind.DEFROST, "Ice on the wall", NOW - HOUR, NOW + HOUR)
        maintenance.begin(store, unit_id=fridge, work=work, actor_id="li", now=NOW)
        store.commit()
    one, unit = f"/coldchain/probes/{probe}", f"/coldchain/units/{fridge}"
    return [
        "/coldchain/probes",
        one,
        f"{one}/move",
        f"{one}/replace",
        f"{one}/take-out",
        f"{one}/certificates/new",
        "/coldchain/certificates/2/withdraw",
        "/coldchain/units/new",
        unit,
        f"{unit}/facts",
        f"{unit}/retire",
        f"{unit}/maintenance",
        "/coldchain/coverage",
    ]


@pytest.fixture(params=["en-GB", "zh-CN"])
def page(
    request: pytest.FixtureRequest, browser: Browser, app: Flask, client: PageClient
) -> Iterator[Page]:
    """Return the window of a pharmacist, in each language."""
    request.getfixturevalue("addresses")
    with (
        serving(app) as url,
        browsing.window(browser, url, client, locale=request.param) as page,
    ):
        yield page


def test_every_page_can_be_used_at_a_desk_and_on_a_phone(page: Page, addresses: list[str]) -> None:
    """No violation that axe finds, and nothing wider than a phone."""
    found: dict[str, list[str]] = {}
    for address in addresses:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(address)
        _picture(page, address, "wide")
        if faults := browsing.faults(page):
            found[address] = faults
        _picture(page, address, "phone")

    assert found == {}


def _picture(page: Page, address: str, size: str) -> None:
    """Keep a picture to look at where VAXSITE_SCREENSHOTS names a folder."""
    folder = os.environ.get("VAXSITE_SCREENSHOTS")
    if folder:
        language = page.evaluate("document.documentElement.lang")[:2]
        name = address.strip("/").replace("/", "-")
        page.wait_for_timeout(300)
        page.screenshot(path=Path(folder) / f"{name}-{language}-{size}.png", full_page=True)
