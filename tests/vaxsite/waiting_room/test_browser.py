"""The waiting room in a real browser: it looks by itself, and there is a way without scripts."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from tests.conftest import FrozenClock
from tests.journeys.browsing import visit
from tests.serving import serving
from vaxsite.waiting_room import rules, services
from vaxsite.waiting_room.rules import Check

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session)
        services.switch_on(
            session,
            gathers_at=NOW,
            opens_at=NOW + timedelta(minutes=10),
            until_at=NOW + timedelta(hours=3),
            per_minute=1,
            check=Check.PUZZLE,
            timezone="Asia/Shanghai",
            actor=clinic.manager,
            now=NOW,
        )
    return clinic


@pytest.fixture
def address(app: Flask, clinic: OpenClinic, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(rules, "REFRESH_SOON_S", 1)
    with serving(app) as address:
        yield address


@pytest.mark.parametrize(("language", "width"), [("zh", 390), ("en", 1280)])
def test_the_page_moves_by_itself(
    browser: Browser, address: str, clock: FrozenClock, language: str, width: int
) -> None:
    """The browser solves the puzzle, and the page goes from gathering to the turn untouched."""
    name = f"room-{language}-{width}"
    visitor, context = visit(browser, address, name=name, width=width, language=language)
    visitor.go("/book")
    assert not visitor.page.locator("#answer").is_visible()
    visitor.press("Get in line")
    assert visitor.heading() == visitor.say("You are in the waiting room")
    clock.advance(minutes=10)
    visitor.page.wait_for_selector("#ahead", timeout=30_000)
    visitor.look()
    clock.advance(minutes=1)
    main = visitor.page.get_by_role("main")
    main.get_by_role("button", name=visitor.say("Book a vaccination")).wait_for(timeout=30_000)
    visitor.look()
    visitor.press("Book a vaccination")
    context.close()


def test_without_scripts_the_person_answers_a_sum(browser: Browser, address: str) -> None:
    """The sum stands there, and the page refreshes itself by its own header."""
    visitor, context = visit(
        browser, address, name="room-plain", width=390, language="zh", scripted=False
    )
    visitor.go("/book")
    words = visitor.page.locator("label[for=answer]").inner_text()
    numbers = [int(one) for one in words.replace("加", " ").split() if one.isdecimal()]
    visitor.page.locator("#answer").fill(f"{sum(numbers)}")
    visitor.press("Get in line")
    assert visitor.heading() == visitor.say("You are in the waiting room")
    context.close()
