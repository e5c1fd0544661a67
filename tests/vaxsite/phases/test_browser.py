"""The pages of phases in a real browser: at a desk, on a phone, in both languages, no script."""

from datetime import date

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, a_booked_resident, an_open_clinic
from tests.journeys.browsing import Visitor, sign_in, visit
from tests.serving import serving
from tests.web_client import PageClient
from vaxsite.core.permissions import Role
from vaxsite.eligibility.rules import Reach
from vaxsite.eligibility.services import open_phase

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """A clinic with a phase of its own and one of its district, and somebody booked."""
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session)
        a_booked_resident(session, slot_id=clinic.slot_ids[0])
        open_phase(
            session,
            reach=Reach(district="Binhu"),
            group_code="key-occupations-1",
            opens_on=date(2026, 1, 12),
            closes_on=date(2026, 2, 1),
            actor=clinic.manager,
            now=NOW,
        )
        return clinic


@pytest.mark.parametrize(
    ("language", "width", "scripted"), [("en", 1280, True), ("zh", 390, True), ("zh", 1280, False)]
)
def test_a_phase_is_opened_for_a_district_and_another_taken_back(
    app: Flask,
    client: PageClient,
    browser: Browser,
    clinic: OpenClinic,
    language: str,
    width: int,
    scripted: bool,
) -> None:
    """Each is seen before it is done, and stands in the list afterwards; a resident reads it."""
    with serving(app) as url:
        name = f"phases-{language}-{width}"
        visitor, context = visit(
            browser, url, name=name, language=language, width=width, scripted=scripted
        )
        sign_in(client, visitor, url, Role.MANAGER, clinic.site_id)
        _open_for_the_district(visitor)
        _take_one_back(visitor)
        context.close()


def _open_for_the_district(visitor: Visitor) -> None:
    visitor.go("/manage/phases")
    visitor.press("Open booking for a group")
    visitor.page.get_by_label(_district(visitor), exact=True).check()
    visitor.page.locator("[name=group][value=from-60]").check()
    for part, value in (("year", "2026"), ("month", "1"), ("day", "13")):
        visitor.page.locator(f"[name=first_day-{part}]").fill(value)
    visitor.press("See what would change")
    assert visitor.say("This group could newly book") in visitor.text()
    visitor.press("Do it: residents see it at once")
    assert visitor.page.url.endswith("news=opened")


def _take_one_back(visitor: Visitor) -> None:
    links: Locator = visitor.page.locator("a[href$='/change']")
    visitor.follow(links.nth(0))
    visitor.press("Take this phase back altogether")
    assert visitor.say("This group could no longer book") in visitor.text()
    visitor.press("Take the phase back")
    assert visitor.page.url.endswith("news=withdrawn")


def _district(visitor: Visitor) -> str:
    name = "滨湖区" if visitor.language == "zh" else "Binhu"
    return visitor.say("All clinics in %(district)s", district=name)
