"""The pages for both doses and for several people, without JavaScript, on SQLite."""

from datetime import time, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import (
    TOMORROW,
    OpenClinic,
    a_published_session,
    an_open_clinic,
)
from tests.build.pages import DETAILS, answer, choose, send
from tests.web_client import PageClient
from vaxsite.booking import counting
from vaxsite.slots import queries as slots

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
IN_TIME = TOMORROW + timedelta(days=28)


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """Two slots of two seats tomorrow, and two in four weeks."""
    with sessions() as session, transaction(session):
        made = an_open_clinic(session, slots_count=2, seats=2)
        later = a_published_session(
            session,
            site_id=made.site_id,
            product_id=made.product_id,
            day=IN_TIME,
            slots_count=2,
            seats=2,
            starts=time(9, 0),
        )
        made.slot_ids.extend(slot.id for slot in slots.slots_of_session(session, later))
        return made


def booked(sessions: sessionmaker[Session]) -> list[int]:
    """Booked seats of each slot, tomorrow's first; the counts balance."""
    with sessions() as session:
        counts = counting.count_seats(session)
        assert counting.half_bookings(session) == []
    assert all(count.balanced for count in counts)
    return [count.booked for count in counts]


def other(number: int, **changed: str) -> dict[str, str]:
    """What is typed about one more person."""
    return {
        "other_name": f"陈小{number}",
        "other_born_on-year": "1985",
        "other_born_on-month": "5",
        "other_born_on-day": "5",
        "other_id_kind": "passport",
        "other_id_number": f"E{number:08}",
        "other_ill": "no",
        "other_occupation": "other",
    } | changed


def to_check(client: PageClient, clinic: OpenClinic, language: str = "en") -> None:
    """Go as far as the page that shows everything."""
    answer(client, language)
    choose(client, clinic, language)
    client.submit("/book/details", language=language, **DETAILS)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_both_doses_are_booked_page_by_page(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session], language: str
) -> None:
    """After the first seat comes the question for the second; one confirmation books both."""
    answer(client, language)
    choose(client, clinic, language)
    day = f"{clinic.site_id}:{IN_TIME.isoformat()}"
    at = client.submit("/book/second", language=language, day=day).headers["Location"]
    client.submit(at, language=language, slot=str(clinic.slot_ids[2]))
    client.submit("/book/details", language=language, **DETAILS)
    done = send(client, "/book/confirm", language)

    assert done.status_code == 302
    assert booked(sessions) == [1, 0, 1, 0]
    client.get("/book/done", language=language)
    calendar = client.get("/my-booking/appointment.ics").data
    assert calendar.count(b"BEGIN:VEVENT") == 2


def test_the_first_seat_stays_when_the_second_is_gone(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session]
) -> None:
    """A slot that does not exist, and none at all: the page says so, the seat is still held."""
    answer(client, "en")
    choose(client, clinic, "en")
    at = f"/book/second-time?site={clinic.site_id}&day={IN_TIME.isoformat()}"

    assert client.submit(at, slot="999").status_code == 422
    assert client.submit(at).status_code == 422
    with sessions() as session:
        assert [count.held for count in counting.count_seats(session)] == [1, 0, 0, 0]


def test_only_this_dose_goes_on_without_a_second_seat(
    client: PageClient, clinic: OpenClinic
) -> None:
    """The first answer of the question."""
    answer(client, "en")
    choose(client, clinic, "en")

    assert client.submit("/book/second", day="only-this").headers["Location"] == "/book/details"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_second_person_is_added_and_both_are_booked(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session], language: str
) -> None:
    """The seat of the first is kept while the second makes a mistake; then two come together."""
    to_check(client, clinic, language)
    send(client, "/book/another", language)
    wrong = send(client, "/book/another/check", language, **other(77, other_ill=""))
    assert wrong.status_code == 422
    send(client, "/book/another/check", language, **other(77))
    assert "陈小77" in client.page.text
    done = send(client, "/book/confirm", language)

    assert done.status_code == 302
    assert booked(sessions) == [2, 0, 0, 0]
    client.get("/my-booking/show", language=language)
    assert "陈小77" in client.page.text
    client.submit("/my-booking/cancel", language=language, everyone="yes")
    assert booked(sessions) == [0, 0, 0, 0]


def test_who_goes_back_and_names_one_person_keeps_one_seat(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session]
) -> None:
    """The details are typed anew without the second person: one appointment, no seat in between."""
    to_check(client, clinic)
    send(client, "/book/another")
    send(client, "/book/another/check", **other(71))

    client.submit("/book/details", **DETAILS)
    assert send(client, "/book/confirm").status_code == 302

    assert booked(sessions) == [1, 0, 0, 0]


def test_a_third_person_finds_no_seat_and_loses_none(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session]
) -> None:
    """Two seats a slot: the third is refused beside the name, the two stay held."""
    to_check(client, clinic)
    send(client, "/book/another")
    assert send(client, "/book/another/check", **other(71)).status_code == 200
    send(client, "/book/another")
    assert send(client, "/book/another/check", **other(72)).status_code == 422
    with sessions() as session:
        assert [count.held for count in counting.count_seats(session)] == [2, 0, 0, 0]
