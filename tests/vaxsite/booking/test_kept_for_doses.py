"""Seats that are kept for some doses of a series say so before anybody chooses them."""

from datetime import time

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import (
    NOW,
    TOMORROW,
    OpenClinic,
    a_published_session,
    an_open_clinic,
)
from tests.build.pages import answer
from tests.web_client import PageClient
from vaxsite.slots import queries
from vaxsite.slots.models import ClinicSession
from vaxsite.slots.rules import Doses

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def morning() -> Doses:
    """For which doses the six seats of the morning are."""
    return Doses.ANY


@pytest.fixture
def clinic(sessions: sessionmaker[Session], morning: Doses) -> OpenClinic:
    """A clinic that keeps the four seats of tomorrow afternoon for second and later doses."""
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session, slots_count=2, seats=3)
        afternoon = a_published_session(
            session,
            site_id=clinic.site_id,
            product_id=clinic.product_id,
            slots_count=1,
            seats=4,
            starts=time(14, 0),
        )
        session.get_one(ClinicSession, clinic.session_id).doses = morning
        session.get_one(ClinicSession, afternoon).doses = Doses.LATER
        return clinic


@pytest.mark.parametrize("morning", [Doses.FIRST])
def test_a_day_tells_for_which_doses_its_seats_are(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """They count as free, and as kept; whoever asks for one dose gets only what is for that."""
    with sessions() as session:
        both = queries.free_days(session, now=NOW)
        of_second = queries.free_days(session, now=NOW, number=2)

    assert both == [queries.DaySeats(clinic.site_id, TOMORROW, 10, first=6, later=4)]
    assert of_second == [queries.DaySeats(clinic.site_id, TOMORROW, 4, later=4)]


@SQLITE
@pytest.mark.parametrize(
    ("language", "some"),
    [
        ("en", "10 free seats · 4 of them for second and later doses only"),
        ("zh", "剩余10个名额 · 其中4个仅限第二剂及以后"),
    ],
)
def test_days_and_clinics_say_how_many_seats_are_kept(
    client: PageClient, clinic: OpenClinic, language: str, some: str
) -> None:
    """A newcomer knows before choosing; nobody was asked which dose it is."""
    kept = some.rpartition(" · ")[2]
    answer(client, language)
    for path in ("/book/turn", "/book/clinic"):
        client.get(path, language=language)
        assert kept in client.page.text

    client.submit("/book/clinic", language=language, site=str(clinic.site_id))
    client.get("/book/day", language=language)

    assert some in client.page.text


@SQLITE
@pytest.mark.parametrize("morning", [Doses.LATER])
def test_where_all_seats_are_for_later_doses_the_list_is_named(
    client: PageClient, clinic: OpenClinic
) -> None:
    """No count of seats "for you" alone: a newcomer is told, and led to the waiting list."""
    answer(client, "en")

    client.get("/book/turn")

    assert "There are 10 free seats for you. Second and later doses only" in client.page.text
    assert "No time suits: wait for seats that become free" in client.page.text
