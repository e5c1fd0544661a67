"""A draw on its pages, from the manager's announcement to a booked seat, in both languages."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build import draws as build
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from tests.build.pages import NUMBER, send
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.core.permissions import Role
from vaxsite.draws.rules import files
from vaxsite.draws.services import drawing, rights

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
pytestmark = SQLITE
BORN = {"born_on-year": "1985", "born_on-month": "5", "born_on-day": "5"}


def at(name: str, day: int, time: str) -> dict[str, str]:
    parts = {"year": "2026", "month": "1", "day": f"{day}"}
    return {f"{name}_day-{part}": value for part, value in parts.items()} | {f"{name}_time": time}


DRAW = {
    "places": "1",
    **at("opens", 12, "10:00"),
    **at("closes", 14, "09:00"),
    **at("randomness", 14, "15:00"),
    **at("result", 14, "18:00"),
    "randomness_source": "Welfare lottery 3D of 14 January 2026",
    "fallback_source": "Shanghai composite index of 16 January 2026",
    "days_to_book": "2",
    "spill": "next",
    "quota-from-60": "1",
}


@pytest.fixture(autouse=True)
def key(app: Flask) -> Iterator[None]:
    """The installation has a key."""
    app.config["DRAW_KEY"] = build.KEY
    return


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session)


@pytest.fixture
def draw_id(sessions: sessionmaker[Session], clinic: OpenClinic) -> int:
    with sessions() as session, transaction(session):
        return build.an_announced_draw(session, clinic, quotas=(("adults-18-59", 1),), places=2)


def person(client: PageClient, language: str, **changed: str) -> None:
    fields = {
        "name": "陈安娜",
        **BORN,
        "id_kind": "resident_id",
        "id_number": NUMBER,
        "group": "adults-18-59",
    }
    address = next(
        form.attributes["action"]
        for form in client.page.all("form")
        if form.attributes["action"].endswith("/person")
    )
    send(client, address, language, **{**fields, **changed})


def take_part(client: PageClient, draw_id: int, language: str) -> str:
    """Take part alone and return the entry number."""
    client.submit(f"/draws/{draw_id}/enter", language=language, size="1")
    person(client, language)
    contact = f"/draws/{draw_id}/enter/contact"
    send(client, contact, language, phone="139 1234 5678", email="ana@example.org")
    done = send(client, f"/draws/{draw_id}/enter/confirm", language)
    client.get(done.headers["Location"], language=language)
    found = re.search(r"\b[0-9A-Z]{3}-[0-9A-Z]{4}-[0-9A-Z]{3}\b", client.page.text)
    assert found is not None
    return found.group()


@LANGUAGES
def test_a_manager_announces_a_draw_after_a_preview(
    client: PageClient, clinic: OpenClinic, language: str
) -> None:
    """What is wrong is told beside its field; the preview publishes nothing; then all see it."""
    client.sign_in(Role.MANAGER, site=clinic.site_id)
    client.get("/manage/draws", language=language)
    too_many = client.submit("/manage/draws/announce", language, **{**DRAW, "quota-from-60": "2"})
    assert too_many.status_code == 422
    early = client.submit(
        "/manage/draws/announce", language, **{**DRAW, **at("randomness", 14, "09:00")}
    )
    assert early.status_code == 422

    client.submit("/manage/draws/announce", language, **DRAW)
    preview = client.page
    send(client, "/manage/draws/announce", language, edit="1")
    client.page = preview
    stored = send(client, "/manage/draws/announce", language, save="1")
    client.get(stored.headers["Location"], language=language)

    client.get("/draws", language=language)
    client.get("/draws/1", language=language)
    told = client.get("/draws/1/announcement.json").get_json()
    assert told["commitment"] in client.page.text
    assert told["quotas"] == [{"group": "from-60", "places": 1}]
    assert client.get("/draws/1/entries.csv").status_code == 404


@LANGUAGES
def test_somebody_takes_part_and_withdraws(
    client: PageClient, clock: FrozenClock, draw_id: int, language: str
) -> None:
    """One question a page, each fault beside its field, a number, a slip, and a way out."""
    assert client.get(f"/draws/{draw_id}/enter").status_code == 302
    clock.advance(hours=1)
    assert client.submit(f"/draws/{draw_id}/enter", language).status_code == 422
    client.submit(f"/draws/{draw_id}/enter", language, size="1")
    person(client, language, id_number="12", group="")
    assert client.page.all("form")
    number = take_part(client, draw_id, language)
    client.get("/my-entry/slip", language=language)
    assert number in client.page.text

    take = client.submit(f"/draws/{draw_id}/enter", language, size="1")
    assert take.status_code == 200
    person(client, language)
    send(client, f"/draws/{draw_id}/enter/contact", language, phone="139 1234 5678")
    again = send(client, f"/draws/{draw_id}/enter/confirm", language)
    assert again.status_code == 409

    client.get("/my-entry/show", language=language)
    send(client, "/my-entry/withdraw", language)
    client.get("/my-entry/show", language=language)
    send(client, "/my-entry/leave", language)
    assert client.get("/my-entry/show").headers["Location"] == "/my-entry"


def type_as_second(
    sessions: sessionmaker[Session], clinic: OpenClinic, draw_id: int, clock: FrozenClock
) -> None:
    with sessions() as session, transaction(session):
        drawing.type_value(
            session,
            draw_id=draw_id,
            value="7 3 9",
            source="first",
            actor=build.colleague(clinic),
            now=clock.now,
        )


@LANGUAGES
def test_two_managers_come_to_a_result_that_recomputes(
    client: PageClient,
    clinic: OpenClinic,
    sessions: sessionmaker[Session],
    clock: FrozenClock,
    draw_id: int,
    language: str,
) -> None:
    """Close, type the number twice, draw, look, publish; then the files are public."""
    with sessions() as session, transaction(session):
        for index in (1, 2, 3):
            build.an_entry(session, draw_id, [index])
    clock.now = build.CLOSES
    client.sign_in(Role.MANAGER, site=clinic.site_id)
    page = f"/manage/draws/{draw_id}"
    client.get(page, language=language)
    send(client, f"{page}/close", language)
    clock.now = build.RANDOM_AT
    client.sign_in(Role.MANAGER, site=clinic.site_id)
    client.get(page, language=language)
    send(client, f"{page}/value", language, value="7 3 9")
    type_as_second(sessions, clinic, draw_id, clock)
    client.get(page, language=language)
    send(client, f"{page}/draw", language)
    assert client.get(f"/draws/{draw_id}/result.json").status_code == 404
    client.get(page, language=language)
    send(client, f"{page}/publish", language)
    client.get(page, language=language)

    client.get(f"/draws/{draw_id}", language=language)
    result = client.get(f"/draws/{draw_id}/result.json").text
    entries = client.get(f"/draws/{draw_id}/entries.csv").text
    assert files.check(result, entries=entries)[0] == []
    assert len(json.loads(result)["result"]) == 3


@LANGUAGES
def test_who_was_drawn_looks_up_the_entry(
    client: PageClient,
    clinic: OpenClinic,
    sessions: sessionmaker[Session],
    clock: FrozenClock,
    draw_id: int,
    language: str,
) -> None:
    """The number and a birth date open it: drawn, with a way to book, and later over."""
    clock.advance(hours=1)
    number = take_part(client, draw_id, language)
    with sessions() as session, transaction(session):
        build.published(session, clinic, draw_id)
    assert rights.tell_due(sessions, public_url="https://x.example", now=clock.now) == 1
    with client.session_transaction() as cookie:
        cookie.clear()
    clock.now = build.RESULT_AT

    wrong = {**BORN, "born_on-day": "6"}
    assert client.submit("/my-entry", language, number=number, **wrong).status_code == 422
    client.submit("/my-entry", language, number=number.lower(), **BORN)
    client.get("/my-entry/show", language=language)
    assert [one for one in client.page.all("a") if one.attributes.get("href") == "/book"]
    clock.now += timedelta(days=5)
    client.get("/my-entry/show", language=language)
    main = [
        one for one in client.page.all("a") if "nhsuk-button" in one.attributes.get("class", "")
    ]
    assert not main


@LANGUAGES
def test_a_draw_that_is_called_off_says_so_to_everybody(
    client: PageClient, clinic: OpenClinic, draw_id: int, language: str
) -> None:
    """The reason that the manager typed stands on the public page."""
    client.sign_in(Role.MANAGER, site=clinic.site_id)
    address = f"/manage/draws/{draw_id}/call-off"
    assert client.submit(address, language).status_code == 422
    client.submit(address, language, reason="疫苗未到货 No vaccine came")

    client.get(f"/draws/{draw_id}", language=language)
    assert "No vaccine came" in client.page.text


def test_a_manager_of_another_site_sees_no_draw(
    client: PageClient, sessions: sessionmaker[Session], draw_id: int
) -> None:
    """Somebody else's draw answers as one that does not exist."""
    with sessions() as session, transaction(session):
        other = an_open_clinic(session, code="hill", product_id=1)
    client.sign_in(Role.MANAGER, site=other.site_id)

    assert client.get(f"/manage/draws/{draw_id}").status_code == 404
    assert NOW < build.OPENS
