"""A resident without JavaScript books, page by page, in both languages."""

from datetime import date

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic, holder
from tests.build.pages import DETAILS, NUMBER, answer, book, choose, send
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.booking import counting, queries
from vaxsite.booking.rules import AppointmentState
from vaxsite.booking.services import holds

# What is only about pages needs one database; what is about seats runs on both.
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session, slots_count=3, seats=2)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_resident_books_page_by_page(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session], language: str
) -> None:
    """From the first page to the reference; every page is checked on the way."""
    client.get("/", language=language)
    answer(client, language)
    turn = {"en": "Everyone from 18", "zh": "18岁及以上所有人"}[language]
    client.get("/book/turn", language=language)
    assert turn in client.page.text

    reference = book(client, clinic, language, email="ana@example.org")

    with sessions() as session:
        found = queries.find_by_reference(session, typed=reference, born_on=date(1985, 5, 5))
        assert found is not None
        view = queries.get_appointment(session, found)
    assert view.slot.id == clinic.slot_ids[0]
    assert view.state is AppointmentState.BOOKED


@SQLITE
def test_the_number_is_never_in_the_cookie(client: PageClient, clinic: OpenClinic) -> None:
    """Between pages the browser keeps answers and a secret, not who somebody is."""
    book(client, clinic)

    with client.session_transaction() as cookie:
        kept = str(dict(cookie))
    assert NUMBER not in kept
    assert "陈安娜" not in kept
    assert "13912345678" not in kept


def test_confirming_twice_shows_one_appointment(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session]
) -> None:
    """The second press of the button leads to the same reference."""
    answer(client, "en")
    choose(client, clinic, "en")
    client.submit("/book/details", **DETAILS)
    check = client.page

    first = send(client, "/book/confirm")
    client.page = check
    second = send(client, "/book/confirm")

    assert first.headers["Location"] == second.headers["Location"] == "/book/done"
    with sessions() as session:
        assert [seat.booked for seat in counting.count_seats(session)] == [1, 0, 0]


WRONG_ANSWERS = [
    ("/book", {"born_on-year": "1985", "born_on-month": "2", "born_on-day": "30"}, "born_on"),
    ("/book", {"born_on-year": "2031", "born_on-month": "2", "born_on-day": "3"}, "born_on"),
    ("/book", {}, "born_on"),
    ("/book/occupation", {"occupation": "astronaut"}, "occupation"),
    ("/book/health", {}, "ill"),
    ("/book/clinic", {"site": "99"}, "site"),
    ("/book/clinic", {"site": "x"}, "site"),
    ("/book/day", {"day": "2026-01-20"}, "day"),
    ("/book/day", {}, "day"),
    ("/book/time", {}, "slot"),
    ("/book/time", {"slot": "999"}, "slot"),
]


def faulty_fields(client: PageClient) -> set[str]:
    """Return the fields to which the error summary leads, a date by its name."""
    links = [one.attributes.get("href", "") for one in client.page.all("a")]
    parts = ("-year", "-month", "-day")
    fields = {link[1:] for link in links if link.startswith("#") and link != "#maincontent"}
    return {
        next((field.removesuffix(part) for part in parts if field.endswith(part)), field)
        for field in fields
    }


@SQLITE
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_wrong_answer_is_asked_again_with_the_reason(
    client: PageClient, clinic: OpenClinic, language: str
) -> None:
    """Each page comes back with a summary that leads to the field."""
    answer(client, "en")
    client.submit("/book/clinic", site=str(clinic.site_id))
    client.submit("/book/day", day="2026-01-13")

    for address, fields, field in WRONG_ANSWERS:
        client.get(address, language=language)
        response = send(client, address, language, **fields)
        assert (response.status_code, faulty_fields(client)) == (422, {field}), address


WRONG_DETAILS = [
    ({"name": ""}, "name"),
    ({"id_number": ""}, "id_number"),
    ({"id_number": "110101198505050021"}, "id_number"),
    ({"id_number": "11010519491231002X"}, "id_number"),
    ({"id_kind": "passport", "id_number": "!"}, "id_number"),
    ({"phone": "12345"}, "phone"),
    ({"email": "ana at example"}, "email"),
    ({"address": "街" * 201}, "address"),
]


@SQLITE
@pytest.mark.parametrize("language", ["en", "zh"])
def test_wrong_details_are_shown_again_and_nothing_typed_is_lost(
    client: PageClient, clinic: OpenClinic, language: str
) -> None:
    """The seat stays held, the other fields keep their values."""
    answer(client, language)
    choose(client, clinic, language)

    for changed, field in WRONG_DETAILS:
        typed = {**DETAILS, **changed}
        response = client.submit("/book/details", language=language, **typed)
        assert (response.status_code, faulty_fields(client)) == (422, {field}), changed
        values = {
            one.attributes.get("name"): one.attributes.get("value", "")
            for one in client.page.all("input")
        }
        assert {name: values[name] for name in ("name", "phone", "email")} == {
            name: typed[name] for name in ("name", "phone", "email")
        }


@SQLITE
def test_somebody_without_documents_can_book(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session]
) -> None:
    """Name, birth date and phone are enough; the clinic sees that there is no document."""
    reference = book(client, clinic, "zh", id_kind="none", id_number="")

    assert reference


