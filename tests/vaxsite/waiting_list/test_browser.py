"""The waiting list in a real browser: joined, offered, accepted, and as staff see it."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import OpenClinic, an_open_clinic
from tests.build.waiting import offered, waits
from tests.journeys.browsing import Visitor, sign_in, visit
from tests.serving import serving
from tests.web_client import PageClient
from vaxsite.core.permissions import Role

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
WAYS = pytest.mark.parametrize(
    ("language", "width", "scripted"), [("zh", 390, True), ("zh", 390, False), ("en", 1280, True)]
)


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session)


@pytest.fixture
def address(app: Flask, clinic: OpenClinic) -> Iterator[str]:
    with serving(app) as address:
        yield address


def join(visitor: Visitor) -> None:
    """One person joins the list of the clinic's vaccine and asks for a call."""
    visitor.go("/waiting/join")
    page = visitor.page
    for name in ("product", "sites", "weekdays", "parts"):
        page.locator(f"input[name={name}]").first.check()
    page.locator("[name=size]").first.check()
    page.locator("[name=notice]").first.check()
    visitor.press("Continue")
    page.locator("[name=other_name]").fill("陈安娜")
    for part, value in (("year", "1985"), ("month", "5"), ("day", "5")):
        page.locator(f"[name=other_born_on-{part}]").fill(value)
    page.locator("[name=other_id_kind][value=passport]").check()
    page.locator("[name=other_id_number]").fill("E00000001")
    page.locator("[name=other_ill][value=no]").check()
    page.locator("[name=other_occupation][value=other]").check()
    visitor.press("Continue")
    page.locator("[name=reach][value=call]").check()
    page.locator("[name=phone]").fill("139 1234 5678")
    visitor.press("Join the waiting list")


@WAYS
def test_somebody_joins_and_accepts_an_offer(
    browser: Browser,
    address: str,
    sessions: sessionmaker[Session],
    language: str,
    width: int,
    scripted: bool,
) -> None:
    """From the wish to the reference, with the place in line on the way."""
    name = f"waiting-{language}-{width}-{'js' if scripted else 'plain'}"
    visitor, context = visit(
        browser, address, name=name, width=width, language=language, scripted=scripted
    )
    visitor.go("/waiting")
    join(visitor)
    assert offered(sessions) == 1
    visitor.go("/waiting/mine")
    visitor.press("Yes, book these seats")
    assert re.search(r"[0-9A-Z]{3}-[0-9A-Z]{4}-[0-9A-Z]{3}", visitor.text())
    context.close()


@pytest.mark.parametrize(("language", "width"), [("zh", 1280), ("en", 390)])
def test_staff_look_at_the_list(
    browser: Browser,
    client: PageClient,
    address: str,
    clinic: OpenClinic,
    sessions: sessionmaker[Session],
    language: str,
    width: int,
) -> None:
    """Who waits, in their order."""
    with sessions() as session, transaction(session):
        for index in range(1, 6):
            waits(session, clinic, (index, index + 10) if index % 2 else (index,))
    visitor, context = visit(
        browser, address, name=f"waiting-staff-{language}", width=width, language=language
    )
    sign_in(client, visitor, address, Role.NURSE, clinic.site_id)
    visitor.go("/clinic/waiting")
    context.close()
