"""Answer an invitation. A dose is promised by one statement that counts, so it is promised once.

The call-out is locked by that statement, then the invitation and the entry.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from vaxsite.calls import services as calls
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.leftover import queries
from vaxsite.leftover.models import Callout, CalloutInvitation
from vaxsite.leftover.rules.forecast import minutes_to_come
from vaxsite.leftover.rules.states import CalloutState, InvitedState, Reason
from vaxsite.leftover.services import checks, vials
from vaxsite.waiting_list.models import WaitingEntry
from vaxsite.waiting_list.rules.states import EntryState
from vaxsite.waiting_list.services import checks as waiting_checks


def claim(session: Session, *, invitation_id: UUID, actor: Actor, now: datetime) -> bool:
    """Keep a dose for each of the people, if some are free; False where they have gone.

    Either way the answer is told at once, and who got none keeps the place on the waiting list.
    Saying yes twice is saying it once. Raise `RefusedAct` where the invitation is over.
    """
    callout_id = _callout_of(session, invitation_id)
    checks.lock(session, callout_id)
    row = _lock(session, invitation_id)
    if row.state == InvitedState.CLAIMED:
        return True
    entry = waiting_checks.lock(session, row.entry_id)
    if row.state != InvitedState.SENT or entry.state != EntryState.OFFERED:
        raise checks.refused(Reason.NOT_INVITED)
    callout = queries.get_callout(session, callout_id)
    come_by = now + timedelta(minutes=minutes_to_come(entry.notice_min))
    in_time = come_by <= queries.until(session, callout, now=now)
    kept = in_time and _promise(session, callout_id, entry.size)
    target = InvitedState.CLAIMED if kept else InvitedState.TOO_LATE
    values = {"answered_at": now, "come_by": come_by if kept else None}
    checks.advance(session, row, target, actor=actor, now=now, **values)
    calls.close_about(session, about=f"callout_invitation:{invitation_id}", actor=actor, now=now)
    if not kept:
        checks.give_place_back(session, row.entry_id, actor, now)
    return kept


def _promise(session: Session, callout_id: UUID, doses: int) -> bool:
    statement = (
        update(Callout)
        .where(
            Callout.id == callout_id,
            Callout.state == CalloutState.OPEN,
            Callout.promised + doses <= Callout.offered,
        )
        .values(promised=Callout.promised + doses)
        .execution_options(synchronize_session="fetch")
    )
    count: int = session.execute(statement).rowcount  # type: ignore[attr-defined]  # A CursorResult.
    return count == 1


def decline(session: Session, *, invitation_id: UUID, actor: Actor, now: datetime) -> None:
    """Say no; the place on the waiting list is kept."""
    row = _lock(session, invitation_id)
    if row.state != InvitedState.SENT:
        raise checks.refused(Reason.NOT_INVITED)
    checks.advance(session, row, InvitedState.DECLINED, actor=actor, now=now, answered_at=now)
    calls.close_about(session, about=f"callout_invitation:{invitation_id}", actor=actor, now=now)
    checks.give_place_back(session, row.entry_id, actor, now)


def arrive(session: Session, *, invitation_id: UUID, actor: Actor, now: datetime) -> None:
    """Somebody who was promised a dose is here: it leaves the vial, and they leave the list."""
    callout = checks.lock(session, _callout_of(session, invitation_id), actor)
    row = _lock(session, invitation_id)
    size = session.get_one(WaitingEntry, row.entry_id).size
    checks.advance(session, row, InvitedState.CAME, actor=actor, now=now)
    session.execute(
        update(Callout)
        .where(Callout.id == callout.id)
        .values(promised=Callout.promised - size, offered=Callout.offered - size)
        .execution_options(synchronize_session="fetch")
    )
    for _ in range(size):
        vials.use_next(session, callout_id=callout.id, actor=actor, now=now)
    entry = waiting_checks.lock(session, row.entry_id)
    if entry.state == EntryState.OFFERED:
        waiting_checks.advance(session, entry, EntryState.LEFT, actor=actor, now=now)
        waiting_checks.set_live(session, entry.id, live=False)


def _callout_of(session: Session, invitation_id: UUID) -> UUID:
    query = select(CalloutInvitation.callout_id).where(CalloutInvitation.id == invitation_id)
    callout_id = session.scalar(query)
    if callout_id is None:
        raise NotFound
    return callout_id


def _lock(session: Session, invitation_id: UUID) -> CalloutInvitation:
    row = session.get(
        CalloutInvitation, invitation_id, with_for_update=True, populate_existing=True
    )
    if row is None:
        raise NotFound
    return row
