"""Releases the seats of published sessions in portions: withheld at publishing, let out when due.

`slot.withheld` counts the seats that are not out yet; `seats.exchange` keeps the public from them
by its statement. Each portion is let out once, whoever runs and however late.
"""

import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.columns import table_of
from sensors.store.transaction import transaction
from vaxsite.core import audit
from vaxsite.core.actor import Actor, system
from vaxsite.core.errors import NotFound
from vaxsite.slots import queries
from vaxsite.slots.models import ClinicSession, SeatPortion, Slot, Trickle
from vaxsite.slots.rules import SessionState
from vaxsite.slots.trickling import Lot, Portion, Terms, read_terms, schedule

RELEASER = system("release-seats")
SECRET_BYTES = 32
LET_OUT = (
    update(table_of(Slot))
    .where(Slot.id == bindparam("slot"))
    .values(withheld=Slot.withheld - bindparam("seats"))
)


@dataclass(frozen=True, slots=True)
class Committed:
    """What the public may know of a trickle: its digest, and everything when all seats are out."""

    session_id: int
    digest: str
    ends_at: datetime  # When the last portion is due.
    text: str | None
    portions: tuple[Portion, ...]


def withhold(session: Session, *, session_id: int, hours: int, actor: Actor, now: datetime) -> None:
    """Let the seats of a session that is just being published out within *hours*, not at once.

    The digest of the schedule goes into the audit in the same transaction.
    """
    found = queries.slots_of_session(session, session_id)
    begins_at = now.replace(microsecond=0)
    terms = Terms(
        secret=secrets.token_hex(SECRET_BYTES),
        session_id=session_id,
        begins_at=begins_at,
        ends_at=begins_at + timedelta(hours=hours),
        timezone=found[0].timezone,
        lots=tuple(Lot(slot.starts_at, slot.capacity) for slot in found),
    )
    portions = schedule(terms)
    ends_at = max(one.due_at for one in portions)
    session.add(
        Trickle(session_id=session_id, digest=terms.digest, text=terms.text, ends_at=ends_at)
    )
    ids = {slot.starts_at: slot.id for slot in found}
    session.execute(insert(SeatPortion), [_row(one, ids[one.starts_at], now) for one in portions])
    later = Counter[int]()
    for one in portions:
        later[ids[one.starts_at]] += one.seats if one.due_at > now else 0
    for slot_id, seats in sorted(later.items()):
        session.execute(
            update(Slot)
            .where(Slot.id == slot_id)
            .values(withheld=seats)
            .execution_options(synchronize_session=False)
        )
    detail = {"digest": terms.digest, "hours": hours, "seats": sum(later.values())}
    _record(session, "session:trickle", session_id, actor, now, detail)
    session.flush()


def release_due(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """Let out every portion that is due, a transaction for each session; return how many seats."""
    due = (
        select(Slot.session_id)
        .join(SeatPortion, SeatPortion.slot_id == Slot.id)
        .join(ClinicSession, ClinicSession.id == Slot.session_id)
        .where(
            SeatPortion.released_at.is_(None),
            SeatPortion.due_at <= now,
            ClinicSession.state != SessionState.CANCELLED,
        )
        .distinct()
        .order_by(Slot.session_id)
    )
    with sessions() as session:
        session_ids = list(session.scalars(due))
    done = 0
    for session_id in session_ids:
        with sessions() as session, transaction(session):
            done += release(session, session_id=session_id, now=now)
    return done


def release(session: Session, *, session_id: int, now: datetime) -> int:
    """Let out the portions of the session that are due and still in; return how many seats."""
    slot_ids = list(
        session.scalars(
            select(Slot.id).where(Slot.session_id == session_id).order_by(Slot.id).with_for_update()
        )
    )
    rows = session.execute(
        select(SeatPortion.id, SeatPortion.slot_id, SeatPortion.seats)
        .join(Slot, Slot.id == SeatPortion.slot_id)
        .join(ClinicSession, ClinicSession.id == Slot.session_id)
        .where(
            SeatPortion.slot_id.in_(slot_ids),
            ClinicSession.state != SessionState.CANCELLED,
            SeatPortion.due_at <= now,
            SeatPortion.released_at.is_(None),
        )
    ).all()
    if not rows:
        return 0
    session.execute(
        update(SeatPortion)
        .where(SeatPortion.id.in_([row.id for row in rows]))
        .values(released_at=now)
        .execution_options(synchronize_session=False)
    )
    out = Counter[int]()
    for row in rows:
        out[row.slot_id] += row.seats
    for slot_id, seats in sorted(out.items()):
        session.execute(LET_OUT, {"slot": slot_id, "seats": seats})
    told = {str(slot_id): seats for slot_id, seats in sorted(out.items())}
    _record(session, "session:release", session_id, RELEASER, now, {"slots": told})
    return sum(out.values())


def committed(session: Session, *, session_id: int, now: datetime) -> Committed:
    """Return what may be known of the session's trickle now; raise `NotFound` without one."""
    row = session.get(Trickle, session_id, populate_existing=True)
    if row is None:
        raise NotFound
    if row.ends_at >= now:
        return Committed(session_id, row.digest, row.ends_at, None, ())
    portions = sorted(schedule(read_terms(row.text)), key=lambda one: (one.due_at, one.starts_at))
    return Committed(session_id, row.digest, row.ends_at, row.text, tuple(portions))


def trickles(session: Session, *, session_id: int) -> bool:
    """Tell whether the seats of the session come out in portions."""
    query = select(func.count()).where(Trickle.session_id == session_id)
    return bool(session.scalar(query))


def _row(one: Portion, slot_id: int, now: datetime) -> dict[str, object]:
    return {
        "slot_id": slot_id,
        "number": one.number,
        "seats": one.seats,
        "due_at": one.due_at,
        "released_at": now if one.due_at <= now else None,
    }


def _record(
    session: Session,
    action: str,
    session_id: int,
    actor: Actor,
    now: datetime,
    detail: dict[str, object],
) -> None:
    subject = f"session:{session_id}"
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)
