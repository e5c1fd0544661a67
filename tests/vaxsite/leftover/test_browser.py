"""Doses left over in a real browser: the nurse's board and the invited person's page."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.places import Site
from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from tests.build.sites import a_unit
from tests.build.stock import a_lot
from tests.build.waiting import LINK, waits
from tests.journeys.browsing import sign_in, visit
from tests.serving import serving
from tests.web_client import PageClient
from vaxsite.core.permissions import Role
from vaxsite.leftover.services import callouts
from vaxsite.waiting_list import queries as waiting

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
WAYS = pytest.mark.parametrize(
    ("language", "width", "scripted"), [("zh", 390, True), ("zh", 390, False), ("en", 1280, True)]
)


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """A clinic with a lot in its fridge."""
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session)
        unit = a_unit(session, site=session.get_one(Site, clinic.site_id))
        a_lot(session, product_id=clinic.product_id, unit=unit)
    return clinic


@pytest.fixture
def secret(sessions: sessionmaker[Session], clinic: OpenClinic) -> str:
    """The link of the first of three who wait."""
    with sessions() as session, transaction(session):
        entries = [waits(session, clinic, (index,)) for index in (1, 2, 3)]
        return waiting.get_entry(session, entries[0]).link_secret


@pytest.fixture
def address(app: Flask, clinic: OpenClinic) -> Iterator[str]:
    with serving(app) as address:
        yield address


@WAYS
def test_an_evening_at_the_board(
    browser: Browser,
    client: PageClient,
    address: str,
    clinic: OpenClinic,
    sessions: sessionmaker[Session],
    secret: str,
    language: str,
    width: int,
    scripted: bool,
) -> None:
    """Opened, called out, promised; each page is looked at."""
    name = f"leftover-{language}-{width}-{'js' if scripted else 'plain'}"
    nurse, desk = visit(
        browser, address, name=name, width=width, language=language, scripted=scripted
    )
    sign_in(client, nurse, address, Role.NURSE, clinic.site_id)
    nurse.go("/clinic/leftover")
    nurse.press("Write it down")
    nurse.page.locator("[name=ends]").fill("13:00")
    nurse.press("Begin")
    assert callouts.look_due(sessions, url=LINK, now=NOW + timedelta(minutes=1)) >= 1
    resident, phone = visit(
        browser, address, name=f"{name}-phone", width=390, language=language, scripted=scripted
    )
    resident.go(f"/leftover/{secret}")
    resident.press("Yes, I am coming")
    resident.go("/leftover")
    nurse.go("/clinic/leftover")
    for context in (desk, phone):
        context.close()
