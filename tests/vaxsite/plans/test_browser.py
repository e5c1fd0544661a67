"""The pages of plans in a real browser: at a desk, on a phone, in both languages."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from sensors.store.transaction import transaction
from tests.build.booking import NOW, holder
from tests.build.plans import (
    FIRST,
    FIRST_ON,
    Planned,
    a_delivery,
    a_plan,
    hours,
    publish,
    slot_of,
)
from tests.serving import serving
from tests.vaxsite.coldchain import browsing
from tests.web_client import PageClient
from vaxsite.booking.services import holds
from vaxsite.core.permissions import Role
from vaxsite.plans import queries
from vaxsite.plans.services import drafting
from vaxsite.slots.rules import Doses
from vaxsite.web.db import db

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def addresses(app: Flask, client: PageClient) -> list[str]:
    """Return every page of a plan that is published in part, short, and was changed since."""
    few = hours(Doses.LATER, until=date(2026, 3, 25))
    with app.app_context(), Session(db.engine) as store, transaction(store):
        plan = a_plan(store, FIRST, few, doses=500)
        pattern_id = _changed(store, plan)
        delivery_id = a_delivery(
            store, site_id=plan.site_ids[0], product_id=plan.product_id, on=date(2026, 1, 9)
        )
    one = f"/manage/plans/{plan.plan_id}"
    return [
        "/manage/plans",
        "/manage/plans/new",
        one,
        f"{one}/hours",
        f"{one}/hours/{pattern_id}",
        "/manage/deliveries",
        "/manage/deliveries/new",
        f"/manage/deliveries/{delivery_id}",
        "/manage/days",
    ]


def _changed(store: Session, plan: Planned) -> int:
    """Publish what is covered, hold a seat of it, double the staff, close a day."""
    publish(store, plan, only_covered=True)
    slot = slot_of(store, plan, Doses.FIRST)
    holds.hold(store, slot_id=slot.id, holder=holder("ana"), now=NOW)
    pattern = queries.get_plan(store, plan.plan_id).template.patterns[0]
    acting = {"actor": plan.manager, "now": NOW}
    drafting.staff_pattern(
        store,
        plan_id=plan.plan_id,
        pattern_id=pattern.id,
        stations=3,
        vaccinators=2,
        **acting,
    )
    drafting.set_day(
        store,
        site_id=plan.site_ids[0],
        day=FIRST_ON.replace(day=4),
        opened=False,
        reason="盘点",
        **acting,
    )
    return pattern.id


@pytest.fixture(params=["en-GB", "zh-CN"])
def page(
    request: pytest.FixtureRequest, browser: Browser, app: Flask, client: PageClient
) -> Iterator[Page]:
    """Return the window of a manager, in each language."""
    request.getfixturevalue("addresses")
    with (
        serving(app) as url,
        browsing.window(browser, url, client, locale=request.param, role=Role.MANAGER) as page,
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
        page.set_viewport_size({"width": 390, "height": 844})
        _picture(page, address, "phone")

    assert found == {}


def _picture(page: Page, address: str, size: str) -> None:
    """Keep a picture to look at where VAXSITE_SCREENSHOTS names a folder."""
    folder = os.environ.get("VAXSITE_SCREENSHOTS")
    if folder:
        language = page.evaluate("document.documentElement.lang")[:2]
        name = address.strip("/").replace("/", "-")
        page.screenshot(path=Path(folder) / f"{name}-{language}-{size}.png", full_page=True)
