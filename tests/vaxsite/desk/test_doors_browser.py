"""Every door in a real browser: without scripts, in large type, to the slip on paper."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests import groups
from tests.build.booking import (
    TOMORROW,
    OpenClinic,
    a_published_session,
    an_open_clinic,
    person_number,
)
from tests.journeys.browsing import Visitor
from tests.serving import serving
from tests.vaxsite.desk.standing import begin, standing
from vaxsite.booking.models import Appointment, BookingOrigin
from vaxsite.core.ids import parse_reference
from vaxsite.eligibility.rules import OCCUPATIONS, Occupation

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
BORN_ON = date(1985, 5, 5)
READERS = pytest.mark.parametrize(
    ("language", "width"), [("en", 390), ("en", 1280), ("zh", 390), ("zh", 1280)]
)
CROWDED = (Path(__file__).parent / "crowded.js").read_text(encoding="utf-8")


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """Seats tomorrow and, for second doses, in four weeks."""
    with sessions() as session, transaction(session):
        made = an_open_clinic(session, seats=9)
        a_published_session(
            session,
            site_id=made.site_id,
            product_id=made.product_id,
            day=TOMORROW + timedelta(days=28),
            seats=9,
            starts=time(9, 0),
        )
        return made


@pytest.fixture
def url(app: Flask, clinic: OpenClinic) -> Iterator[str]:
    """Serve the application; made-up people have numbers of their own."""
    app.config["VAXSITE_DEMO"] = True
    with serving(app) as address:
        yield address


def to_details(visitor: Visitor, *, second: bool = False) -> None:
    """Go from the first question to the one who it is, with both doses where *second*."""
    visitor.fill_date(BORN_ON)
    visitor.press("Continue")
    visitor.choose(OCCUPATIONS[Occupation.OTHER])
    visitor.press("Continue")
    visitor.choose("No")
    visitor.press("Continue")
    visitor.press("Choose a clinic")
    visitor.choose_nth(0)
    visitor.press("Continue")
    visitor.choose_nth(0)
    visitor.press("Continue")
    visitor.choose_nth(0)
    visitor.press("Continue and keep this seat")
    visitor.choose_nth(1 if second else 0)
    visitor.press("Continue")
    if second:
        visitor.choose_nth(0)
        visitor.press("Continue and keep both seats")


def give_details(visitor: Visitor, *, index: int, name: str = "陈安娜") -> None:
    """Type who the person is: no phone, no e-mail."""
    visitor.fill("Name", name)
    visitor.fill("Number of this document", person_number(index))
    visitor.press("Continue")


def reference_shown(visitor: Visitor) -> str:
    """Return the reference as the page shows it."""
    return visitor.page.locator(".reference-card__number").inner_text()


@pytest.mark.parametrize(
    ("door", "language"),
    [("web", "en"), ("helper", "zh"), ("phone", "en"), ("counter", "zh")],
)
def test_every_door_books_without_scripts(
    browser: Browser,
    url: str,
    app: Flask,
    sessions: sessionmaker[Session],
    door: str,
    language: str,
) -> None:
    """No script, phone or e-mail: the appointment is there, and the slip says by which door."""
    with standing(browser, url, app, door, language=language, scripted=False) as visitor:
        begin(visitor, door)
        to_details(visitor)
        give_details(visitor, index=1)
        visitor.press("Confirm the appointment")
        assert visitor.heading() == visitor.say("Your appointment is booked")
        reference = reference_shown(visitor)
        visitor.press("Slip to print")
        label = {"web": "Online", "helper": "Online, by a helper", "phone": "By phone"}
        assert visitor.say(label.get(door, "At the counter")) in visitor.text()
        assert not visitor.page.get_by_role("button", name=visitor.say("Print this slip")).count()

    with sessions() as session:
        row = session.scalars(
            select(Appointment).where(Appointment.reference == parse_reference(reference))
        ).one()
        assert row.state == "booked"
        assert session.scalars(select(BookingOrigin.came_by)).one() == door


@READERS
def test_in_large_type_nothing_overlaps_and_all_can_be_pressed(
    browser: Browser, url: str, app: Flask, language: str, width: int
) -> None:
    """The whole way of two people with both doses, half as large again; asked for once."""
    with standing(browser, url, app, language=language, width=width) as visitor:
        visitor.go("/")
        usual = root_size(visitor)
        switch(visitor, "Large type")
        assert root_size(visitor) == usual * 1.5
        whole_way(visitor)

        switch(visitor, "Normal type")
        assert root_size(visitor) == usual


@pytest.mark.parametrize("language", ["en", "zh"])
def test_with_letters_doubled_by_the_browser_a_phone_shows_all(
    browser: Browser, chromium: str, url: str, app: Flask, language: str
) -> None:
    """Somebody of 75 doubled the size of text in the browser: the same way, nothing wider."""
    args = [*groups.CHROMIUM_FLAGS, "--blink-settings=defaultFontSize=32"]
    doubled = browser.browser_type.launch(executable_path=chromium, args=args)
    try:
        with standing(doubled, url, app, language=language, width=390) as visitor:
            visitor.narrow = 390  # Letters or the window: nobody has both at their worst.
            visitor.go("/")
            assert root_size(visitor) == 36  # Twice what a phone has.
            whole_way(visitor)
    finally:
        doubled.close()


def whole_way(visitor: Visitor) -> None:
    """Book for two people with both doses, and look at every page there is for residents."""
    visitor.also = lambda page: list(page.evaluate(CROWDED))
    visitor.go("/book/for-another")
    begin(visitor, "web")
    to_details(visitor, second=True)
    visitor.press("Continue")
    give_details(visitor, index=1)
    visitor.press("Book for one more person")
    visitor.press("Add this person")
    visitor.press("Go on without this person")
    visitor.press("Choose another time")
    visitor.choose_nth(1)
    visitor.press("Confirm this time")
    for path in ("show", "slip", "change", "cancel"):
        visitor.go(f"/my-booking/{path}")
    for path in ("/my-booking", "/due", "/book/turn", "/invitation"):
        visitor.go(path)


def root_size(visitor: Visitor) -> float:
    """Return the size of the text of the page, in CSS px."""
    return float(
        visitor.page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    )


def switch(visitor: Visitor, text: str) -> None:
    """Follow the link in the head of the page."""
    link = visitor.page.get_by_role("banner").get_by_role("link", name=visitor.say(text))
    visitor.follow(link)


@pytest.mark.parametrize(("door", "language"), [("web", "zh"), ("counter", "en")])
def test_the_slip_of_one_person_is_one_sheet_of_a5(
    browser: Browser, url: str, app: Flask, door: str, language: str
) -> None:
    """Both doses, both references, time, place and what to bring; large type changes no paper."""
    with standing(browser, url, app, door, language=language) as visitor:
        begin(visitor, door)
        to_details(visitor, second=True)
        give_details(visitor, index=1, name="欧阳慕容静怡")
        visitor.press("Confirm all appointments")
        references = visitor.page.locator(".together__reference").all_inner_texts()
        switch(visitor, "Large type")
        visitor.press("Slip to print")
        paper = visitor.page.pdf(prefer_css_page_size=True, print_background=True)

    pages = PdfReader(BytesIO(paper)).pages
    text = "".join(pages[0].extract_text().split())
    assert len(pages) == 1
    # ISO 216: A5 is 148 by 210 mm; 72 points an inch of 25.4 mm.
    size = [round(float(side) / 72 * 25.4) for side in pages[0].mediabox[2:]]
    assert size == [148, 210]
    assert len(references) == 2
    place = ["1RiverRoad,Binhu", "13January2026"]
    if language == "zh":
        place = ["滨湖区滨河路1号", "2026年1月13日"]
    wanted = [*references, *place, "09:00", "欧阳慕容静怡", "0510-82700000"]
    assert [one for one in wanted if one not in text] == []
    assert (
        "".join(visitor.say("Bring the document that you named, and this reference.").split())
        in text
    )
