"""An appointment is looked up, changed and cancelled without an account."""

from datetime import timedelta

import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from tests.build.pages import BORN, book, look_up, send
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.booking import counting

# What is only about pages needs one database; what is about seats runs on both.
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session, slots_count=3, seats=2)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_appointment_is_found_changed_and_cancelled(
    app: Flask,
    client: PageClient,
    clinic: OpenClinic,
    sessions: sessionmaker[Session],
    language: str,
) -> None:
    """In another browser, with reference and birth date, without JavaScript."""
    reference = book(client, clinic, language)
    phone = app.test_client()
    assert isinstance(phone, PageClient)

    found = look_up(phone, reference.lower().replace("-", " "), language)
    assert found.headers["Location"] == "/my-booking/show"
    phone.get("/my-booking/show", language=language)
    phone.get("/my-booking/slip", language=language)

    phone.get("/my-booking/change?day=2026-01-13", language=language)
    moved = send(phone, "/my-booking/change", language, slot=str(clinic.slot_ids[2]))
    phone.get(moved.headers["Location"], language=language)
    assert "10:00" in phone.page.text
    assert reference in phone.page.text

    cancelled = phone.submit("/my-booking/cancel", language=language)
    phone.get(cancelled.headers["Location"], language=language)
    assert phone.get("/my-booking/cancel").headers["Location"] == "/my-booking/show"
    with sessions() as session:
        assert [seat.taken for seat in counting.count_seats(session)] == [0, 0, 0]


@SQLITE
def test_looking_at_pages_changes_nothing(
    client: PageClient, clinic: OpenClinic, sessions: sessionmaker[Session]
) -> None:
    """Mail scanners and prefetching browsers open every link and nothing happens."""
    book(client, clinic)
    for path in ("show", "change", "change?day=2026-01-13", "cancel", "slip", "appointment.ics"):
        assert client.get(f"/my-booking/{path}").status_code == 200

    with sessions() as session:
        assert [seat.booked for seat in counting.count_seats(session)] == [1, 0, 0]


def test_wrong_foreign_and_unknown_references_have_one_answer(
    app: Flask, client: PageClient, clinic: OpenClinic
) -> None:
    """The page does not tell whether the reference or the birth date was wrong."""
    reference = book(client, clinic)
    tries = [
        (reference, {**BORN, "born_on-day": "6"}),
        ("7K3-9QF2-M4T", BORN),
        ("nonsense", BORN),
    ]

    answers = set()
    for typed, born in tries:
        browser = app.test_client()
        assert isinstance(browser, PageClient)
        response = look_up(browser, typed, **born)
        answers.add((response.status_code, browser.page.text))

    assert len(answers) == 1
    assert client.get("/my-booking/show").status_code == 200


def test_guessing_is_stopped(app: Flask, client: PageClient, clinic: OpenClinic) -> None:
    """After five wrong birth dates even the right one must wait 15 minutes."""
    reference = book(client, clinic)
    for day in range(6, 11):
        assert look_up(client, reference, **{**BORN, "born_on-day": f"{day}"}).status_code == 422

    assert look_up(client, reference).status_code == 429


@SQLITE
def test_after_15_minutes_the_right_birth_date_opens_it_again(
    client: PageClient, clinic: OpenClinic, clock: FrozenClock
) -> None:
    """Somebody who mistyped is not shut out for good."""
    reference = book(client, clinic)
    for day in range(6, 11):
        look_up(client, reference, **{**BORN, "born_on-day": f"{day}"})
    clock.advance(minutes=15)

    assert look_up(client, reference).status_code == 302


@SQLITE
def test_the_calendar_file_follows_the_appointment(client: PageClient, clinic: OpenClinic) -> None:
    """Booked, changed, cancelled: the same entry with a growing sequence."""
    book(client, clinic)

    def event() -> tuple[str, str, int]:
        response = client.get("/my-booking/appointment.ics")
        assert response.mimetype == "text/calendar"
        calendar = Calendar.from_ical(response.data)
        (entry,) = calendar.walk("VEVENT")
        return str(calendar["METHOD"]), str(entry["STATUS"]), int(entry["SEQUENCE"])

    assert event() == ("PUBLISH", "CONFIRMED", 0)
    client.get("/my-booking/change?day=2026-01-13")
    send(client, "/my-booking/change", slot=str(clinic.slot_ids[1]))
    assert event() == ("PUBLISH", "CONFIRMED", 1)
    client.submit("/my-booking/cancel")
    assert event() == ("CANCEL", "CANCELLED", 2)


@SQLITE
def test_a_change_in_a_stale_window_is_named(client: PageClient, clinic: OpenClinic) -> None:
    """The second window learns that the appointment was changed meanwhile."""
    book(client, clinic)
    client.get("/my-booking/change?day=2026-01-13")
    stale = client.page
    send(client, "/my-booking/change", slot=str(clinic.slot_ids[1]))

    client.page = stale
    response = send(client, "/my-booking/change", slot=str(clinic.slot_ids[2]))

    assert response.status_code == 422
    assert "changed in another window meanwhile" in client.page.text


@SQLITE
def test_pages_of_an_appointment_need_it_to_be_found_first(
    client: PageClient, clinic: OpenClinic
) -> None:
    """Without reference and birth date they lead to the question."""
    for path in ("show", "change", "cancel", "slip"):
        response = client.get(f"/my-booking/{path}", follow_redirects=True)
        assert response.request.path == "/my-booking", path
    assert client.get("/my-booking/appointment.ics").status_code == 404


@SQLITE
def test_a_shared_device_forgets_the_person(client: PageClient, clinic: OpenClinic) -> None:
    """After the button neither the appointment nor the answers are there."""
    book(client, clinic)
    client.get("/my-booking/show")

    send(client, "/my-booking/forget")

    assert client.get("/my-booking/show").headers["Location"] == "/my-booking"
    assert client.get("/book/turn").headers["Location"] == "/book"


@SQLITE
def test_an_appointment_that_has_begun_is_shown_without_buttons(
    client: PageClient, clinic: OpenClinic, clock: FrozenClock
) -> None:
    """Change and cancel disappear; a posted cancel is refused in words."""
    book(client, clinic)
    client.get("/my-booking/cancel")
    asked = client.page
    clock.now = NOW + timedelta(days=1)

    client.get("/my-booking/show")
    assert "This time has begun" in client.page.text
    client.page = asked
    assert send(client, "/my-booking/cancel").status_code == 409


@SQLITE
def test_no_link_says_that_an_appointment_is_cancelled_that_is_not(
    client: PageClient, clinic: OpenClinic
) -> None:
    """An address sent by a stranger must not keep somebody from coming."""
    book(client, clinic)

    client.get("/my-booking/show?news=cancelled")

    assert "The appointment is cancelled" not in client.page.text
