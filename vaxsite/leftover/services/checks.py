"""What the acts on vials and call-outs share: the lock, the refusal, the moves, the audit row."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from sensors.store.moves import move
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Permission
from vaxsite.leftover.models import Callout, CalloutInvitation
from vaxsite.leftover.rules.states import CALLED_PEOPLE, SENTENCES, InvitedState, Reason
from vaxsite.waiting_list.rules.states import EntryState
from vaxsite.waiting_list.services import checks as waiting


def lock(session: Session, callout_id: UUID, actor: Actor | None = None) -> Callout:
    """Return the call-out, kept from every other act; with *actor* only one of their clinic."""
    row = session.get(Callout, callout_id, with_for_update=True, populate_existing=True)
    if row is None or (actor is not None and not actor.may(Permission.VISIT_WRITE, row.site_id)):
        raise NotFound
    return row


def refused(reason: Reason) -> RefusedAct:
    """Return the refusal to raise."""
    return RefusedAct(Refused(reason, "leftover doses"), SENTENCES)


def record(
    session: Session, action: str, subject: str, actor: Actor, now: datetime, **detail: object
) -> None:
    """Write the act into the audit."""
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)


def advance(
    session: Session,
    row: CalloutInvitation,
    target: InvitedState,
    *,
    actor: Actor,
    now: datetime,
    **values: object,
) -> None:
    """Move an invitation; raise `AlreadyMoved` where it cannot."""
    source = InvitedState(row.state)
    step = move(
        session, CalloutInvitation, row.id, CALLED_PEOPLE, source=source, target=target, **values
    )
    record(session, step.audit, f"callout_invitation:{row.id}", actor, now)


def give_place_back(session: Session, entry_id: UUID, actor: Actor, now: datetime) -> None:
    """Let the entry wait on at its place; nothing where it has left meanwhile."""
    entry = waiting.lock(session, entry_id)
    if entry.state == EntryState.OFFERED:
        waiting.advance(session, entry, EntryState.WAITING, actor=actor, now=now)
