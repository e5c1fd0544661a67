"""A booking by keys alone, as a resident and at the counter: Tab, Shift+Tab, Enter, Space, arrows.

Whatever has the focus shows it, the focus walks down the page, and the skip link skips the head.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import OpenClinic, an_open_clinic, person_number
from tests.journeys.browsing import Visitor
from tests.serving import serving
from tests.vaxsite.desk.standing import standing
from vaxsite.booking.models import Appointment, BookingOrigin

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
FOCUSED = (Path(__file__).parent / "focused.js").read_text(encoding="utf-8")
MOST_TABS = 60


@pytest.fixture
def url(app: Flask, sessions: sessionmaker[Session]) -> Iterator[str]:
    """Serve a clinic with seats; made-up people have numbers of their own."""
    app.config["VAXSITE_DEMO"] = True
    with sessions() as session, transaction(session):
        made: OpenClinic = an_open_clinic(session, seats=9)
    assert made.slot_ids
    with serving(app) as address:
        yield address


@dataclass
class Keys:
    """Somebody without a mouse."""

    visitor: Visitor
    steps: int = 0

    @property
    def page(self) -> Page:
        """The window."""
        return self.visitor.page

    def press(self, *keys: str) -> None:
        """Press the keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def focus(self) -> dict[str, object]:
        """Return what has the focus: its name, its place, whether that is shown."""
        found: dict[str, object] = self.page.evaluate(FOCUSED)
        return found

    def skip_head(self) -> None:
        """Let the first key of the page be the skip link, and follow it."""
        self.page.wait_for_function("document.body.classList.contains('nhsuk-frontend-supported')")
        self.press("Tab")
        assert self.focus()["name"] == self.visitor.say("Skip to the main content")
        assert self.focus()["shown"], "the skip link shows itself"
        self.press("Enter")
        self.page.wait_for_function("document.activeElement.id === 'maincontent'")

    def walk_to(self, text: str, **values: object) -> None:
        """Press Tab until what is called *text* has the focus; each step shows, and goes down."""
        wanted, before = self.visitor.say(text, **values), None
        for _ in range(MOST_TABS):
            self.press("Tab")
            here = self.focus()
            assert here["shown"], f"nobody sees that {here['name']!r} has the focus"
            if before is not None:
                assert here["top"] >= before["top"] - 2, f"{here['name']!r} is above {before!r}"  # type: ignore[operator]  # Numbers.
            before, self.steps = here, self.steps + 1
            if here["name"] == wanted:
                return
        raise AssertionError(f"no Tab leads to {wanted!r} on {self.page.url}")

    def to_choice(self) -> None:
        """Press Tab until the first of several answers has the focus."""
        for _ in range(MOST_TABS):
            self.press("Tab")
            assert self.focus()["shown"]
            if self.page.evaluate("document.activeElement.type") == "radio":
                return
        raise AssertionError(f"no Tab leads to an answer on {self.page.url}")

    def enter(self) -> None:
        """Press Enter where it leads to a page."""
        with self.page.expect_navigation():
            self.press("Enter")

    def go_on(self, text: str = "Continue") -> None:
        """Walk to the button and press it."""
        self.walk_to(text)
        self.enter()

    def type(self, label: str, text: str) -> None:
        """Walk to the field and type."""
        self.walk_to(label)
        self.page.keyboard.type(text)


def answer(keys: Keys) -> None:
    """Answer the three questions; the first one empty at first, to meet the summary."""
    keys.skip_head()
    keys.go_on()
    assert keys.page.evaluate("document.activeElement.className").startswith("nhsuk-error-summary")
    assert keys.focus()["shown"], "the summary of what is wrong shows that it has the focus"
    keys.walk_to("Type the birth date.")
    keys.press("Enter")
    first = "born_on-year" if keys.visitor.language == "zh" else "born_on-day"
    assert keys.page.evaluate("document.activeElement.id") == first
    parts = ["1985", "5", "5"] if keys.visitor.language == "zh" else ["5", "5", "1985"]
    for index, part in enumerate(parts):
        keys.press(*(["Tab"] if index else []))
        keys.page.keyboard.type(part)
    keys.press("Shift+Tab", "Tab")  # Back and forth: what was typed stays.
    keys.go_on()
    keys.skip_head()
    keys.to_choice()
    keys.press("ArrowUp")  # From the first answer around to the last: none of these.
    keys.go_on()
    keys.skip_head()
    keys.to_choice()
    keys.press("ArrowDown")
    assert keys.page.locator("input[value=no]").is_checked()
    keys.go_on()


def choose(keys: Keys) -> None:
    """Choose the clinic, the day and the second time."""
    keys.skip_head()
    keys.go_on("Choose a clinic")
    for moves, button in (
        (["Space"], "Continue"),
        (["Space"], "Continue"),
        (["Space", "ArrowDown"], "Continue and keep this seat"),
    ):
        keys.skip_head()
        keys.to_choice()
        keys.press(*moves)
        assert keys.focus()["shown"]
        keys.go_on(button)


def give_details(keys: Keys) -> None:
    """Say who it is and confirm."""
    keys.skip_head()
    keys.type("Name", "陈安娜")
    keys.type("Number of this document", person_number(1))
    keys.go_on()
    keys.skip_head()
    keys.go_on("Confirm the appointment")
    assert keys.visitor.heading() == keys.visitor.say("Your appointment is booked")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_resident_books_by_keys_alone(
    browser: Browser, url: str, app: Flask, sessions: sessionmaker[Session], language: str
) -> None:
    """From the first page to the slip."""
    with standing(browser, url, app, language=language, width=1280) as visitor:
        keys = Keys(visitor)
        keys.page.goto("/")
        keys.skip_head()
        keys.go_on("Book a vaccination")
        answer(keys)
        choose(keys)
        give_details(keys)
        keys.skip_head()
        keys.go_on("Slip to print")
        assert visitor.heading() == visitor.say("Appointment slip")

    with sessions() as session:
        assert session.scalars(select(Appointment.state)).one() == "booked"


def test_the_counter_books_by_keys_alone(
    browser: Browser, url: str, app: Flask, sessions: sessionmaker[Session]
) -> None:
    """Who asks is chosen by an arrow key; at the end the next person can come."""
    with standing(browser, url, app, "counter", language="en", width=1280) as visitor:
        keys = Keys(visitor)
        keys.page.goto("/desk")
        keys.skip_head()
        keys.walk_to("Who asks?")
        keys.press("ArrowDown")
        keys.go_on("Begin")
        answer(keys)
        choose(keys)
        give_details(keys)
        keys.skip_head()
        keys.go_on("Done with this person")
        assert visitor.heading() == visitor.say("Booking desk")

    with sessions() as session:
        row = session.scalars(select(BookingOrigin)).one()
        assert (row.came_by, row.relation) == ("counter", "child")
