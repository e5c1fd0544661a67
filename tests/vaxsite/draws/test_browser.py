"""Draws in a real browser at 390 px: no accessibility fault, nothing wider than 320 px."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build import draws as build
from tests.build.booking import OpenClinic, an_open_clinic
from tests.build.pages import NUMBER
from tests.conftest import FrozenClock
from tests.journeys.browsing import sign_in, visit
from tests.serving import serving
from tests.web_client import PageClient
from vaxsite.core.permissions import Role

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
WAYS = pytest.mark.parametrize(
    ("language", "width", "scripted"), [("zh", 390, False), ("zh", 390, True), ("en", 1280, True)]
)


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session)


@pytest.fixture
def draw_id(sessions: sessionmaker[Session], clinic: OpenClinic) -> int:
    with sessions() as session, transaction(session):
        return build.an_announced_draw(session, clinic, quotas=(("from-60", 1),))


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    app.config["DRAW_KEY"] = build.KEY
    with serving(app) as address:
        yield address


@WAYS
def test_somebody_takes_part(
    browser: Browser,
    address: str,
    clock: FrozenClock,
    draw_id: int,
    language: str,
    width: int,
    scripted: bool,
) -> None:
    """From the list of draws to the slip, also without JavaScript."""
    clock.advance(hours=1)
    name = f"draw-{language}-{width}-{'js' if scripted else 'plain'}"
    visitor, context = visit(
        browser, address, name=name, width=width, language=language, scripted=scripted
    )
    visitor.go("/draws")
    visitor.go(f"/draws/{draw_id}")
    visitor.press("Take part")
    visitor.choose_nth(0)
    visitor.press("Continue")
    visitor.press("Continue")
    visitor.page.locator("#name").fill("陈安娜")
    for part, value in (("year", "1985"), ("month", "5"), ("day", "5")):
        visitor.page.locator(f"#born_on-{part}").fill(value)
    visitor.page.locator("#id_number").fill(NUMBER)
    visitor.press("Continue")
    visitor.page.locator("#phone").fill("139 1234 5678")
    visitor.press("Continue")
    visitor.press("Take part in the draw")
    visitor.press("Entry slip to print")
    visitor.go("/my-entry")
    context.close()


@WAYS
def test_a_manager_draws(
    browser: Browser,
    client: PageClient,
    address: str,
    clock: FrozenClock,
    clinic: OpenClinic,
    sessions: sessionmaker[Session],
    draw_id: int,
    language: str,
    width: int,
    scripted: bool,
) -> None:
    """The form of a draw, its page while the number is awaited, and its result."""
    with sessions() as session, transaction(session):
        for index in range(1, 8):
            build.an_entry(session, draw_id, [index])
    name = f"manage-{language}-{width}-{'js' if scripted else 'plain'}"
    visitor, context = visit(
        browser, address, name=name, width=width, language=language, scripted=scripted
    )
    sign_in(client, visitor, address, Role.MANAGER, clinic.site_id)
    announce = "/manage/draws/announce"
    for path in ("/manage", "/manage/draws", announce, "/manage/draws/1/call-off"):
        visitor.go(path)
    visitor.go(f"{announce}?site=0")  # The step before it, with a fault.
    visitor.choose_nth(0)
    visitor.press("Continue")
    visitor.page.locator("#places").wait_for()
    with sessions() as session, transaction(session):
        build.closed(session, clinic, draw_id)
    clock.now = build.RANDOM_AT
    sign_in(client, visitor, address, Role.MANAGER, clinic.site_id)
    visitor.go("/manage/draws/1")
    visitor.press("Keep what I read")
    with sessions() as session, transaction(session):
        build.typed_and_drawn(session, clinic, draw_id)
    visitor.go("/manage/draws/1")
    visitor.press("Publish: sign the result and tell everybody")
    visitor.go("/draws/1")
    context.close()
