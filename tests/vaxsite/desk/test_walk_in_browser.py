"""The page for people without an appointment in a real browser, and pages of seats beside it."""

from collections.abc import Iterator
from datetime import time, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import (
    NOW,
    OpenClinic,
    a_booked_resident,
    a_published_session,
    an_open_clinic,
    details_of,
)
from tests.conftest import FrozenClock
from tests.journeys.browsing import Visitor, sign_in, visit
from tests.serving import serving
from tests.web_client import PageClient
from vaxsite.core.permissions import Role
from vaxsite.slots import queries, releasing

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
BEGUN = NOW + timedelta(hours=1, minutes=20)


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """Today's first time is taken, a seat may be added; tomorrow's seats come out in portions."""
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session)
        today = a_published_session(
            session,
            site_id=clinic.site_id,
            product_id=clinic.product_id,
            day=NOW.date(),
            seats=1,
            slots_count=3,
            starts=time(10, 0),
            overbook=1,
        )
        first = _slots(session, today)[0]
        a_booked_resident(session, slot_id=first, details=details_of(index=5))
        releasing.withhold(
            session,
            session_id=clinic.session_id,
            hours=48,
            actor=clinic.manager,
            now=NOW - timedelta(days=3),
        )
        return OpenClinic(
            clinic.site_id, clinic.product_id, clinic.session_id, [first], clinic.manager
        )


def _slots(session: Session, session_id: int) -> list[int]:

    return [slot.id for slot in queries.slots_of_session(session, session_id)]


@pytest.fixture(params=[("en", 1280, True), ("zh", 390, True), ("zh", 1280, False)])
def manager(
    request: pytest.FixtureRequest,
    app: Flask,
    client: PageClient,
    browser: Browser,
    clinic: OpenClinic,
    clock: FrozenClock,
) -> Iterator[Visitor]:
    """Return the window of a manager of the clinic: each language and size, and without script."""
    language, width, scripted = request.param
    clock.now = BEGUN
    with serving(app) as url:
        visitor, context = visit(
            browser,
            url,
            name=f"walk-in-{language}-{width}",
            language=language,
            width=width,
            scripted=scripted,
        )
        sign_in(client, visitor, url, Role.MANAGER, clinic.site_id)
        yield visitor
        context.close()


def test_a_seat_is_added_for_somebody_who_came(manager: Visitor, clinic: OpenClinic) -> None:
    """Without a reason it is asked for, and nothing typed is lost; then they can be checked in."""
    manager.go("/clinic")
    manager.press("Somebody came without an appointment")
    page = manager.page
    page.locator(f"[name=slot][value='{clinic.slot_ids[0]}']").check()
    page.locator("[name=other_name]").fill("陈安娜")
    for part, value in (("year", "1985"), ("month", "5"), ("day", "5")):
        page.locator(f"[name=other_born_on-{part}]").fill(value)
    page.locator("[name=other_id_kind][value=passport]").check()
    page.locator("[name=other_id_number]").fill("E00000001")
    page.locator("[name=other_ill][value=no]").check()
    manager.press("Give them the seat")
    assert page.locator("[name=other_name]").input_value() == "陈安娜"
    page.locator("[name=why][value=doctor]").check()
    manager.press("Give them the seat")

    assert "/clinic/appointments/" in page.url
    assert "陈安娜" in manager.text()


def test_the_pages_of_seats_can_be_read(manager: Visitor, clinic: OpenClinic) -> None:
    """The session with its limit and its portions, and what the public can check of them."""
    manager.go(f"/manage/sessions/{clinic.session_id}")
    manager.page.locator("[name=limit]").fill("30")
    manager.press("Set the limit")
    manager.go(f"/manage/sessions/{clinic.session_id}")
    manager.press("What the public can check")
    assert "vaxsite-trickle-1" in manager.text()


def test_publishing_asks_how_seats_come_out(manager: Visitor, clinic: OpenClinic) -> None:
    """The choice stands beside the button."""
    manager.go("/manage/sessions/plan")
    page = manager.page
    page.locator("[name=product]").first.check()
    for part, value in (("year", "2026"), ("month", "1"), ("day", "20")):
        page.locator(f"[name=day-{part}]").fill(value)
    page.locator("[name=starts]").fill("09:00")
    page.locator("[name=ends]").fill("10:00")
    manager.press("Preview")
    manager.press("Store the plan")
    page.locator("[name=hours][value='48']").check()
    manager.press("Publish: residents can book")
    manager.press("What the public can check")
    assert "vaxsite-trickle-1" not in manager.text()
