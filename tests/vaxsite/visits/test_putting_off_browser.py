"""A nurse puts off, a resident asks for later, in a real browser: both languages and widths."""

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build import clinic as days
from tests.build.clinic import OPENED, Clinic
from tests.conftest import FrozenClock
from tests.journeys.browsing import Visitor, sign_in, visit
from tests.serving import serving
from tests.web_client import PageClient
from vaxsite.booking.models import Appointment
from vaxsite.core.ids import show_reference
from vaxsite.core.permissions import Role
from vaxsite.visits import services

pytestmark = pytest.mark.browser
WINDOWS = pytest.mark.parametrize(
    ("language", "width", "scripted"),
    [("en", 1280, True), ("zh", 390, True), ("zh", 1280, True), ("en", 390, False)],
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough for pages: what they call is tested on both."""
    return sqlite_url


@pytest.fixture
def clinic(sessions: sessionmaker[Session], clock: FrozenClock) -> Clinic:
    clock.now = OPENED
    with sessions() as session, transaction(session):
        return days.a_stocked_clinic(session)


@WINDOWS
def test_put_off_at_the_door_and_ended_earlier(
    app: Flask,
    client: PageClient,
    browser: Browser,
    clinic: Clinic,
    sessions: sessionmaker[Session],
    language: str,
    width: int,
    scripted: bool,
) -> None:
    """From the yes to a question to the date, and from a doctor's word to the invitation."""
    with sessions() as session, transaction(session):
        booked = days.booked(session, clinic)
        visit_id = days.arrived(session, clinic, booked)
        yes = days.well(fever="yes")
        services.answer_questions(
            session, visit_id=visit_id, answers=yes, actor=clinic.nurse, now=OPENED
        )
    with serving(app) as url:
        name = f"put-off-{language}-{width}"
        nurse, window = visit(
            browser, url, name=name, width=width, language=language, scripted=scripted
        )
        sign_in(client, nurse, url, Role.NURSE)
        nurse.go(f"/clinic/appointments/{booked}")
        nurse.press("Put the vaccination off until a date")
        assert nurse.page.locator("[name=why][value=recent_illness]").is_checked()
        nurse.press("Put it off")
        assert nurse.say("This vaccination is put off") in nurse.text()
        nurse.press("End the waiting earlier")
        nurse.press("End the waiting")
        assert nurse.page.locator("#because-error").is_visible()
        nurse.fill("Why does it end earlier?", "复查正常")
        nurse.press("End the waiting")
        assert nurse.say("This vaccination is put off") not in nurse.text()
        window.close()


@WINDOWS
def test_a_resident_asks_to_be_asked_later(
    app: Flask,
    browser: Browser,
    clinic: Clinic,
    sessions: sessionmaker[Session],
    clock: FrozenClock,
    language: str,
    width: int,
    scripted: bool,
) -> None:
    """By reference and birth date; the page then says until when, why and what comes next."""
    with sessions() as session, transaction(session):
        booked = days.booked(session, clinic)
        reference = show_reference(session.get_one(Appointment, booked).reference)
    clock.advance(hours=-2)
    with serving(app) as url:
        resident, window = visit(
            browser,
            url,
            name=f"later-{language}-{width}",
            width=width,
            language=language,
            scripted=scripted,
        )
        _open(resident, reference)
        resident.press("Not now: ask again later")
        resident.press("Ask again then")
        assert resident.page.locator("#until-error").is_visible()
        for part, value in (("year", 2026), ("month", 3), ("day", 1)):
            resident.page.locator(f"#until-{part}").fill(str(value))
        resident.press("Ask again then")
        assert resident.say("Own wish: not now") in resident.text()
        window.close()


def _open(resident: Visitor, reference: str) -> None:
    resident.go("/my-booking")
    resident.page.locator("[name=reference]").fill(reference)
    for part, value in (("year", 1985), ("month", 5), ("day", 5)):
        resident.page.locator(f"#born_on-{part}").fill(str(value))
    resident.press("Find my appointment")
