"""Limits of holds and bookings, by network, contact and person: against programs, not people.

The counts are moved on in the table instead of by hundreds of requests; the last step is a request.
"""

from typing import Literal

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build import doors
from tests.build.booking import NOW, URL, OpenClinic
from tests.build.doors import DOORS, Asker
from tests.page_checks import Element
from tests.web_client import PageClient
from vaxsite.accounts import tries
from vaxsite.accounts.models import Staff
from vaxsite.booking import rules
from vaxsite.booking.models import Appointment, Hold
from vaxsite.booking.services import appointments, lookups
from vaxsite.residents import queries as residents
from vaxsite.residents.rules import IdKind
from vaxsite.web.catalogs import translate

CLINICS_OWN = "203.0.113.7"  # RFC 5737: the one address behind which a whole clinic stands.
ELSEWHERE = "198.51.100.9"
BUSY = rules.SENTENCES[rules.Reason.NETWORK_BUSY]
STAFF_BUSY = rules.SENTENCES[rules.Reason.STAFF_BUSY]
ASKED = rules.SENTENCES[rules.Reason.QUESTION]


def used(sessions: sessionmaker[Session], key: str, times: int) -> None:
    """Let *key* have been counted so often in this window."""
    with sessions() as session, transaction(session):
        tries.count(session, key, NOW, step=times)


def browser_at(app: Flask, door: str, clinic: OpenClinic, address: str = CLINICS_OWN) -> PageClient:
    """Return a browser behind *address*, before the page of the times."""
    client = app.test_client()
    assert isinstance(client, PageClient)
    client.environ_base["REMOTE_ADDR"] = address
    DOORS[door](client)
    doors.answer(client, Asker())
    client.get("/book/vaccine")
    client.submit("/book/clinic", site=str(clinic.site_id))
    client.submit("/book/day", day="2026-01-13")
    return client


def hold(client: PageClient, clinic: OpenClinic, **more: str) -> str:
    """Ask for the first seat; return what is wrong, or nothing where it is held."""
    sent = client.submit("/book/time", slot=str(clinic.slot_ids[0]), **more)
    return "" if sent.status_code == 302 else " ".join(doors.faults(client))


def holds(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(Hold)) or 0


@pytest.mark.parametrize("door", DOORS)
def test_beyond_the_first_limit_residents_answer_a_question_and_staff_do_not(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, door: str
) -> None:
    """Without an answer no seat and a sentence that says what to do; with it the seat."""
    used(sessions, f"holds from {CLINICS_OWN}", rules.HOLDS_ASKED)
    client = browser_at(app, door, clinic)
    if door in {"phone", "counter"}:
        assert hold(client, clinic) == ""
        return

    assert hold(client, clinic) == ASKED
    assert holds(sessions) == 0
    client.get("/book/time")
    form = {one.attributes["name"]: one.attributes.get("value", "") for one in _hidden(client)}
    label = next(one.text for one in client.page.all("label") if "How much is" in one.text)
    numbers = [int(word) for word in label.replace("?", "").split() if word.isdigit()]
    assert hold(browser_at(app, door, clinic, ELSEWHERE), clinic) == "", "others are not asked"
    slot = str(clinic.slot_ids[0])
    sent = client.post("/book/time", data={**form, "slot": slot, "answer": str(sum(numbers))})
    assert sent.status_code == 302
    assert holds(sessions) == 2


