"""The question which vaccine: asked where there is a choice, and then only its seats are shown."""

from datetime import time

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import OpenClinic, a_published_session, an_open_clinic
from tests.build.pages import answer
from tests.build.stock import a_vaccine
from tests.web_client import PageClient

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """A clinic that gives one vaccine tomorrow morning."""
    with sessions() as session, transaction(session):
        return an_open_clinic(session, slots_count=2, seats=3)


@pytest.fixture
def flu(sessions: sessionmaker[Session], clinic: OpenClinic) -> int:
    """Another vaccine, given tomorrow afternoon at the same clinic."""
    with sessions() as session, transaction(session):
        product_id = a_vaccine(session, code="FLU", gtin=None, doses=1, interval=None, cvx=None)
        a_published_session(
            session,
            site_id=clinic.site_id,
            product_id=product_id,
            slots_count=1,
            seats=4,
            starts=time(14, 0),
        )
        return product_id


@SQLITE
def test_one_vaccine_is_not_asked_for(client: PageClient, clinic: OpenClinic) -> None:
    """Where clinics offer one vaccine, the question is passed over."""
    answer(client, "en")

    response = client.get("/book/vaccine")

    assert response.headers["Location"] == "/book/turn"


@SQLITE
@pytest.mark.parametrize("language", ["en", "zh"])
def test_only_seats_of_the_chosen_vaccine_are_shown(
    client: PageClient, clinic: OpenClinic, flu: int, language: str
) -> None:
    """Turn, day and time speak of the vaccine that was chosen."""
    answer(client, language)
    client.get("/book/vaccine", language=language)
    chosen = client.submit("/book/vaccine", language=language, product=str(flu))
    assert chosen.headers["Location"] == "/book/turn"

    client.get("/book/turn", language=language)
    assert {"en": "There are 4 free seats", "zh": "4个名额"}[language] in client.page.text
    client.submit("/book/clinic", language=language, site=str(clinic.site_id))
    client.submit("/book/day", language=language, day="2026-01-13")
    client.get("/book/time", language=language)
    assert "14:00" in client.page.text
    assert "09:00" not in client.page.text


@SQLITE
def test_a_choice_is_asked_before_the_turn(
    client: PageClient, clinic: OpenClinic, flu: int
) -> None:
    """Nobody reaches the answer without having said which vaccine, and a made-up one is refused."""
    answer(client, "en")
    assert client.get("/book/turn").headers["Location"] == "/book/vaccine"

    client.get("/book/vaccine")
    refused = client.submit("/book/vaccine", product="999")

    assert refused.status_code == 422
    assert "No clinic offers this vaccine now" in client.page.text
