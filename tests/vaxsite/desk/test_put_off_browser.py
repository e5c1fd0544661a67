"""The page on which a vaccination is put off at the counter, in a real browser."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import OpenClinic, a_booked_resident, an_open_clinic, details_of
from tests.journeys.browsing import Visitor, sign_in, visit
from tests.serving import serving
from tests.web_client import PageClient
from vaxsite.core.permissions import Role

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session)
        a_booked_resident(session, slot_id=clinic.slot_ids[0], details=details_of("李静", index=5))
        return clinic


@pytest.fixture(params=[("en", 1280, True), ("zh", 390, False)])
def nurse(
    request: pytest.FixtureRequest,
    app: Flask,
    client: PageClient,
    browser: Browser,
    clinic: OpenClinic,
) -> Iterator[Visitor]:
    """Return the window of a nurse of the clinic: each language and size, one without script."""
    language, width, scripted = request.param
    with serving(app) as url:
        name = f"put-off-{language}-{width}"
        visitor, context = visit(
            browser, url, name=name, language=language, width=width, scripted=scripted
        )
        sign_in(client, visitor, url, Role.NURSE, clinic.site_id)
        yield visitor
        context.close()


def test_somebody_at_the_counter_waits_until_the_waiting_is_ended(nurse: Visitor) -> None:
    """Nothing typed is lost over a fault; whoever waits is listed and leads to the end of it."""
    nurse.go("/clinic")
    nurse.press("Put a vaccination off for somebody at the counter")
    page = nurse.page
    page.locator("[name=other_name]").fill("陈安娜")
    for part, value in (("year", "1985"), ("month", "5"), ("day", "5")):
        page.locator(f"[name=other_born_on-{part}]").fill(value)
    page.locator("[name=other_id_kind][value=passport]").check()
    page.locator("[name=other_id_number]").fill("E00000001")
    page.locator("[name=other_ill][value=no]").check()
    nurse.press("Put it off")
    assert page.locator("[name=other_name]").input_value() == "陈安娜"
    page.locator("[name=why][value=pregnancy]").check()
    nurse.press("Put it off")

    nurse.follow(page.get_by_role("link", name="陈安娜"))
    page.locator("[name=because]").fill("Well again")
    nurse.press("End the waiting")
    assert "陈安娜" not in nurse.text()


def test_whoever_the_desk_finds_is_put_off_from_there(nurse: Visitor) -> None:
    """The result leads to the form that the page of an appointment has."""
    nurse.go("/desk")
    nurse.fill("Name", "李静")
    nurse.fill_date(details_of().born_on)
    nurse.press("Search")
    nurse.press("Put the vaccination off until a date")
    assert "李静" in nurse.text()
