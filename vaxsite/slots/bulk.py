"""Many sessions at once, for plans: stored, offered and called off as single ones are.

Whoever calls has checked who acts and what may be offered; each session leaves its own audit row.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from sensors.domain.states import AlreadyMoved
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.slots import queries, releasing
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.slots.rules import SESSIONS, Doses, PlannedSession, SessionState


def store(
    session: Session,
    *,
    product_id: int,
    laid_out: Sequence[tuple[int, Doses, PlannedSession]],
    actor: Actor,
    now: datetime,
) -> list[int]:
    """Store sessions with their slots, of a site each, not yet offered; return their ids."""
    rows = [
        ClinicSession(
            site_id=site_id,
            product_id=product_id,
            starts_at=planned.starts_at,
            ends_at=planned.ends_at,
            state=SESSIONS.initial.value,
            planned_by=actor.id,
            doses=doses.value,
        )
        for site_id, doses, planned in laid_out
    ]
    session.add_all(rows)
    session.flush()
    session.add_all(
        Slot(
            session_id=row.id,
            starts_at=starts_at,
            capacity=planned.seats,
            overbook_limit=planned.overbook,
        )
        for row, (_, _, planned) in zip(rows, laid_out, strict=True)
        for starts_at in planned.slots
    )
    for row, (_, _, planned) in zip(rows, laid_out, strict=True):
        detail = {"site": row.site_id, "product": product_id, "capacity": planned.capacity}
        _record(session, "session:plan", row.id, actor, now, detail)
    session.flush()
    return [row.id for row in rows]


def publish(
    session: Session,
    *,
    session_ids: Collection[int],
    actor: Actor,
    now: datetime,
    hours: int | None = None,
) -> None:
    """Offer planned sessions to the public; raise `AlreadyMoved` where one is none any more.

    With *hours* the seats come out in portions within that time, but those for later doses at
    once: who books the first one needs them.
    """
    _move(session, session_ids, SessionState.PLANNED, SessionState.PUBLISHED)
    step = SESSIONS.move(SessionState.PLANNED, SessionState.PUBLISHED)
    for session_id in sorted(session_ids):
        _record(session, step.audit, session_id, actor, now, {})
        if hours is not None and queries.get_session(session, session_id).doses is not Doses.LATER:
            releasing.withhold(session, session_id=session_id, hours=hours, actor=actor, now=now)


def call_off(
    session: Session,
    *,
    states: Mapping[int, SessionState],
    actor: Actor,
    now: datetime,
) -> int:
    """Call sessions off, given with the state in which they were seen.

    Return how many of their seats somebody has. Where that is not 0 the transaction must be rolled
    back: the free seats are closed already, so that nobody claims one meanwhile.
    """
    mine = Slot.session_id.in_(states)
    session.execute(select(Slot.id).where(mine).order_by(Slot.id).with_for_update())
    session.execute(
        update(Slot)
        .where(mine)
        .values(capacity=Slot.taken, withheld=0)
        .execution_options(synchronize_session=False)
    )
    owned = session.scalar(select(func.sum(Slot.taken + Slot.overbooked)).where(mine)) or 0
    for state in sorted(set(states.values())):
        ids = [one for one, seen in states.items() if seen is state]
        _move(session, ids, state, SessionState.CANCELLED)
        step = SESSIONS.move(state, SessionState.CANCELLED)
        for session_id in sorted(ids):
            _record(session, step.audit, session_id, actor, now, {})
    return int(owned)


def _move(session: Session, ids: Collection[int], source: StrEnum, target: StrEnum) -> None:
    """Move all or none, as `sensors.store.moves` moves one."""
    statement = (
        update(ClinicSession)
        .where(ClinicSession.id.in_(ids), ClinicSession.state == source.value)
        .values(state=target.value)
        .execution_options(synchronize_session="fetch")
    )
    if session.execute(statement).rowcount != len(ids):  # type: ignore[attr-defined]  # A CursorResult.
        raise AlreadyMoved(f"a session is no longer {source}")


def _record(
    session: Session,
    action: str,
    session_id: int,
    actor: Actor,
    now: datetime,
    detail: Mapping[str, object],
) -> None:
    subject = f"session:{session_id}"
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)
