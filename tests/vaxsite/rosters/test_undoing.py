"""What an undone roster leaves to whoever booked with its invitation: the seat, nothing more."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic, details_of
from tests.build.invitations import book_invited
from tests.build.rosters import GROUP, accepted, csv_file, line
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import AppointmentState
from vaxsite.booking.services import appointments
from vaxsite.core.actor import RESIDENT
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import RefusedAct
from vaxsite.invitations.models import Invitation
from vaxsite.invitations.rules.states import InvitationState, Reason
from vaxsite.invitations.services import inviting
from vaxsite.rosters import counting
from vaxsite.rosters.models import RosterMember
from vaxsite.rosters.services import undoing

Sessions = sessionmaker[Session]
ANA = details_of(index=1)
URL = "https://vaccination.example/my-booking"


@pytest.fixture
def clinic(sessions: Sessions) -> OpenClinic:
    """A clinic that is open for the group of the rosters only."""
    with sessions() as session, transaction(session):
        return an_open_clinic(session, group=GROUP)


def booked_by(sessions: Sessions, clinic: OpenClinic) -> tuple[UUID, UUID, UUID]:
    """A roster of two, the invitation of the first, and what they booked with it."""
    roster_id = accepted(sessions, clinic, csv_file(line(1), line(2, name="李静")))
    with sessions() as session, transaction(session):
        found = session.scalars(select(RosterMember).order_by(RosterMember.number)).first()
        assert found is not None
        assert found.invitation_id is not None
        booked = book_invited(session, clinic.slot_ids[0], ANA, found.invitation_id)
        return roster_id, found.invitation_id, booked


def undo(sessions: Sessions, clinic: OpenClinic, roster_id: UUID) -> None:
    with sessions() as session, transaction(session):
        undoing.undo(session, roster_id=roster_id, actor=clinic.manager, now=NOW)


def cancel(sessions: Sessions, appointment_id: UUID) -> None:
    with sessions() as session, transaction(session):
        appointments.cancel(
            session,
            appointment_id=appointment_id,
            my_booking_url=URL,
            actor=RESIDENT,
            now=NOW,
        )


def opens_nothing(sessions: Sessions, clinic: OpenClinic, invitation_id: UUID) -> None:
    """The invitation is taken back, and `vaxsite verify` finds all as it must be."""
    with sessions() as session:
        state = session.get_one(Invitation, invitation_id).state
        assert (state, counting.faults(session)) == (InvitationState.REVOKED, [])
    with pytest.raises(RefusedAct) as refused, sessions() as session, transaction(session):
        book_invited(session, clinic.slot_ids[1], ANA, invitation_id, browser="again")
    assert refused.value.decision.reason is Reason.REVOKED


def test_what_is_cancelled_after_the_undoing_does_not_open_the_invitation(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """The person keeps the seat; given back, it is not theirs to take once more."""
    roster_id, invitation_id, booked = booked_by(sessions, clinic)
    undo(sessions, clinic, roster_id)
    undoing.undo_due(sessions, now=NOW)
    with sessions() as session:
        assert session.get_one(Appointment, booked).state == AppointmentState.BOOKED

    cancel(sessions, booked)

    opens_nothing(sessions, clinic, invitation_id)
    with pytest.raises(RefusedAct) as refused, sessions() as session, transaction(session):
        inviting.renew(
            session,
            invitation_id=invitation_id,
            valid_to=NOW + timedelta(days=7),
            url=URL,
            actor=clinic.manager,
            now=NOW,
        )
    assert refused.value.decision.reason is Reason.ROSTER_OVER


def test_what_is_cancelled_before_the_worker_comes_does_not_either(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """Opened again by the cancelling, the invitation is taken back as one that was not used."""
    roster_id, invitation_id, booked = booked_by(sessions, clinic)
    undo(sessions, clinic, roster_id)
    cancel(sessions, booked)
    undoing.undo_due(sessions, now=NOW)

    opens_nothing(sessions, clinic, invitation_id)


def test_what_was_booked_can_be_moved_after_the_undoing(
    sessions: Sessions, clinic: OpenClinic
) -> None:
    """The seat that the person keeps moves as any other; only the unused are counted as revoked."""
    roster_id, _, booked = booked_by(sessions, clinic)
    undo(sessions, clinic, roster_id)
    undoing.undo_due(sessions, now=NOW)

    with sessions() as session, transaction(session):
        appointments.change(
            session,
            appointment_id=booked,
            sequence=0,
            slot_id=clinic.slot_ids[1],
            my_booking_url=URL,
            actor=RESIDENT,
            now=NOW,
        )

    with sessions() as session:
        assert session.get_one(Appointment, booked).slot_id == clinic.slot_ids[1]
        told = session.scalars(
            select(AuditEntry.detail).where(AuditEntry.action == "roster:undo-some")
        ).one()
    assert told["revoked"] == 1
