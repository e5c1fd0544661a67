"""The frame in a real browser: no violation, nothing that the policy blocks, no overflow."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from tests.build.sites import a_site
from tests.serving import listen, serving
from tests.web_client import PageClient
from vaxsite.core.permissions import Role

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parents[2] / "tools" / "axe" / "axe.min.js").read_text(encoding="utf-8")
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
NARROW = 320  # WCAG 2.2, 1.4.10: reflow at 320 CSS px, which is also 1280 px at 400 % zoom.


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    """Serve the application and return its address."""
    with serving(app) as address:
        yield address


@pytest.fixture(params=["en", "zh"])
def page(browser: Browser, url: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Return a window of 1280 px in one language; what its console says fails the test."""
    context = browser.new_context(
        base_url=url,
        locale=LOCALES[request.param],
        viewport={"width": 1280, "height": 900},
    )
    context.set_default_timeout(15_000)
    page = context.new_page()
    said = listen(page)
    yield page
    context.close()
    assert said == []


def _faults(page: Page) -> list[str]:
    page.wait_for_load_state("load")
    page.evaluate(AXE)
    found: list[str] = page.evaluate(
        """async () => (await axe.run(document)).violations
            .map(v => `${v.id}: ${v.nodes[0].html.slice(0, 200)}`)"""
    )
    for width in (390, NARROW):
        page.set_viewport_size({"width": width, "height": 844})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{wide} px wide in a window of {width} px")
    page.set_viewport_size({"width": 1280, "height": 900})
    return [f"{page.url}: {one}" for one in found]


def test_the_frame_has_no_violation(page: Page) -> None:
    """Components at rest and faulty, the wall, the error page, the sign-in."""
    found: list[str] = []
    for path in ("/gallery", "/gallery/wall", "/nothing-here", "/sign-in"):
        page.goto(path)
        found += _faults(page)
    page.goto("/gallery")
    page.get_by_role("button", name="Go on").click()
    found += _faults(page)

    assert found == []


def test_focus_lands_on_the_summary_and_leads_to_the_field(page: Page) -> None:
    """After a faulty form the keyboard stands on the summary; its link enters the field."""
    page.goto("/sign-in")
    page.locator("main button").click()
    expect(page.locator(".nhsuk-error-summary")).to_be_focused()

    page.locator(".nhsuk-error-summary a").first.click()

    expect(page.locator("#email")).to_be_focused()


def test_a_link_to_a_date_enters_its_first_box(page: Page) -> None:
    """The first box is the year in Chinese and the day in English."""
    page.goto("/gallery")
    page.get_by_role("button", name="Go on").click()

    page.locator(".nhsuk-error-summary a").first.click()

    expect(page.locator(".nhsuk-date-input input").first).to_be_focused()


def test_the_first_stop_of_the_keyboard_skips_the_header(page: Page) -> None:
    """One tab and Enter lead past the header to what the page is about."""
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    expect(page.locator(".nhsuk-skip-link")).to_be_focused()

    page.keyboard.press("Enter")

    expect(page.locator("#maincontent")).to_be_focused()


def test_signed_in_pages_have_no_violation(
    page: Page, url: str, client: PageClient, session: Session
) -> None:
    """The menu and the account of somebody who is signed in, who then signs out."""
    a_site(session)
    session.commit()
    client.sign_in(Role.PHARMACIST)
    cookie = client.get_cookie("vax")
    assert cookie is not None
    page.context.add_cookies([{"name": "vax", "value": cookie.value, "url": url}])
    page.goto("/account")

    assert _faults(page) == []
    page.locator("form[action='/sign-out'] button").click()
    page.wait_for_url("**/sign-in")