def _hidden(client: PageClient) -> list[Element]:
    main = client.page.all("main")[0]
    inputs = client.page.within("input", main)
    return [one for one in inputs if one.attributes.get("type") == "hidden"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_beyond_the_last_limit_the_sentence_names_the_other_doors(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, language: str
) -> None:
    """Even an answer does not help; waiting, another connection or the clinic do."""
    used(sessions, f"holds from {CLINICS_OWN}", rules.HOLDS_MOST)
    client = browser_at(app, "web", clinic)
    sent = client.submit("/book/time", language=language, slot=str(clinic.slot_ids[0]))

    assert sent.status_code == 422
    assert doors.faults(client) == [translate(BUSY, language)]  # type: ignore[arg-type]  # The two.
    assert holds(sessions) == 0


@pytest.mark.parametrize("door", ["phone", "counter"])
def test_a_clinic_behind_one_address_goes_on_when_its_visitors_used_it_up(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, door: str
) -> None:
    """Waiting people book by the clinic's own network; nurse and agent are not in their count."""
    used(sessions, f"holds from {CLINICS_OWN}", rules.HOLDS_MOST)
    used(sessions, f"telling refusal to {CLINICS_OWN}", lookups.TELLING_A_NETWORK)
    assert hold(browser_at(app, "helper", clinic), clinic) == BUSY

    client = browser_at(app, door, clinic)
    last = doors.book(client, clinic, Asker(), 1)

    assert last == ["Your appointment is booked"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_staff_book_uses_up_nothing_of_their_network(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, language: Literal["en", "zh"]
) -> None:
    """A busy counter does not make residents answer questions; each of the staff has an own end.

    They are not sent to the clinic, in which they sit, but to a colleague.
    """
    client = browser_at(app, "counter", clinic)
    with sessions() as session:
        staff_id = session.scalars(select(Staff.id)).one()
    used(sessions, f"holds of staff {staff_id}", rules.HOLDS_OF_STAFF)

    sent = client.submit("/book/time", language=language, slot=str(clinic.slot_ids[0]))
    assert sent.status_code == 422
    assert doors.faults(client) == [translate(STAFF_BUSY, language)]
    assert holds(sessions) == 0
    assert hold(browser_at(app, "phone", clinic), clinic) == ""
    assert hold(browser_at(app, "web", clinic), clinic) == ""


def test_a_household_of_ipv6_is_one_network(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Another address of the same /64 is the same network; the next /64 is another (RFC 6177)."""
    used(sessions, "holds from 2001:db8:0:7::/64", rules.HOLDS_MOST)

    assert hold(browser_at(app, "web", clinic, "2001:db8:0:7:aaaa::1"), clinic) == BUSY
    assert hold(browser_at(app, "web", clinic, "2001:db8:0:8::1"), clinic) == ""


def test_one_phone_has_an_end_online_and_the_clinic_books_more(
    app: Flask,
    sessions: sessionmaker[Session],
    clinic: OpenClinic,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The sentence stands at the phone and names the way out; nothing of the person is stored."""
    who = Asker(details={"phone": "13912340000"})
    monkeypatch.setattr("vaxsite.booking.services.origins.CONTACT_MOST", 2)
    for index in (1, 2):
        assert doors.book(browser_at(app, "web", clinic), clinic, who, index) == [
            "Your appointment is booked"
        ]

    client = browser_at(app, "helper", clinic)
    last = doors.book(client, clinic, who, 3)
    assert last[0] == "Who will be vaccinated?"
    assert "call the clinic" in last[1]
    links = [one.attributes.get("href") for one in client.page.all("a")]
    assert "#phone" in links
    with sessions() as session:
        assert doors.stored(session, who, 3) == []
        number = who.typed(3)["id_number"]
        kind = IdKind.RESIDENT_ID
        assert residents.find_by_document(session, kind=kind, number=number) is None

    assert doors.book(browser_at(app, "phone", clinic), clinic, who, 3) == [
        "Your appointment is booked"
    ]


@pytest.mark.parametrize("door", DOORS)
def test_who_is_booked_and_cancelled_over_and_over_is_told_to_wait_or_call(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, door: str
) -> None:
    """A person blocks no seats by a program; at the desk somebody looks at it, so it goes on."""
    doors.book(browser_at(app, "web", clinic), clinic, Asker(), 1)
    with sessions() as session:
        person_id = session.scalars(select(Appointment.person_id)).one()
    used(sessions, f"booking of {person_id}", rules.BOOKINGS_OF_PERSON)
    with sessions() as session, transaction(session):
        cancel(session, clinic)

    client = browser_at(app, door, clinic)
    last = doors.book(client, clinic, Asker(), 1)

    if door in {"phone", "counter"}:
        assert last == ["Your appointment is booked"]
        return
    assert last == ["This cannot be booked"]
    assert "Wait 15 minutes, or call the clinic." in client.page.text


def cancel(session: Session, clinic: OpenClinic) -> None:
    """Cancel what is booked."""
    appointments.cancel(
        session,
        appointment_id=session.scalars(select(Appointment.id)).one(),
        my_booking_url=URL,
        actor=clinic.manager,
        now=NOW,
    )
