"""Where a temperature goes and how warm it was on the whole, in a real browser."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from tests.build import clinic as build
from tests.build import places
from tests.conftest import FrozenClock
from tests.serving import serving
from tests.vaxsite.coldchain import browsing
from tests.web_client import PageClient
from vaxsite.web.db import db

pytestmark = pytest.mark.browser


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Use one database: the queries have tests on both."""
    return sqlite_url


@pytest.fixture(params=["en-GB", "zh-CN"])
def page(
    request: pytest.FixtureRequest,
    browser: Browser,
    app: Flask,
    client: PageClient,
    clock: FrozenClock,
) -> Iterator[Page]:
    """Return a window of a pharmacist whose fridge was warm last night and warms again."""
    clock.now = build.OPENED
    with app.app_context(), Session(db.engine) as store:
        clinic = build.a_stocked_clinic(store)
        probe, now = clinic.probe, clock.now
        night = [500] * 20 + [850] * 5 + [500] * 40
        places.readings(
            store, sensor=probe, first_at=now - timedelta(hours=12), centis=night, every_s=600
        )
        rise = [*range(700, 770, 10)]
        places.readings(store, sensor=probe, first_at=now - timedelta(minutes=30), centis=rise)
        places.heard(store, sensor=probe, at=now, centi=760)
        store.commit()
    with (
        serving(app) as url,
        browsing.window(browser, url, client, locale=request.param) as page,
    ):
        yield page


def test_wall_and_unit_say_where_it_goes_and_how_warm_it_was(page: Page) -> None:
    """The rate, the minutes and the table; nothing that axe finds, nothing wider than a phone."""
    page.goto("/coldchain/wall")
    card = page.locator(".wall-card").first
    expect(card).to_contain_text("+1.2 °C")
    expect(card.locator(".wall-card__flag").first).to_contain_text("20")
    assert browsing.faults(page) == []
    name = page.locator(".wall-card__name").first.bounding_box()  # As narrow as a phone now.
    assert name is not None
    assert name["height"] < 60, "the rate squeezes the name"
    _picture(page, "wall")

    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto("/coldchain")
    page.locator(".unit__name a").first.click()
    expect(page.locator(".unit-now")).to_contain_text("+1.2 °C")
    expect(page.locator("#exposures")).to_be_visible()
    expect(page.locator("main")).to_contain_text("83.144")
    assert browsing.faults(page) == []
    _picture(page, "unit")


def _picture(page: Page, name: str) -> None:
    """Keep what is seen at two widths, where somebody asked for pictures."""
    folder = os.environ.get("VAXSITE_SCREENSHOTS")
    if not folder:
        return
    language = page.evaluate("navigator.language")
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=Path(folder) / f"{name}-{language}-{width}.png", full_page=True)
