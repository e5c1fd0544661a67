"""The booking desk: who may look whom up, how often, and what is written down of it."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build import booking, doors
from tests.build.booking import NOW, OpenClinic, a_booked_resident, an_open_clinic, details_of
from tests.build.doors import Asker
from tests.build.pages import send
from tests.build.stock import staff_of
from tests.web_client import PageClient
from vaxsite.booking.models import Appointment, BookingOrigin
from vaxsite.core.actor import Actor
from vaxsite.core.audit import AuditEntry
from vaxsite.core.decisions import Refused
from vaxsite.core.ids import show_reference
from vaxsite.core.permissions import Role
from vaxsite.desk import rules, services
from vaxsite.desk.services import Wanted

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """A clinic, and another one for which the member of staff does not work."""
    with sessions() as session, transaction(session):
        made = an_open_clinic(session, seats=9)
        other = an_open_clinic(session, code="other", product_id=made.product_id)
        a_booked_resident(session, slot_id=made.slot_ids[0])
        there = details_of("王一", index=2)
        a_booked_resident(session, slot_id=other.slot_ids[0], secret="w", details=there)
        return made


@pytest.fixture
def agent(clinic: OpenClinic) -> Actor:
    """A phone agent of the first clinic."""
    return staff_of(clinic.site_id, Role.PHONE_AGENT)


def acts(session: Session) -> list[str]:
    return [one.action for one in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(name="陈 安娜", born_on=details_of().born_on),
        Wanted(id_number=booking.person_number(1).lower()),
    ],
    ids=["name", "document"],
)
def test_somebody_is_found_and_every_look_is_written_down(
    sessions: sessionmaker[Session], agent: Actor, wanted: Wanted
) -> None:
    """The name as it is spoken, the number as it is typed; the audit names no person by name."""
    with sessions() as session, transaction(session):
        found = services.search(session, wanted=wanted, actor=agent, now=NOW)

    assert not isinstance(found, Refused)
    assert [one.name for one in found] == ["陈安娜"]
    with sessions() as session:
        rows = [one for one in session.scalars(select(AuditEntry)) if one.actor_id == agent.id]
        assert [one.action for one in rows] == ["person:search", "person:read"]
        assert "陈" not in str([one.detail for one in rows])


def test_people_of_other_clinics_are_not_found(
    sessions: sessionmaker[Session], agent: Actor
) -> None:
    """They are answered like people who do not exist."""
    with sessions() as session, transaction(session):
        found = services.search(
            session, wanted=Wanted(id_number=booking.person_number(2)), actor=agent, now=NOW
        )

    assert isinstance(found, Refused)
    assert found.reason is rules.Reason.UNKNOWN


def test_searching_has_an_end(sessions: sessionmaker[Session], agent: Actor) -> None:
    """Who leafs through people is stopped, also by searches that find nobody."""
    last: object = None
    for _ in range(rules.SEARCHES_OF_STAFF + 1):
        with sessions() as session, transaction(session):
            wanted = Wanted(name="没有", born_on=details_of().born_on)
            last = services.search(session, wanted=wanted, actor=agent, now=NOW)

    assert isinstance(last, Refused)
    assert last.reason is rules.Reason.TOO_MANY


@SQLITE
@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_agent_finds_reads_out_and_cancels(
    client: PageClient, sessions: sessionmaker[Session], clinic: OpenClinic, language: str
) -> None:
    """The caller's own pages, with the agent's name in the audit beside for whom."""
    staff_id = client.sign_in(Role.PHONE_AGENT)
    born = {"born_on-year": "1985", "born_on-month": "5", "born_on-day": "5"}
    client.submit("/desk", language=language, name="陈安娜", **born)
    assert "Tina Ma" in client.page.text, "the head names who is signed in"
    opened = send(client, "/desk/appointments/", language)
    client.get(opened.location, language=language)
    with sessions() as session:
        reference = session.scalars(
            select(Appointment.reference).where(Appointment.slot_id == clinic.slot_ids[0])
        ).first()
        assert reference is not None
    assert show_reference(reference) in client.page.text
    client.get("/my-booking/cancel", language=language)
    send(client, "/my-booking/cancel", language)

    with sessions() as session:
        mine = [one for one in session.scalars(select(AuditEntry)) if one.actor_id == str(staff_id)]
        told = {one.action: one.detail for one in mine}
        assert "appointment:cancel" in told
        assert told["appointment:act-for"] == {"came_by": "phone", "relation": "self"}


@SQLITE
def test_both_who_is_responsible_and_who_executed_are_kept(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """A daughter calls: the row says daughter, phone, agent, and that the slip goes by post."""
    app.config["VAXSITE_DEMO"] = True
    client = app.test_client()
    assert isinstance(client, PageClient)
    staff_id = client.sign_in(Role.PHONE_AGENT, site=clinic.site_id)
    client.get("/desk")
    send(client, "/desk/begin", relation="child")
    who = Asker(details={"phone": "", "reach": "post", "address": "滨河路1号"})
    doors.answer(client, who)
    doors.offer(client, clinic)
    assert doors.book(client, clinic, who, 7) == ["Your appointment is booked"]

    with sessions() as session:
        row = session.scalars(
            select(BookingOrigin).where(BookingOrigin.acted_by.is_not(None))
        ).one()
        assert (row.came_by, row.relation, row.reach) == ("phone", "child", "post")
        assert row.acted_by == str(staff_id)
    client.get("/desk")
    assert "滨河路1号" in client.page.text
    send(client, "/desk/slips/")
    client.get("/desk")
    assert "滨河路1号" not in client.page.text


@SQLITE
def test_the_next_caller_meets_nothing_of_the_one_before(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Answers, the opened booking and the held seat go when the desk is done with a person."""
    client = doors.at(app, "phone")
    doors.answer(client, Asker())
    doors.offer(client, clinic)
    client.submit("/book/day", day="2026-01-13")
    client.submit("/book/time", slot=str(clinic.slot_ids[1]))
    client.get("/book/details")
    assert send(client, "/desk/end").location == "/desk"

    assert client.get("/book/occupation").location == "/book"
    with sessions() as session:
        assert "hold:release" in acts(session)


@SQLITE
def test_a_door_of_staff_closes_with_the_sign_out(app: Flask, clinic: OpenClinic) -> None:
    """Whoever is signed out in the middle books as a resident does, and is told so."""
    client = doors.at(app, "counter")
    with client.session_transaction() as cookie:
        cookie.pop("token")
    client.get("/book")

    assert "At the counter" not in client.page.text


@SQLITE
def test_a_mistyped_number_is_said_before_anybody_is_looked_up(
    client: PageClient, clinic: OpenClinic
) -> None:
    """The reason stands beside the field, and nothing was searched."""
    client.sign_in(Role.PHONE_AGENT)
    sent = client.submit("/desk", id_number="99010119850505001")

    assert sent.status_code == 422
    assert "18 characters" in client.page.text
