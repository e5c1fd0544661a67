"""An appointment that is looked for and changed at every door: foreign, stale, sent twice, late."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build import doors
from tests.build.booking import OpenClinic, a_booked_resident, an_open_clinic, details_of
from tests.build.doors import DOORS, Asker
from tests.build.pages import BORN, look_up, send
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.booking import counting
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import AppointmentState
from vaxsite.booking.services import holds
from vaxsite.core.ids import show_reference
from vaxsite.desk import rules as desk
from vaxsite.desk.rules import Reason

STAFF = ("phone", "counter")
OTHER_DAY = {**BORN, "born_on-day": "6"}


@pytest.fixture
def mine(sessions: sessionmaker[Session], clinic: OpenClinic) -> UUID:
    """An appointment at the clinic."""
    with sessions() as session, transaction(session):
        return a_booked_resident(session, slot_id=clinic.slot_ids[0])


@pytest.fixture
def foreign(sessions: sessionmaker[Session], clinic: OpenClinic, mine: UUID) -> UUID:
    """Somebody else's appointment, at a clinic for which nobody at these doors works."""
    with sessions() as session, transaction(session):
        other = an_open_clinic(session, code="other", product_id=clinic.product_id)
        there = details_of("王一", index=2)
        return a_booked_resident(session, slot_id=other.slot_ids[0], secret="w", details=there)


def row(sessions: sessionmaker[Session], appointment_id: UUID) -> tuple[str, int, str, int]:
    """Reference, slot, state and sequence of an appointment."""
    with sessions() as session:
        one = session.get_one(Appointment, appointment_id)
        return show_reference(one.reference), one.slot_id, one.state, one.sequence


def opened(app: Flask, door: str, reference: str) -> PageClient:
    """A browser at the door that has found the appointment, before its pages."""
    client = doors.at(app, door)
    if door in STAFF:
        client.submit("/desk", reference=reference)
        client.get(send(client, "/desk/appointments/").location)
    else:
        client.get(look_up(client, reference).location)
    return client


def answered(client: PageClient, door: str, reference: str, born: dict[str, str]) -> object:
    """What is said to who types this."""
    if door in STAFF:
        sent = client.submit("/desk", reference=reference)
    else:
        sent = look_up(client, reference, **born)
    return sent.status_code, doors.said_at(client)


@pytest.mark.parametrize("door", DOORS)
def test_wrong_and_foreign_references_have_one_answer_at_every_door(
    app: Flask, sessions: sessionmaker[Session], mine: UUID, foreign: UUID, door: str
) -> None:
    """Unknown, mistyped, another's: one sentence, and neither appointment is opened or changed."""
    before = row(sessions, mine), row(sessions, foreign)
    typed = [("7K3-9QF2-M4T", BORN), ("nonsense", BORN), ("\N{GRINNING FACE}", BORN)]
    typed += [(before[1][0], BORN)] if door in STAFF else [(before[0][0], OTHER_DAY)]

    found = [answered(doors.at(app, door), door, one, born) for one, born in typed]

    assert len({str(one) for one in found}) == 1
    assert found[0][0] == 422  # type: ignore[index]  # Status and sentences.
    client = doors.at(app, door)
    if door in STAFF:
        assert found[0] == (422, {"reference": desk.SENTENCES[Reason.UNKNOWN]})
        token = {"csrf_token": client.token(), "relation": "self"}
        assert client.post(f"/desk/appointments/{foreign}", data=token).status_code == 404
    assert client.get("/my-booking/show").location == "/my-booking"
    assert (row(sessions, mine), row(sessions, foreign)) == before


@pytest.mark.parametrize("door", DOORS)
def test_a_change_in_a_stale_tab_is_named_at_every_door(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, mine: UUID, door: str
) -> None:
    """The older of two tabs is told so and moves nothing; cancelling twice is cancelling once."""
    client = opened(app, door, row(sessions, mine)[0])
    client.get("/my-booking/change?day=2026-01-13")
    older = client.page
    assert send(client, "/my-booking/change", slot=str(clinic.slot_ids[1])).status_code == 302
    client.page = older
    stale = send(client, "/my-booking/change", slot=str(clinic.slot_ids[0]))

    assert stale.status_code == 422
    assert "changed in another window meanwhile" in client.page.text
    assert row(sessions, mine)[1:] == (clinic.slot_ids[1], AppointmentState.BOOKED, 1)

    client.get("/my-booking/cancel")
    shown = client.page
    for _ in range(2):
        client.page = shown
        assert send(client, "/my-booking/cancel").status_code == 302
    assert row(sessions, mine)[1:] == (clinic.slot_ids[1], AppointmentState.CANCELLED, 2)
    with sessions() as session:
        assert [one.taken for one in counting.count_seats(session)] == [0, 0]


@pytest.mark.parametrize("door", DOORS)
def test_an_expired_seat_that_is_still_free_is_booked_at_every_door(
    app: Flask,
    sessions: sessionmaker[Session],
    clinic: OpenClinic,
    clock: FrozenClock,
    door: str,
) -> None:
    """Who typed too long gets the seat where nobody wanted it; sent again it is one appointment."""
    client = doors.at(app, door)
    doors.to_details(client, clinic)
    client.submit("/book/details", **Asker().typed(1))
    shown = client.page
    clock.advance(minutes=11)
    holds.expire_due(sessions, now=clock.now)

    for said in ("/book/done?late=1", "/book/done"):  # Told once that it was late.
        client.page = shown
        assert send(client, "/book/confirm").location == said

    with sessions() as session:
        assert session.scalars(select(Appointment.slot_id)).all() == [clinic.slot_ids[0]]
        assert [one.booked for one in counting.count_seats(session)] == [1, 0]
        assert all(one.balanced for one in counting.count_seats(session))
