"""Every link that a message carries opens for who reads it, shows, and does nothing by itself."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.outbox import OutboxMessage
from sensors.store.places import Site
from sensors.store.transaction import transaction
from tests.build import draws, waiting
from tests.build.booking import NOW, OpenClinic, an_open_clinic, details_of
from tests.build.invitations import an_invitation
from tests.build.sites import a_unit
from tests.build.stock import a_lot, staff_of
from tests.conftest import FrozenClock
from tests.journeys.browsing import Visitor, visit
from tests.serving import serving
from vaxsite.booking.models import Appointment
from vaxsite.core.audit import AuditEntry
from vaxsite.core.permissions import Role
from vaxsite.draws.services import rights
from vaxsite.leftover.services import callouts, vials
from vaxsite.stock.models import Lot

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
HOST = "https://vaccination.example"
LINK = re.compile(rf"{re.escape(HOST)}(/[^\s，。；）)]*)")
# Not `\b`: a Chinese character beside a number is a letter of a word, too.
NUMBER = re.compile(r"(?<![0-9A-Z-])[0-9A-Z]{3}-[0-9A-Z]{4}-[0-9A-Z]{3}(?![0-9A-Z-])")
CODE = re.compile(r"(?<![0-9A-Z-])[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}(?![0-9A-Z-])")
BORN_ON = date(1985, 5, 5)
Sessions = sessionmaker[Session]


@dataclass
class Scene:
    """A clinic with one free seat, whose messages are in one language."""

    sessions: Sessions
    clinic: OpenClinic
    clock: FrozenClock
    language: str


def seat_is_offered(scene: Scene) -> None:
    """Somebody joins the waiting list and is offered the seat."""
    with scene.sessions() as session, transaction(session):
        waiting.waits(session, scene.clinic, language=scene.language)
    assert waiting.offered(scene.sessions) == 1


def dose_is_left_over(scene: Scene) -> None:
    """A vial is open in the evening, and somebody who waits is asked to come."""
    nurse = staff_of(scene.clinic.site_id, Role.NURSE)
    with scene.sessions() as session, transaction(session):
        unit = a_unit(session, site=session.get_one(Site, scene.clinic.site_id))
        a_lot(session, product_id=scene.clinic.product_id, unit=unit)
        waiting.waits(session, scene.clinic, language=scene.language)
        lot_id = session.scalars(select(Lot.id)).one()
    with scene.sessions() as session, transaction(session):
        vials.open_vial(session, site_id=scene.clinic.site_id, lot_id=lot_id, actor=nurse, now=NOW)
        callouts.start(
            session,
            site_id=scene.clinic.site_id,
            product_id=scene.clinic.product_id,
            closes_at=NOW + timedelta(hours=4),
            widened_reason=None,
            actor=nurse,
            now=NOW,
        )
    assert callouts.look_due(scene.sessions, url=f"{HOST}/leftover", now=NOW) == 1


def place_is_drawn(scene: Scene) -> None:
    """Of two entries one is drawn; both are told the result."""
    with scene.sessions() as session, transaction(session):
        draw_id = draws.an_announced_draw(session, scene.clinic, places=1)
    with scene.sessions() as session, transaction(session):
        for index in (1, 2):
            email = f"p{index}@example.com"
            draws.an_entry(session, draw_id, [index], email=email, language=scene.language)
    with scene.sessions() as session, transaction(session):
        draws.published(session, scene.clinic, draw_id)
    scene.clock.now = draws.RESULT_AT + timedelta(minutes=1)
    told = rights.tell_due(scene.sessions, public_url=HOST, now=scene.clock.now)
    assert told == 2


def person_is_invited(scene: Scene) -> None:
    """A manager invites one person."""
    details = details_of(email="p1@example.com", language=scene.language)
    with scene.sessions() as session, transaction(session):
        an_invitation(session, scene.clinic, details)


def accept_the_seat(visitor: Visitor, body: str) -> bool:
    """Say yes to the offer, where this message is one."""
    offer = visitor.page.get_by_role("button", name=visitor.say("Yes, book these seats"))
    if not offer.count():
        return False
    visitor.press("Yes, book these seats")
    assert NUMBER.search(visitor.text())
    return True


def promise_to_come(visitor: Visitor, body: str) -> bool:
    """Say yes to the dose; the message before it, of the waiting list, leads there too."""
    if urlsplit(visitor.page.url).path != "/leftover":
        visitor.press("See it and answer")
        assert visitor.say("A dose is kept for you") in visitor.text()
        return False
    visitor.press("Yes, I am coming")
    assert visitor.say("A dose is kept for you") in visitor.text()
    return True


def look_at_the_result(visitor: Visitor, body: str) -> bool:
    """Drawn: type number and birth date, and read so. Not drawn: the list is where it is said."""
    if urlsplit(visitor.page.url).path != "/my-entry":
        assert visitor.say("Signed result (result.json)") in visitor.text()
        visitor.press("I have registered: see my entry")
    number = NUMBER.search(body)
    assert number is not None, body
    visitor.fill("Entry number", number.group())
    visitor.fill_date(BORN_ON)
    visitor.press("See my entry")
    drawn = visitor.say("You were drawn") in visitor.text()
    assert drawn is ("/my-entry" in body)
    return False  # Looking changes nothing.


def open_the_invitation(visitor: Visitor, body: str) -> bool:
    """Type the code of the message and the birth date; booking could begin."""
    code = CODE.search(body)
    assert code is not None, body
    visitor.fill("Code of the invitation", code.group())
    visitor.fill_date(BORN_ON)
    visitor.press("Open my invitation")
    assert visitor.say("You can book") in visitor.text()
    visitor.press("Book now")
    return False  # Nothing is booked yet.


Prepare = Callable[[Scene], None]
Answer = Callable[[Visitor, str], bool]
# Which messages there are, what their reader does with the page, how many of the answers act.
KINDS: dict[str, tuple[Prepare, Answer, int]] = {
    "waiting": (seat_is_offered, accept_the_seat, 1),
    "leftover": (dose_is_left_over, promise_to_come, 1),
    "draw": (place_is_drawn, look_at_the_result, 0),
    "invitation": (person_is_invited, open_the_invitation, 0),
}


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    app.config["DRAW_KEY"] = draws.KEY
    with serving(app) as address:
        yield address


def bodies(sessions: Sessions) -> list[str]:
    """What the outbox says, the newest first: an offer before the word that one waits."""
    with sessions() as session:
        return list(session.scalars(select(OutboxMessage.body).order_by(OutboxMessage.id.desc())))


def acts(sessions: Sessions) -> tuple[int, int]:
    """How many acts were written down, and how many appointments there are."""
    with sessions() as session:
        count = func.count()
        return (
            session.scalars(select(count).select_from(AuditEntry)).one(),
            session.scalars(select(count).select_from(Appointment)).one(),
        )


@pytest.mark.parametrize(("language", "width"), [("zh", 390), ("en", 390)])
@pytest.mark.parametrize("kind", list(KINDS))
def test_a_link_of_a_message_shows_and_a_button_acts(
    browser: Browser,
    address: str,
    sessions: Sessions,
    clock: FrozenClock,
    kind: str,
    language: str,
    width: int,
) -> None:
    """Opened twice as scanners of mail do: nothing happens. Then the reader answers."""
    prepare, answer, acting = KINDS[kind]
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session, slots_count=1, seats=1)
    prepare(Scene(sessions, clinic, clock, language))
    told, acted = bodies(sessions), 0
    assert told

    for number, body in enumerate(told):
        (path,) = set(LINK.findall(body))
        visitor, context = visit(
            browser,
            address,
            name=f"link-{kind}-{language}-{number}",
            width=width,
            language=language,
        )
        before = acts(sessions)
        for _ in range(2):
            visitor.go(path)
        assert acts(sessions) == before, path
        if answer(visitor, body):
            acted += 1
            assert acts(sessions) != before, path
        else:
            assert acts(sessions)[1] == before[1], path
        context.close()

    assert acted == acting
