"""Who booked as one of a group that is proved at the door shows the proof, or has no visit."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, a_booked_resident, an_open_clinic, details_of
from tests.build.stock import staff_of
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.booking import counting
from vaxsite.booking import queries as booking
from vaxsite.booking.rules import AppointmentState
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Role
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import Attributes, Occupation, Proof, fits
from vaxsite.visits import services
from vaxsite.visits.rules import Identity, VisitReason

TODAY = NOW + timedelta(days=1)
WITHOUT = [Identity.NAME, Identity.BIRTH_DATE, Identity.DOCUMENT]


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session, group="key-occupations-1")


@pytest.fixture
def nurse_booked(sessions: sessionmaker[Session], clinic: OpenClinic) -> UUID:
    """Ana booked for today as somebody who works in health care."""
    with sessions() as session, transaction(session):
        return a_booked_resident(
            session, slot_id=clinic.slot_ids[0], details=details_of(occupation="health-care")
        )


def check_in(
    sessions: sessionmaker[Session], clinic: OpenClinic, who: UUID, confirmed: list[Identity]
) -> None:
    with sessions() as session, transaction(session):
        services.check_in(
            session,
            appointment_id=who,
            confirmed=confirmed,
            actor=staff_of(clinic.site_id, Role.NURSE),
            now=TODAY,
        )


def turn_away(sessions: sessionmaker[Session], clinic: OpenClinic, who: UUID) -> None:
    with sessions() as session, transaction(session):
        actor = staff_of(clinic.site_id, Role.NURSE)
        services.turn_away(session, appointment_id=who, actor=actor, now=TODAY)


def test_without_the_proof_no_visit_begins(
    sessions: sessionmaker[Session], clinic: OpenClinic, nurse_booked: UUID
) -> None:
    """Name, birth date and document are not enough; with the proof they are."""
    with pytest.raises(RefusedAct) as caught:
        check_in(sessions, clinic, nurse_booked, WITHOUT)
    assert caught.value.decision.reason is VisitReason.PROOF_MISSING

    check_in(sessions, clinic, nurse_booked, list(Identity))
    with sessions() as session:
        assert booking.get_appointment(session, nurse_booked).state is AppointmentState.ARRIVED


def test_who_is_turned_away_gives_the_seat_back_once(
    sessions: sessionmaker[Session], clinic: OpenClinic, nurse_booked: UUID
) -> None:
    """The seat is free again, the reason is in the audit, and a second press changes nothing."""
    turn_away(sessions, clinic, nurse_booked)
    with pytest.raises(AlreadyMoved):
        turn_away(sessions, clinic, nurse_booked)

    with sessions() as session:
        [count] = counting.count_seats(session, slot_ids=clinic.slot_ids[:1])
        told = session.scalars(
            select(AuditEntry.detail).where(AuditEntry.action == "visit:turn-away")
        ).all()
    assert (count.free, count.booked, count.balanced) == (5, 0, True)
    assert told == [{"reason": "proof_missing", "group": "key-occupations-1"}]


def test_who_needs_no_proof_is_not_turned_away_for_it(sessions: sessionmaker[Session]) -> None:
    """A group that is believed has no such button, and checks in with the three."""
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session)
        made = a_booked_resident(session, slot_id=clinic.slot_ids[0])
    with pytest.raises(NotFound):
        turn_away(sessions, clinic, made)
    check_in(sessions, clinic, made, WITHOUT)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_asks_for_it_and_turns_away(
    client: PageClient,
    clinic: OpenClinic,
    nurse_booked: UUID,
    clock: FrozenClock,
    language: str,
) -> None:
    """The nurse sees the group to be proved, and after turning away that it is cancelled."""
    clock.now = TODAY
    client.sign_in(Role.NURSE, site=clinic.site_id)
    address = f"/clinic/appointments/{nurse_booked}"
    shown = client.get(address, language=language).text
    assert ("Key occupations" if language == "en" else "重点人群") in shown
    token = client.token()

    client.post(f"{address}/turn-away", data={"csrf_token": token}, language=language)

    assert ("Cancelled" if language == "en" else "已取消") in client.get(
        address, language=language
    ).text


def test_nobody_says_themselves_onto_a_roster() -> None:
    """The same group is entered by what somebody says, except where a roster proves it."""
    who = Attributes(details_of().born_on, Occupation.HEALTH_CARE, False)
    group = eligibility.groups().groups[0]
    values = {name: getattr(group, name) for name in group.__slots__}
    by_proof = {
        proof: fits(type(group)(**{**values, "proof": proof}), who, NOW.date()) for proof in Proof
    }
    assert by_proof == {Proof.SELF_DECLARED: True, Proof.DOCUMENT: True, Proof.ROSTER: False}
