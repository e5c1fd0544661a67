"""The wall in a real browser: blind within thirty seconds of any part that stops, and said."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update
from sqlalchemy.orm import Session

from sensors.store.outbox import Lease
from tests.build import clinic as build
from tests.build import places
from tests.conftest import FrozenClock
from tests.serving import serving
from tests.vaxsite.coldchain import browsing
from tests.web_client import PageClient
from vaxsite.web.db import db

pytestmark = pytest.mark.browser
WALL = "/coldchain/wall"
GREEN = ".wall-card--ok .wall-card__state:visible"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Use one database: the wall's query has tests on both."""
    return sqlite_url


@pytest.fixture
def page(browser: Browser, app: Flask, client: PageClient, clock: FrozenClock) -> Iterator[Page]:
    """Return a window of a pharmacist whose one fridge is well; its time can be run on."""
    clock.now = build.OPENED
    with app.app_context(), Session(db.engine) as store:
        clinic = build.a_stocked_clinic(store)
        places.readings(
            store,
            sensor=clinic.probe,
            first_at=clock.now - timedelta(minutes=30),
            centis=[*range(700, 770, 10)],
        )
        places.heard(store, sensor=clinic.probe, at=clock.now, centi=760)
        store.commit()
    with serving(app) as url, browsing.window(browser, url, client) as page:
        yield page


def test_wall_is_blind_within_thirty_seconds_of_a_web_that_is_gone(page: Page) -> None:
    """No answer any more: huge words, and no cell is green."""
    page.clock.install()
    page.goto(WALL)
    expect(page.locator(GREEN)).to_have_count(1)
    page.context.route("**/*", lambda route: route.abort())

    page.clock.run_for(30_000)

    expect(page.locator("#wall-blind")).to_be_visible()
    expect(page.locator("#wall-blind")).to_contain_text("This picture is old.")
    expect(page.locator(GREEN)).to_have_count(0)
    size = page.locator("#wall-blind").evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
    assert size >= 48


def test_wall_is_blind_as_soon_as_the_subscriber_has_given_no_sign(
    page: Page, app: Flask, clock: FrozenClock
) -> None:
    """The stream tells it: nothing is fetched by the clock of the page."""
    with app.app_context(), db.engine.begin() as connection:
        later = clock.now + timedelta(seconds=30)
        connection.execute(update(Lease).where(Lease.name == "listening").values(expires_at=later))
    page.goto(WALL)
    expect(page.locator(GREEN)).to_have_count(1)

    clock.advance(seconds=21)

    expect(page.locator(".wall-blind:visible")).to_contain_text(
        "NOT WATCHED: no readings are received.", timeout=9_000
    )
    expect(page.locator(GREEN)).to_have_count(0)
    expect(page.locator(".wall-card__state")).to_contain_text("Not known now")


def test_wall_comes_back_when_the_web_does(page: Page) -> None:
    """A restart of the server leaves no wall blind for ever."""
    page.clock.install()
    page.goto(WALL)
    page.context.route("**/coldchain/**", lambda route: route.abort())
    page.clock.run_for(30_000)
    expect(page.locator("#wall-blind")).to_be_visible()

    page.context.unroute("**/coldchain/**")
    page.clock.run_for(12_000)

    expect(page.locator("#wall-blind")).to_be_hidden()
    expect(page.locator(GREEN)).to_have_count(1)


def test_sound_is_on_after_one_click_and_says_so(page: Page) -> None:
    """A browser plays nothing before somebody asked for it."""
    page.goto(WALL)
    expect(page.locator("#wall-sound-state")).to_have_text("Alarm sound is off")

    page.get_by_role("button", name="Turn alarm sound on").click()

    expect(page.locator("#wall-sound-state")).to_have_text("Alarm sound is on")


def test_wall_has_no_violation_calm_or_blind(page: Page, app: Flask) -> None:
    """Nothing that axe finds, nothing wider than a phone; the trend is a word too."""
    page.goto(WALL)
    expect(page.locator(".wall-card__value")).to_contain_text("rising")
    found = browsing.faults(page)
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(Lease.__table__.delete())
    page.goto(WALL)
    expect(page.locator(".wall-blind__what:visible")).to_have_count(2)

    assert found + browsing.faults(page) == []


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (3840, 2160)])
def test_fifteen_units_of_which_one_warms_are_all_in_the_picture(
    page: Page, width: int, height: int
) -> None:
    """Nobody scrolls a wall, and a unit below its edge would be watched by nobody."""
    page.set_viewport_size({"width": width, "height": height})
    page.goto(WALL)
    lowest = page.evaluate(
        """() => {
            const card = document.querySelector(".wall-card");
            const grid = card.parentElement;
            const calm = card.cloneNode(true);
            const more = calm.querySelectorAll(".wall-card__rate, .wall-card__flag");
            for (const one of more) one.remove();
            for (let n = 1; n < 15; n += 1) grid.append(calm.cloneNode(true));
            grid.classList.add("wall-grid--many");
            return grid.getBoundingClientRect().bottom;
        }"""
    )

    assert lowest <= height


@pytest.mark.parametrize("width", [390, 768, 1280, 1920, 3840])
@pytest.mark.parametrize("many", [True, False])
def test_longest_temperature_stays_inside_its_card(page: Page, width: int, many: bool) -> None:
    """An ultra-cold freezer beside others: nothing is cut off and nothing covers a neighbour."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(WALL)
    overflowing = page.evaluate(
        """many => {
            const card = document.querySelector(".wall-card");
            const grid = card.parentElement;
            card.querySelector(".wall-card__value").firstChild.textContent = "\u221288.8 °C ";
            for (let n = 0; n < 9; n += 1) grid.append(card.cloneNode(true));
            grid.classList.toggle("wall-grid--many", many);
            return [...document.querySelectorAll(".wall-card")]
                .filter(one => one.scrollWidth > one.clientWidth).length;
        }""",
        many,
    )

    assert overflowing == 0
