"""The waiting room as people meet it: before booking, without JavaScript, in both languages."""

import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from tests.build.pages import BORN, send
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.core.permissions import Role
from vaxsite.waiting_room import services
from vaxsite.waiting_room.rules import Check

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
pytestmark = SQLITE


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session)


def switch_on(
    sessions: sessionmaker[Session], clinic: OpenClinic, check: Check = Check.NONE
) -> int:
    with sessions() as session, transaction(session):
        return services.switch_on(
            session,
            gathers_at=NOW,
            opens_at=NOW + timedelta(minutes=10),
            until_at=NOW + timedelta(hours=3),
            per_minute=1,
            check=check,
            timezone="Asia/Shanghai",
            actor=clinic.manager,
            now=NOW,
        )


@LANGUAGES
def test_somebody_waits_and_books_without_javascript(
    client: PageClient,
    clinic: OpenClinic,
    sessions: sessionmaker[Session],
    clock: FrozenClock,
    language: str,
) -> None:
    """From the front page into the room, through it by reloading, and on to the questions."""
    client.get("/waiting-room", language=language)
    switch_on(sessions, clinic)
    assert client.get("/book", language=language).headers["Location"] == "/waiting-room"
    client.submit("/waiting-room", language=language)
    assert client.get("/book", language=language).headers["Location"] == "/waiting-room"
    client.get("/waiting-room", language=language)
    assert 'http-equiv="refresh"' in client.get("/waiting-room", language=language).text

    clock.advance(minutes=10)
    waiting = client.get("/waiting-room/place.json").get_json()
    assert (waiting["stand"], waiting["ahead"]) == ("waiting", 0)
    client.get("/waiting-room", language=language)
    clock.advance(minutes=1)
    assert client.get("/book", language=language).status_code == 303
    client.get("/waiting-room", language=language)
    assert client.get("/book", language=language).status_code == 200
    assert (
        client.submit("/book", language=language, **BORN).headers["Location"] == "/book/occupation"
    )
    clock.advance(minutes=30)
    assert client.get("/book/occupation").headers["Location"] == "/waiting-room"
    client.get("/waiting-room", language=language)


@LANGUAGES
def test_a_sum_is_a_way_in_without_javascript(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session], language: str
) -> None:
    """A wrong sum gives another one; the right one gives a place."""
    switch_on(sessions, clinic, Check.PUZZLE)
    wrong = client.submit("/waiting-room", language=language, answer="99")
    assert wrong.status_code == 422

    numbers = re.search(r"(\d+) (?:plus|加) (\d+)", client.page.text)
    assert numbers is not None
    total = int(numbers[1]) + int(numbers[2])
    right = send(client, "/waiting-room", language, answer=f"{total}")

    assert right.status_code == 302
    assert client.get("/waiting-room/place.json").get_json()["stand"] == "gathering"


def test_staff_never_wait(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session]
) -> None:
    """The phone agent and the counter book through the same pages, past the line."""
    switch_on(sessions, clinic)
    client.sign_in(Role.NURSE, site=clinic.site_id)

    assert client.get("/book").status_code == 200


@LANGUAGES
def test_a_manager_runs_the_room(client: PageClient, clinic: OpenClinic, language: str) -> None:
    """Switch on with what is missing told, see the figures, change the rate, end it."""
    client.sign_in(Role.MANAGER, site=clinic.site_id)
    client.get("/manage", language=language)
    times = {
        "day-year": "2026",
        "day-month": "1",
        "day-day": "12",
        "gathers": "09:00",
        "opens": "20:00",
        "ends": "22:00",
        "per_minute": "60",
        "check": "puzzle",
    }
    assert (
        client.submit("/manage/waiting-room", language, **{**times, "ends": "19:00"}).status_code
        == 422
    )
    client.submit("/manage/waiting-room", language, **times)
    client.get("/manage/waiting-room", language=language)
    assert "20:00" in client.page.text
    send(client, "/manage/waiting-room/1/rate", language, per_minute="120")
    client.get("/manage/waiting-room", language=language)
    assert "120" in client.page.text
    send(client, "/manage/waiting-room/1/end", language)
    client.get("/manage/waiting-room", language=language)
    assert "120" not in client.page.text
