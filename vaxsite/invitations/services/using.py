"""Open an invitation with its code, use it in the transaction of a booking, give it back."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from vaxsite.accounts import tries
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.invitations import queries
from vaxsite.invitations.models import Invitation
from vaxsite.invitations.rules import states
from vaxsite.invitations.rules.states import InvitationState, Reason, Terms
from vaxsite.invitations.services.inviting import advance
from vaxsite.residents import queries as residents
from vaxsite.residents.services import PersonDetails


def look_up(
    session: Session, *, typed: str, born_on: date, network: str, now: datetime
) -> UUID | None:
    """Return the invitation, searched for as `tries.search` does: the caller always commits."""
    code = states.read_code(typed)
    return tries.search(
        session,
        lambda: queries.find_by_code(session, code=code, born_on=born_on) if code else None,
        limits={
            f"invitation {code or typed}": states.TRIES_A_CODE,
            f"invitations from {network}": states.TRIES_A_NETWORK,
        },
        refusal=refusal(Reason.TOO_MANY_TRIES),
        now=now,
    )


def lock(session: Session, *, invitation_id: UUID) -> Terms:
    """Return the invitation as it stands, kept from everybody else; raise `NotFound`."""
    query = select(Invitation.id).where(Invitation.id == invitation_id).with_for_update()
    if session.scalar(query) is None:
        raise NotFound
    return queries.get_invitation(session, invitation_id).terms


def is_for(session: Session, *, invitation_id: UUID, details: PersonDetails) -> bool:
    """Tell whether the invitation is for the person: birth date, and document or name.

    Where the invitation knows a document and the person shows one, the document decides.
    """
    row = session.get_one(Invitation, invitation_id)
    if row.born_on != details.born_on:
        return False
    if row.id_index is not None and details.id_number is not None:
        return row.id_index == residents.document_index(details.id_kind, details.id_number)
    return row.name_index == residents.name_index(details.name)


def use(session: Session, *, invitation_id: UUID, actor: Actor, now: datetime) -> None:
    """Use the invitation up, in the transaction that books; raise `RefusedAct` if it was."""
    source, target = InvitationState.OPEN, InvitationState.USED
    advance(session, invitation_id, source, target, actor=actor, now=now)


def give_back(session: Session, *, invitation_id: UUID, actor: Actor, now: datetime) -> None:
    """Let the person use it again: what they had booked with it was cancelled."""
    if lock(session, invitation_id=invitation_id).state is not InvitationState.USED:
        # Of two doses booked with it the other one was cancelled before; or it was taken back.
        return
    source, target = InvitationState.USED, InvitationState.OPEN
    advance(session, invitation_id, source, target, actor=actor, now=now)


def refusal(reason: Reason) -> RefusedAct:
    """Return the refusal to raise."""
    return RefusedAct(Refused(reason, states.RULE), states.SENTENCES)
