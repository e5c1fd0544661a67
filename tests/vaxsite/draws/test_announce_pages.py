"""The two steps of announcing a draw: of which clinic and vaccine, and then the rest."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.places import Site
from sensors.store.transaction import transaction
from tests.build import draws as build
from tests.build.booking import NOW, OpenClinic, a_published_session, an_open_clinic
from tests.build.pages import send
from tests.build.stock import a_vaccine
from tests.vaxsite.draws.test_pages import DRAW
from tests.web_client import NAMES, PASSWORD, PageClient
from vaxsite.accounts import services as accounts
from vaxsite.core.actor import system
from vaxsite.core.permissions import Role
from vaxsite.draws import queries

ANNOUNCE = "/manage/draws/announce"
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass(frozen=True)
class Two:
    """Two clinics of one manager; the first gives two vaccines."""

    here: OpenClinic
    there: OpenClinic
    other_product_id: int
    other_session_id: int  # Of the other vaccine, at the first clinic.

    @property
    def address(self) -> str:
        """The second step, for the first vaccine at the first clinic."""
        return f"{ANNOUNCE}?site={self.here.site_id}&product={self.here.product_id}"


@pytest.fixture(autouse=True)
def key(app: Flask) -> Iterator[None]:
    """The installation has a key."""
    app.config["DRAW_KEY"] = build.KEY
    return


@pytest.fixture
def two(sessions: sessionmaker[Session], client: PageClient) -> Two:
    """Sign in as the manager of both clinics."""
    with sessions() as session, transaction(session):
        here = an_open_clinic(session)
        there = an_open_clinic(session, code="taihu", product_id=here.product_id)
        other = a_vaccine(session, code="ADENO", gtin=None, doses=1, interval=None, cvx=None)
        held = a_published_session(session, site_id=here.site_id, product_id=other)
        accounts.add_staff(
            session,
            name=NAMES[Role.MANAGER],
            email="manager@example.com",
            password=PASSWORD,
            posts=[(session.get_one(Site, one.site_id), Role.MANAGER) for one in (here, there)],
            language="en",
            actor=system("test"),
            now=NOW,
        )
    client.sign_in(Role.MANAGER, site=here.site_id)
    return Two(here, there, other, held)


def fields(client: PageClient, name: str) -> list[str]:
    """The values of the fields *name* of the page at hand."""
    found = [one.attributes for one in client.page.all("input")]
    return [one.get("value", "") for one in found if one.get("name") == name]


@LANGUAGES
def test_clinic_and_vaccine_are_asked_first(client: PageClient, two: Two, language: str) -> None:
    """Then only the sessions of both are offered, and both are read as words with a way back."""
    client.get(ANNOUNCE, language=language)
    assert fields(client, "site") == [f"{one.site_id}" for one in (two.here, two.there)]
    assert set(fields(client, "product")) == {f"{two.here.product_id}", f"{two.other_product_id}"}
    assert fields(client, "places") == []

    assert client.get(f"{ANNOUNCE}?chosen=1", language=language).status_code == 422

    client.get(f"{two.address}&chosen=1", language=language)
    assert fields(client, "site") == [f"{two.here.site_id}"]
    assert fields(client, "product") == [f"{two.here.product_id}"]
    assert fields(client, "sessions") == [f"{two.here.session_id}"]

    change = next(
        one.attributes["href"] for one in client.page.all("a") if "change=1" in str(one.attributes)
    )
    client.get(change, language=language)
    checked = [one.attributes for one in client.page.all("input") if "checked" in one.attributes]
    assert [(one["name"], one["value"]) for one in checked] == [
        ("site", f"{two.here.site_id}"),
        ("product", f"{two.here.product_id}"),
    ]


def test_nothing_is_asked_where_there_is_nothing_to_choose(
    sessions: sessionmaker[Session], client: PageClient
) -> None:
    """A manager of one clinic with one vaccine begins with the draw itself, also by a link back."""
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session)
    client.sign_in(Role.MANAGER, site=clinic.site_id)
    for address in (ANNOUNCE, f"{ANNOUNCE}?change=1"):
        client.get(address)
        assert fields(client, "places") == [""]
        assert fields(client, "sessions") == [f"{clinic.session_id}"]
        assert "Change" not in client.page.text


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"site": "999"}, "Choose a clinic."),
        ({"site": "one"}, "Choose a clinic."),
        ({"product": "999"}, "Choose a vaccine."),
        ({"product": ""}, "Choose a vaccine."),
    ],
)
def test_an_unknown_clinic_or_vaccine_is_asked_for_again(
    client: PageClient,
    sessions: sessionmaker[Session],
    two: Two,
    changed: dict[str, str],
    sentence: str,
) -> None:
    """In the address and in what is posted; nothing is announced of it."""
    chosen = {"site": f"{two.here.site_id}", "product": f"{two.here.product_id}", **changed}
    posted = {"csrf_token": client.token(), **DRAW, **chosen, "save": "1"}
    for answer in (
        client.get(ANNOUNCE, query_string=chosen),
        client.post(ANNOUNCE, data=posted),
    ):
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
    with sessions() as session:
        assert queries.draws(session) == []


def test_a_session_of_another_clinic_or_vaccine_is_not_kept(
    client: PageClient, sessions: sessionmaker[Session], two: Two
) -> None:
    """They are not on the page; whoever posts them all the same is told beside the sessions."""
    for foreign in (two.there.session_id, two.other_session_id):
        answer = client.submit(two.address, **DRAW, sessions=f"{foreign}")
        assert answer.status_code == 422
        assert "Keep only sessions of the clinic" in client.page.text

    client.submit(two.address, **DRAW, sessions=f"{two.here.session_id}")
    send(client, ANNOUNCE, save="1")
    with sessions() as session:
        (draw,) = queries.draws(session)
        assert (draw.site_id, draw.product_id) == (two.here.site_id, two.here.product_id)
        assert queries.reserved_sessions(session, draw.id) == [two.here.session_id]


def test_what_was_typed_is_kept_from_the_preview_back_to_the_form(
    client: PageClient, two: Two
) -> None:
    """Also the clinic, the vaccine and the sessions."""
    client.submit(two.address, **DRAW, sessions=f"{two.here.session_id}")
    send(client, ANNOUNCE, edit="1")
    assert fields(client, "site") == [f"{two.here.site_id}"]
    assert fields(client, "places") == ["1"]
    checked = [one.attributes for one in client.page.all("input") if "checked" in one.attributes]
    assert ("sessions", f"{two.here.session_id}") in [(o["name"], o["value"]) for o in checked]
