"""The chart in a real browser: moved by keyboard, mouse and links, and no violation."""

from collections.abc import Iterator
from datetime import timedelta

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
HOUR = timedelta(hours=1)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Use one database: the pages have tests on both."""
    return sqlite_url


@pytest.fixture
def address(app: Flask, clock: FrozenClock) -> str:
    """Return the page of a fridge that was hot two days ago."""
    clock.now = build.OPENED
    with app.app_context(), Session(db.engine) as store:
        clinic = build.a_stocked_clinic(store)
        places.readings(
            store,
            sensor=clinic.probe,
            first_at=clock.now - 60 * HOUR,
            centis=[500] * 144 + [1090] * 12 + [480] * 560,
        )
        places.heard(store, sensor=clinic.probe, at=clock.now, centi=480)
        store.commit()
        return f"/coldchain/units/{clinic.fridge.id}"


@pytest.fixture
def page(browser: Browser, app: Flask, address: str, client: PageClient) -> Iterator[Page]:
    """Return the fridge as a pharmacist sees it."""
    with serving(app) as url, browsing.window(browser, url, client) as page:
        page.goto(address)
        expect(page.locator(".chart__box canvas")).to_be_visible()
        yield page


def test_keyboard_zooms_and_moves_the_chart(page: Page) -> None:
    """Out to a week shows the hot hour in words and in the address; in again does not."""
    summary, shown = page.locator(".chart__summary"), page.locator("#shown")
    expect(summary).to_contain_text("Highest 4.8 °C.")
    page.locator(".chart__box").focus()

    page.keyboard.press("-")
    expect(summary).to_contain_text("Highest 10.9 °C.")
    expect(summary).to_contain_text("Above 8.0 °C for 1 h.")
    assert "from=" in page.url
    page.keyboard.press("+")
    expect(summary).to_contain_text("Highest 4.8 °C.")
    page.keyboard.press("ArrowLeft")
    expect(shown).to_contain_text("From 11 January 2026 21:00 to 12 January 2026 21:00")


def test_links_move_the_chart_and_the_page_alike(page: Page) -> None:
    """A control renews the chart in place; the address, loaded again, shows the same."""
    page.get_by_role("link", name="Zoom out").click()
    expect(page.locator(".chart__summary")).to_contain_text("Highest 10.9 °C.")
    shown = page.locator("#shown").inner_text()

    page.get_by_role("link", name="Load the page again").click()

    expect(page.locator("#zoom-table")).to_be_hidden()
    expect(page.locator("#shown")).to_have_text(shown)
    expect(page.locator(".chart__summary")).to_contain_text("Highest 10.9 °C.")


def test_drag_across_the_chart_zooms_into_it(page: Page) -> None:
    """The mouse chooses the middle third of the day."""
    over = page.locator(".chart__box .u-over")
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 2 / 3, middle, steps=5)
    page.mouse.up()

    expect(page.locator("#shown")).to_contain_text("From 12 January 2026 17:")


def test_lost_line_is_said_and_keeps_what_is_drawn(page: Page) -> None:
    """A fetch that fails changes nothing but says so; the next one takes it back."""
    page.route("**/readings.json*", lambda route: route.fulfill(status=503))
    page.locator(".chart__box").focus()

    page.keyboard.press("-")

    expect(page.locator("#zoom-failed")).to_be_visible()
    expect(page.locator(".chart__summary")).to_contain_text("Highest 4.8 °C.")


def test_unit_page_has_no_violation_at_any_width(page: Page) -> None:
    """Nothing that axe finds, nothing wider than a phone."""
    page.keyboard.press("Tab")

    assert browsing.faults(page) == []
