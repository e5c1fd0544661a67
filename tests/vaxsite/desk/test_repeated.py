"""Forms sent twice, late, from an older tab or with values of somebody's own, at every door."""

from collections.abc import Mapping

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build import doors
from tests.build.booking import (
    NOW,
    OpenClinic,
    a_booked_resident,
    an_open_clinic,
    confirmed,
    details_of,
    holder,
)
from tests.build.doors import DOORS, Asker
from tests.build.pages import send
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.booking.models import Appointment, Hold
from vaxsite.booking.services import holds
from vaxsite.core.audit import AuditEntry
from vaxsite.core.permissions import Role


@pytest.mark.parametrize("door", DOORS)
def test_sent_twice_or_after_going_back_there_is_one_appointment(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, door: str
) -> None:
    """A double click, the form again, the pages before it: one appointment, no error."""
    client = doors.at(app, door)
    doors.to_details(client, clinic)
    client.submit("/book/details", **Asker().typed(1))
    shown = client.page
    for _ in range(3):
        client.page = shown
        assert send(client, "/book/confirm").location == "/book/done"
    client.page = shown
    assert send(client, "/book/other-time").status_code == 200
    for path in ("/book/details", "/book/check", "/book/second", "/book/another"):
        assert client.get(path, follow_redirects=True).status_code == 200

    assert doors.rows(sessions) == [1, 1]


@pytest.mark.parametrize("door", DOORS)
def test_an_expired_seat_that_somebody_took_loses_nothing_typed(
    app: Flask,
    sessions: sessionmaker[Session],
    clinic: OpenClinic,
    clock: FrozenClock,
    door: str,
) -> None:
    """The sentence says what happened; another time is one click away, with all that was typed."""
    with sessions() as session, transaction(session):
        small = an_open_clinic(session, code="small", seats=1, product_id=clinic.product_id)
    client = doors.at(app, door)
    doors.to_details(client, small)
    client.submit("/book/details", **Asker().typed(1))
    shown = client.page
    clock.advance(minutes=11)
    holds.expire_due(sessions, now=clock.now)
    with sessions() as session, transaction(session):
        held = holds.hold(session, slot_id=small.slot_ids[0], holder=holder("eve"), now=clock.now)
        confirmed(session, held=held, secret="eve", details=details_of("夏娃", index=99))
    client.page = shown
    late = send(client, "/book/confirm")

    assert late.status_code == 409
    assert "somebody else took the seat" in client.page.text
    assert doors.rows(sessions) == [1, 1]
    again = send(client, "/book/confirm", slot=str(small.slot_ids[1]))
    assert again.location == "/book/done"


TAMPERED: Mapping[str, dict[str, str]] = {
    "no hold": {"hold": ""},
    "a hold that is none": {"hold": "mine"},
    "a hold of nobody": {"hold": "00000000-0000-0000-0000-000000000001"},
    "a time that is none": {"slot": "99999"},
    "a time beyond all numbers": {"slot": "9" * 30},
    "a time below all numbers": {"slot": "-" + "9" * 30},
}


@pytest.mark.parametrize("door", DOORS)
def test_a_tampered_form_books_nothing(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, door: str
) -> None:
    """Another's hold, a hold or a time that is none: other times are offered, nothing is booked."""
    with sessions() as session, transaction(session):
        other = holds.hold(session, slot_id=clinic.slot_ids[1], holder=holder("eve"), now=NOW)
    client = doors.at(app, door)
    doors.to_details(client, clinic)
    client.submit("/book/details", **Asker().typed(1))
    shown, answers = client.page, {}
    for case, changed in {**TAMPERED, "a foreign hold": {"hold": str(other.id)}}.items():
        client.page = shown
        sent = send(client, "/book/confirm", **changed)
        answers[case] = (sent.status_code, client.page.all("h1")[0].text.strip())

    assert set(answers.values()) == {(409, "Choose another time")}
    assert doors.rows(sessions) == [0, 0]


