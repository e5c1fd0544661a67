"""What the acts on the waiting list share: the lock, the refusal, the move, the audit row."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from sensors.store.moves import move
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.waiting_list.models import WaitingEntry, WaitingMember
from vaxsite.waiting_list.rules.states import SENTENCES, WAITING_ENTRIES, EntryState, Reason


def lock(session: Session, entry_id: UUID) -> WaitingEntry:
    """Return the entry, kept from every other act until the commit; raise `NotFound`."""
    row = session.get(WaitingEntry, entry_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def refused(reason: Reason) -> RefusedAct:
    """Return the refusal to raise."""
    return RefusedAct(Refused(reason, "waiting list"), SENTENCES)


def advance(
    session: Session,
    row: WaitingEntry,
    target: EntryState,
    *,
    actor: Actor,
    now: datetime,
    **values: object,
) -> None:
    """Move the entry and write it into the audit; raise `AlreadyMoved` where it cannot."""
    source = EntryState(row.state)
    step = move(
        session,
        WaitingEntry,
        row.id,
        WAITING_ENTRIES,
        source=source,
        target=target,
        changed_at=now,
        **values,
    )
    record(session, step.audit, f"waiting_entry:{row.id}", actor, now)


def set_live(session: Session, entry_id: UUID, live: bool) -> None:
    """Let the people of an entry wait, or be free to join another list."""
    session.execute(
        update(WaitingMember).where(WaitingMember.entry_id == entry_id).values(live=live)
    )


def record(
    session: Session, action: str, subject: str, actor: Actor, now: datetime, **detail: object
) -> None:
    """Write the act into the audit."""
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)
