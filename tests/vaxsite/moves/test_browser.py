"""Moving people in a real browser: the manager's proposal and the resident's answer."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser

from tests.build import moves as build
from tests.build.booking import NOW, URL, OpenClinic
from tests.journeys.browsing import Visitor, sign_in, visit
from tests.serving import serving
from tests.vaxsite.moves.acts import Sessions, ids, later
from tests.web_client import PageClient
from vaxsite.booking.models import Appointment
from vaxsite.core.permissions import Role
from vaxsite.moves.services import accepting

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
WAYS = pytest.mark.parametrize(
    ("language", "width", "scripted"), [("zh", 390, True), ("zh", 390, False), ("en", 1280, True)]
)


@pytest.fixture
def address(app: Flask, clinic: OpenClinic) -> Iterator[str]:
    with serving(app) as address:
        yield address


def answer(resident: Visitor, reference: str) -> None:
    """Find the appointment, and say that the new time suits."""
    resident.go("/my-booking")
    resident.page.locator("#reference").fill(reference)
    for part, value in (("year", "1985"), ("month", "5"), ("day", "5")):
        resident.page.locator(f"#born_on-{part}").fill(value)
    resident.press("Find my appointment")
    resident.press("See what changed")
    resident.press("The new time suits me")


@WAYS
def test_a_day_is_closed_and_somebody_confirms(
    browser: Browser,
    client: PageClient,
    address: str,
    clinic: OpenClinic,
    sessions: Sessions,
    language: str,
    width: int,
    scripted: bool,
) -> None:
    """What happened, the proposal, accepted; then the resident's page and their answer."""
    (ana,) = ids(sessions, lambda s: build.booked(s, clinic.slot_ids[0], index=1))
    for index in (2, 3, 4):
        ids(sessions, lambda s, index=index: build.booked(s, clinic.slot_ids[0], index=index))  # type: ignore[misc]  # A default binds it.
    later(sessions, clinic, 3, seats=1)
    name = f"moves-{language}-{width}-{'js' if scripted else 'plain'}"
    manager, desk = visit(
        browser, address, name=name, width=width, language=language, scripted=scripted
    )
    sign_in(client, manager, address, Role.MANAGER, clinic.site_id)
    manager.go(f"/manage/sessions/{clinic.session_id}")
    manager.press("Move these people")
    manager.page.locator("[name=kind][value=closed]").check()
    manager.page.locator("[name=cause]").first.check()
    manager.press("Close and plan")
    accepting.act_due(sessions, url=URL, now=NOW)
    manager.page.reload()
    manager.look()
    manager.press("Accept: move and tell the people")
    accepting.act_due(sessions, url=URL, now=NOW)
    manager.go("/manage/moves")
    resident, phone = visit(
        browser, address, name=f"{name}-phone", width=390, language=language, scripted=scripted
    )
    with sessions() as session:
        reference = session.get_one(Appointment, ana).reference
    answer(resident, reference)
    for context in (desk, phone):
        context.close()