@pytest.mark.parametrize("door", DOORS)
def test_a_time_that_is_none_is_explained(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, door: str
) -> None:
    """The page of the times stays, with a sentence; nothing is held."""
    client = doors.at(app, door)
    doors.answer(client, Asker())
    client.submit("/book/clinic", site=str(clinic.site_id))
    client.submit("/book/day", day="2026-01-13")
    found = {}
    for slot in ("9" * 30, "99999", "-1", "soon", "\N{GRINNING FACE}", ""):
        sent = client.submit("/book/time", slot=slot)
        found[slot] = (sent.status_code, doors.said_at(client)["slot"][:7])

    assert set(found.values()) == {(422, "Choose ")}
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Hold)) == 0


@pytest.mark.parametrize("door", DOORS)
def test_of_two_tabs_the_time_chosen_last_counts(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, door: str
) -> None:
    """The older tab is told so; the newer one books."""
    client = doors.at(app, door)
    doors.to_details(client, clinic)
    client.submit("/book/details", **Asker().typed(1))
    older = client.page
    client.submit("/book/time", slot=str(clinic.slot_ids[1]))
    client.submit("/book/details", **Asker().typed(1))
    newer = client.page

    client.page = older
    stale = send(client, "/book/confirm")
    assert stale.status_code == 409
    assert "perhaps in another window" in client.page.text
    assert doors.rows(sessions) == [0, 0]
    client.page = newer
    assert send(client, "/book/confirm").location == "/book/done"
    with sessions() as session:
        assert session.scalars(select(Appointment.slot_id)).one() == clinic.slot_ids[1]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("door", ["phone", "counter"])
def test_a_tampered_answer_to_who_asks_is_refused(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, door: str, language: str
) -> None:
    """Whom somebody acts for is never guessed: nothing begins, nothing is opened, a sentence."""
    said = {
        "en": "Choose who asks: the person, or somebody for them.",
        "zh": "请选择由谁提出预约：本人，还是代办人。",
    }[language]
    with sessions() as session, transaction(session):
        booked = a_booked_resident(session, slot_id=clinic.slot_ids[0])
    client = app.test_client()
    assert isinstance(client, PageClient)
    client.sign_in({"phone": Role.PHONE_AGENT, "counter": Role.NURSE}[door])
    for address in ("/desk/begin", f"/desk/appointments/{booked}"):
        for relation in ("king", "", "\N{GRINNING FACE}", "9" * 10_000):
            client.get("/desk", language=language)
            token = client.page.all("input")[0].attributes["value"]
            fields = {"csrf_token": token, "relation": relation}
            sent = client.post(address, data=fields, language=language)
            assert sent.status_code == 422, (address, relation)
            assert doors.said_at(client) == {"relation": said}

    assert client.get("/book/occupation").location == "/book"
    assert client.get("/my-booking/show").location == "/my-booking"
    with sessions() as session:
        acts = session.scalars(select(AuditEntry.action)).all()
    assert not {"person:read", "appointment:act-for"} & set(acts)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("role", [Role.PHONE_AGENT, Role.NURSE])
def test_a_tampered_door_is_refused(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, role: Role, language: str
) -> None:
    """One that the member of staff has not, or that is none, is not taken for one of theirs."""
    said = {
        "en": "You do not book for people who come this way. Begin again.",
        "zh": "您不办理此渠道的预约，请重新开始。",
    }[language]
    own, other = ("phone", "counter") if role is Role.PHONE_AGENT else ("counter", "phone")
    with sessions() as session, transaction(session):
        booked = a_booked_resident(session, slot_id=clinic.slot_ids[0])
    client = app.test_client()
    assert isinstance(client, PageClient)
    client.sign_in(role)
    for address in ("/desk/begin", f"/desk/appointments/{booked}"):
        for came_by in (other, "web", "walk_in", "window"):
            client.get("/desk", language=language)
            token = client.page.all("input")[0].attributes["value"]
            fields = {"csrf_token": token, "relation": "self", "came_by": came_by}
            sent = client.post(address, data=fields, language=language)
            assert sent.status_code == 422, (address, came_by)
            assert doors.said_at(client) == {"came_by": said}
    assert client.get("/book/occupation").location == "/book"
    assert client.get("/my-booking/show").location == "/my-booking"

    begun = client.submit("/desk", relation="child")
    assert begun.location == "/book"
    client.get("/book", language="en")
    assert {"phone": "By phone", "counter": "At the counter"}[own] in client.page.text
