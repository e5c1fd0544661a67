"""Acts on calls to residents. Whoever has a fact to tell asks for a call in its transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.dialect import insert_if_absent
from sensors.store.moves import move
from sensors.store.transaction import in_portions
from vaxsite.calls import queries
from vaxsite.calls.models import CallTry, ResidentCall
from vaxsite.calls.rules import CALLS, PENDING, CallReason, CallResult, CallState, after
from vaxsite.core import audit
from vaxsite.core.actor import Actor, system
from vaxsite.core.ids import new_id

CLOSER = system("calls")
BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Callee:
    """Who is called, at which number, and in which language (`en` or `zh`)."""

    name: str
    phone: str | None
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A call that a clinic is to make.

    *key* is its own for ever. *about* names the record (`appointment:...`), as `close_about` does.
    *body* is what to tell, in the language of the callee. From *closes_at* on it is needless.
    """

    key: str
    site_id: int
    about: str
    reason: CallReason
    callee: Callee
    subject: str
    body: str
    closes_at: datetime


def ask(session: Session, wanted: Wanted, *, actor: Actor, now: datetime) -> bool:
    """Ask a clinic to call somebody; False where that was asked before, or is needless by now."""
    if wanted.closes_at <= now or queries.was_asked(session, key=wanted.key):
        return False
    call_id = new_id(now)
    asked = insert_if_absent(
        session,
        ResidentCall,
        id=call_id,
        call_key=wanted.key,
        site_id=wanted.site_id,
        about=wanted.about,
        reason=wanted.reason.value,
        state=CALLS.initial.value,
        name=wanted.callee.name,
        phone=wanted.callee.phone,
        language=wanted.callee.language,
        subject=wanted.subject,
        body=wanted.body,
        tries=0,
        due_at=now,
        closes_at=wanted.closes_at,
        created_at=now,
        changed_at=now,
    )
    if asked:
        detail = {"about": wanted.about, "reason": wanted.reason.value}
        _audit(session, actor, "call:ask", call_id, now, **detail)
    return asked


def record_result(
    session: Session,
    *,
    call_id: UUID,
    tries: int,
    result: CallResult,
    actor: Actor,
    now: datetime,
) -> CallState:
    """Write down what came of a try; return how the call stands.

    *tries* is how many were known to whoever called: raises `AlreadyMoved` where somebody else has
    written down another one meanwhile. Raises `NotFound` for calls of other clinics.
    """
    queries.lock(session, call_id=call_id)
    seen = queries.get_call(session, call_id=call_id, actor=actor)
    queries.check_seen(seen, tries)
    target, again_at = after(result, tries=tries + 1, now=now)
    values = {"tries": tries + 1, "changed_at": now}
    action = "call:try"
    if target is CallState.OPEN:
        row = session.get_one(ResidentCall, call_id)
        row.tries, row.changed_at, row.due_at = tries + 1, now, again_at or now
    else:
        step = move(
            session, ResidentCall, call_id, CALLS, source=CallState.OPEN, target=target, **values
        )
        action = step.audit
    session.add(
        CallTry(
            call_id=call_id,
            number=tries + 1,
            result=result.value,
            made_at=now,
            made_by=actor.id,
        )
    )
    session.flush()
    _audit(session, actor, action, call_id, now, result=result.value)
    return target


def close_about(session: Session, *, about: str, actor: Actor, now: datetime) -> int:
    """Close what is still to be called about a record: it is settled; return how many."""
    query = (
        select(ResidentCall.id, ResidentCall.state)
        .where(ResidentCall.about == about, ResidentCall.state.in_(PENDING))
        .order_by(ResidentCall.id)
        .with_for_update()
    )
    found = session.execute(query).all()
    for call_id, state in found:
        _close(session, call_id, CallState(state), actor, now)
    return len(found)


def close_past(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """Close what has passed, some hundred a transaction; return how many."""
    return in_portions(sessions, lambda session: _close_some(session, now), portion=BATCH)


def _close_some(session: Session, now: datetime) -> int:
    query = (
        select(ResidentCall.id, ResidentCall.state)
        .where(ResidentCall.state.in_(PENDING), ResidentCall.closes_at <= now)
        .order_by(ResidentCall.closes_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    found = session.execute(query).all()
    for call_id, state in found:
        _close(session, call_id, CallState(state), CLOSER, now)
    return len(found)


def _close(session: Session, call_id: UUID, state: CallState, actor: Actor, now: datetime) -> None:
    step = move(
        session,
        ResidentCall,
        call_id,
        CALLS,
        source=state,
        target=CallState.CLOSED,
        changed_at=now,
    )
    _audit(session, actor, step.audit, call_id, now)


def _audit(
    session: Session, actor: Actor, action: str, call_id: UUID, now: datetime, **detail: str
) -> None:
    subject = f"call:{call_id}"
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)
