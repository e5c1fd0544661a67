"""A display shows the wall of its site for as long as nobody takes it, and nothing else."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.build import clinic as build
from tests.build import places
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.coldchain.models import WallDisplay
from vaxsite.core.audit import AuditEntry
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
DISPLAYS = "/coldchain/displays"


@pytest.fixture
def site_id(app: Flask, clock: FrozenClock) -> int:
    """Return the site of a fridge; another site has one too."""
    clock.now = build.OPENED
    with app.app_context(), Session(db.engine) as store:
        clinic = build.a_stocked_clinic(store)
        places.a_fridge(store, site=places.a_site(store, code="haidian"), code="Elsewhere")
        places.heard(store, sensor=clinic.probe, at=clock.now, centi=460)
        store.commit()
        return clinic.fridge.site_id


def make(client: PageClient, site_id: int, language: str | None = None) -> None:
    """Sign in on the device at the wall and make it a display."""
    client.sign_in(Role.PHARMACIST, site=site_id)
    done = client.submit(DISPLAYS, language=language, name="Corridor", site=str(site_id))
    assert (done.status_code, done.headers["Location"]) == (303, "/coldchain/wall")


@LANGUAGES
def test_display_shows_its_wall_for_a_year(
    client: PageClient, site_id: int, clock: FrozenClock, language: str
) -> None:
    """Long after every sign-in has ended; only the fridges of its site, and no link."""
    make(client, site_id, language)
    clock.advance(days=365)

    shown = client.get("/coldchain/wall", language=language)

    assert shown.status_code == 200
    assert "Elsewhere" not in client.page.text
    assert [one.attributes["href"] for one in client.page.all("a")] == []
    assert client.get("/coldchain/wall/units", language=language).status_code == 200
    live = client.get("/coldchain/live", headers={"Accept": "text/event-stream"}, buffered=False)
    assert live.status_code == 200
    live.close()


def test_display_is_nobody_anywhere_else(client: PageClient, site_id: int) -> None:
    """The person who made it is signed out; fridge, alerts, account and list want a sign-in."""
    make(client, site_id)

    for path in ("/coldchain", "/coldchain/units/1", "/coldchain/alerts", "/account", DISPLAYS):
        assert client.get(path).headers["Location"].startswith("/sign-in"), path
    assert client.get("/sign-in").status_code == 200


def test_taken_display_shows_the_sign_in_and_no_fridge(
    client: PageClient, app: Flask, site_id: int
) -> None:
    """The pharmacist takes the wall from it elsewhere; its next look says so."""
    make(client, site_id)
    desk = app.test_client()
    assert isinstance(desk, PageClient)
    desk.sign_in(Role.PHARMACIST, site=site_id)
    desk.get(DISPLAYS)
    assert "Corridor" in desk.page.text
    form = next(one for one in desk.page.all("form") if "revoke" in one.attributes["action"])

    desk.post(form.attributes["action"], data={"csrf_token": desk.token()})

    assert client.get("/coldchain/wall").headers["Location"].startswith("/sign-in")
    fragment = client.get("/coldchain/wall/units", headers={"HX-Request": "true"})
    assert fragment.headers["HX-Redirect"].startswith("/sign-in")


def test_keeping_and_taking_are_in_the_audit(client: PageClient, app: Flask, site_id: int) -> None:
    """The token itself stands nowhere but in the browser."""
    make(client, site_id)

    with app.app_context(), Session(db.engine) as store:
        actions = store.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        row = store.scalars(select(WallDisplay)).one()
    cookie = client.get_cookie("vax-display")
    assert cookie is not None
    assert "display:keep" in actions
    assert cookie.value.encode() not in row.token_hash
    assert cookie.max_age == 400 * 24 * 3600
    assert cookie.http_only


def test_display_of_another_site_cannot_be_made_or_taken(
    client: PageClient, app: Flask, site_id: int
) -> None:
    """A pharmacist of Haidian neither shows nor takes the wall of this clinic."""
    make(client, site_id)
    other = app.test_client()
    assert isinstance(other, PageClient)
    other.sign_in(Role.PHARMACIST, site=site_id + 1)

    made = other.post(
        DISPLAYS, data={"csrf_token": other.token(), "name": "Spy", "site": str(site_id)}
    )
    taken = other.post(f"{DISPLAYS}/1/revoke", data={"csrf_token": other.token()})

    assert (made.status_code, taken.status_code) == (404, 404)
    assert client.get("/coldchain/wall").status_code == 200


@LANGUAGES
def test_display_without_name_is_asked_for_it(
    client: PageClient, site_id: int, language: str
) -> None:
    """Somebody must be able to find it on the wall."""
    client.sign_in(Role.PHARMACIST, site=site_id)

    client.submit(DISPLAYS, language=language, name="", site=str(site_id))

    assert client.page.all("title")[0].text.startswith("Error" if language == "en" else "错误")