@SQLITE
@pytest.mark.parametrize("language", ["en", "zh"])
def test_somebody_too_young_reads_when_to_come(
    client: PageClient, clinic: OpenClinic, language: str
) -> None:
    """The page says no, why, and from which day."""
    born = {"born_on-year": "2008", "born_on-month": "2", "born_on-day": "1"}
    answer(client, language, **born)

    client.get("/book/turn", language=language)

    day = {"en": "1 February 2026", "zh": "2026年2月1日"}[language]
    assert day in client.page.text
    assert client.get("/book/clinic", language=language).status_code == 200


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_lost_seat_keeps_what_was_typed_and_offers_other_times(
    client: PageClient,
    clinic: OpenClinic,
    sessions: sessionmaker[Session],
    clock: FrozenClock,
    language: str,
) -> None:
    """Ten minutes late, the seat gone: choose another time on the same page, and it is booked."""
    answer(client, language)
    choose(client, clinic, language)
    client.submit("/book/details", language=language, **DETAILS)
    late = clock.advance(minutes=11)
    for who in ("bob", "eve"):
        with sessions() as session, transaction(session):
            holds.hold(session, slot_id=clinic.slot_ids[0], holder=holder(who), now=late)

    refused = send(client, "/book/confirm", language)
    assert refused.status_code == 409
    booked = send(client, "/book/confirm", language, slot=str(clinic.slot_ids[1]))

    assert booked.headers["Location"] == "/book/done"
    with sessions() as session:
        assert [seat.booked for seat in counting.count_seats(session)] == [0, 1, 0]


def test_a_late_confirmation_with_a_free_seat_says_so(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session], clock: FrozenClock
) -> None:
    """The hold ran out, nobody wanted the seat: booked, and told."""
    answer(client, "en")
    choose(client, clinic, "en")
    client.submit("/book/details", **DETAILS)
    late = clock.advance(minutes=11)
    holds.expire_due(sessions, now=late)

    done = send(client, "/book/confirm")
    client.get(done.headers["Location"])

    assert "The 10 minutes were over, but the seat was still free" in client.page.text


@SQLITE
def test_a_stale_window_is_told_that_another_time_was_chosen(
    client: PageClient, clinic: OpenClinic
) -> None:
    """Two windows: the one with the older time does not book the newer one by accident."""
    answer(client, "en")
    choose(client, clinic, "en")
    client.submit("/book/details", **DETAILS)
    stale = client.page
    choose(client, clinic, "en", slot=1)

    client.page = stale
    refused = send(client, "/book/confirm")

    assert refused.status_code == 409
    assert "Only the time chosen last is kept for you" in client.page.text


def test_the_same_person_again_is_sent_to_their_appointment(
    client: PageClient, clinic: OpenClinic
) -> None:
    """A second booking is refused with a way to the first one."""
    book(client, clinic)
    choose(client, clinic, "en", slot=1)
    client.submit("/book/details", **DETAILS)

    refused = send(client, "/book/confirm")

    assert refused.status_code == 409
    assert "already has an appointment for this dose" in client.page.text


@SQLITE
def test_a_page_opened_without_the_answers_before_leads_back(
    client: PageClient, clinic: OpenClinic
) -> None:
    """A typed address or an old bookmark ends at the first open question."""
    for page in ("occupation", "health", "turn", "clinic", "day", "time", "details", "check"):
        response = client.get(f"/book/{page}", follow_redirects=True)
        assert response.request.path == "/book", page


@SQLITE
def test_details_without_a_held_seat_lead_to_the_time(
    client: PageClient, clinic: OpenClinic
) -> None:
    """Nobody fills in a form for a seat that they do not hold."""
    answer(client, "en")
    client.submit("/book/clinic", site=str(clinic.site_id))
    client.submit("/book/day", day="2026-01-13")

    for page in ("details", "check"):
        response = client.get(f"/book/{page}", follow_redirects=True)
        assert response.request.path == "/book/time", page


@SQLITE
def test_a_full_time_is_refused_where_it_is_chosen(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session]
) -> None:
    """Somebody was faster: the page of times comes back with the reason."""
    answer(client, "en")
    client.submit("/book/clinic", site=str(clinic.site_id))
    client.submit("/book/day", day="2026-01-13")
    client.get("/book/time")
    for who in ("bob", "eve"):
        with sessions() as session, transaction(session):
            holds.hold(session, slot_id=clinic.slot_ids[0], holder=holder(who), now=NOW)
    response = send(client, "/book/time", slot=str(clinic.slot_ids[0]))

    assert response.status_code == 422
    assert "No seat is free at this time" in client.page.text


@SQLITE
def test_asking_about_people_by_booking_for_them_is_stopped(
    client: PageClient, clinic: OpenClinic
) -> None:
    """Twenty refusals that tell something, then none for a quarter of an hour."""
    book(client, clinic)
    choose(client, clinic, "en", slot=1)
    client.submit("/book/details", **DETAILS)
    check = client.page
    for _ in range(20):
        client.page = check
        send(client, "/book/confirm")
        assert "already has an appointment" in client.page.text

    client.page = check
    send(client, "/book/confirm")

    assert "You tried very often in a short time" in client.page.text


@SQLITE
@pytest.mark.parametrize("language", ["en", "zh"])
def test_another_time_is_chosen_without_typing_again(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session], language: str
) -> None:
    """Back to the times from the last page: nothing is typed twice, no time is presumed."""
    answer(client, language)
    choose(client, clinic, language)
    client.submit("/book/details", language=language, **DETAILS)

    send(client, "/book/other-time", language)
    unanswered = send(client, "/book/confirm", language)
    booked = send(client, "/book/confirm", language, slot=str(clinic.slot_ids[2]))

    assert unanswered.status_code == 409
    assert booked.headers["Location"] == "/book/done"
    with sessions() as session:
        assert [seat.taken for seat in counting.count_seats(session)] == [0, 0, 1]
