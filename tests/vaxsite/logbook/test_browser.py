"""The logbook in a real browser: chosen, read and signed without a violation, at 320 px too."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import update
from sqlalchemy.orm import Session

from tests.build import logbook as build
from tests.conftest import FrozenClock
from tests.journeys.browsing import Visitor, visit
from tests.serving import serving
from tests.web_client import PageClient
from vaxsite.coldchain.models import UnitCheck
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

pytestmark = pytest.mark.browser


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Use one database: the pages have tests on both."""
    return sqlite_url


def with_a_month(app: Flask, client: PageClient) -> str:
    """Store a clinic with a month that a nurse of it kept; return the cookie of its pharmacist."""
    with app.app_context(), Session(db.engine) as store:
        logged = build.a_month(store)
        store.commit()
        site_id = logged.site.id
    nurse = str(client.sign_in(Role.NURSE, site=site_id))
    with app.app_context(), Session(db.engine) as store:
        store.execute(update(UnitCheck).values(checked_by=nurse))
        store.commit()
    client.sign_in(Role.PHARMACIST, site=site_id)
    cookie = client.get_cookie("vax")
    assert cookie is not None
    return cookie.value


@contextmanager
def window(
    browser: Browser, url: str, cookie: str, *, language: str, width: int
) -> Iterator[Visitor]:
    """Give a window of a pharmacist; it is closed whatever comes, or the server would wait."""
    visitor, context = visit(
        browser, url, name=f"logbook-{language}-{width}", width=width, language=language
    )
    context.set_default_timeout(60_000)  # A busy machine is no fault of a page.
    context.add_cookies([{"name": "vax", "value": cookie, "url": url}])
    try:
        yield visitor
    finally:
        context.close()


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh", 390)])
def test_pharmacist_chooses_reads_and_signs_a_month(
    browser: Browser,
    app: Flask,
    client: PageClient,
    clock: FrozenClock,
    language: str,
    width: int,
) -> None:
    """Every page on the way is looked at; then a correction shows it changed."""
    clock.now = build.OVER
    cookie = with_a_month(app, client)
    with (
        serving(app) as url,
        window(browser, url, cookie, language=language, width=width) as visitor,
    ):
        visitor.go("/coldchain/logbook")
        unit = "冰箱F1" if language == "zh" else "Fridge F1"
        visitor.follow(visitor.page.get_by_role("link", name=f"{unit} (F1)"))
        visitor.follow(visitor.page.locator("form[action$='/signature'] button"))
        assert visitor.say("Signed at") in visitor.text()
        with app.app_context(), Session(db.engine) as store:
            store.execute(
                update(UnitCheck).where(UnitCheck.day == date(2026, 1, 3)).values(shown_centi=-60)
            )
            store.commit()
        visitor.page.reload()
        visitor.look()
        assert visitor.say("What differs from what was signed") in visitor.text()
        visitor.go("/coldchain/logbook/sites/1/calibration")
