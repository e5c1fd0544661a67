"""Acts on holds: keep a seat while a form is filled in, give it back when nobody came for it.

Locks are taken in one order in all acts on seats, so that no two wait for each other: first the
hold or the appointment, then slots by their id. An act that is refused raises; the edge rolls it
back, so whoever had a seat before still has it.
"""

from datetime import datetime

from sqlalchemy import insert, literal, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.moves import move
from sensors.store.transaction import transaction
from vaxsite.booking import queries
from vaxsite.booking.models import Hold
from vaxsite.booking.rules import HOLD_FOR, HOLDS, HoldState
from vaxsite.booking.services import checks
from vaxsite.core import audit
from vaxsite.core.actor import RESIDENT, Actor, system
from vaxsite.core.ids import new_id
from vaxsite.slots import services as seats

SWEEPER = system("expire-holds")


class HeldMeanwhile(Exception):
    """The same browser asked twice at once; the other request holds the seat. Ask again."""


def hold(session: Session, *, slot_id: int, holder: bytes, now: datetime) -> queries.HoldView:
    """Keep a seat for 10 minutes for the holder, who gives up the one they held before.

    The same slot again is the same hold: asking twice makes it no longer.
    """
    earlier = session.scalar(
        select(Hold)
        .where(Hold.holder_hash == holder, Hold.state == HoldState.LIVE)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if earlier is not None and earlier.slot_id == slot_id and earlier.expires_at > now:
        return queries.hold_view(earlier)
    taken = Hold(
        id=new_id(now),
        slot_id=slot_id,
        holder_hash=holder,
        state=HoldState.LIVE.value,
        created_at=now,
        expires_at=now + HOLD_FOR,
    )
    _record(session, "hold:take", taken, RESIDENT, now)
    session.flush()  # Before the seat's row is locked, so that it is locked for the shortest time.
    try:
        _exchange(session, earlier, taken, now)
    except IntegrityError as err:  # uq_hold_live_holder: one live hold a holder.
        raise HeldMeanwhile from err
    return queries.hold_view(taken)


def _exchange(session: Session, earlier: Hold | None, taken: Hold, now: datetime) -> None:
    """Give the earlier seat back and claim the new one, slots in the order of their ids."""
    earlier_slot = earlier.slot_id if earlier else None
    if earlier is not None:
        target = HoldState.RELEASED if earlier.expires_at > now else HoldState.EXPIRED
        step = move(session, Hold, earlier.id, HOLDS, source=HoldState.LIVE, target=target)
        _record(session, step.audit, earlier, RESIDENT, now)
    if earlier_slot is not None and earlier_slot <= taken.slot_id:
        seats.give_back(session, slot_id=earlier_slot)
    if not _claim_into(session, taken, now) and not _claim_after_sweep(session, taken, now):
        raise checks.no_seat(session, taken.slot_id, now)
    if earlier_slot is not None and earlier_slot > taken.slot_id:
        seats.give_back(session, slot_id=earlier_slot)


def _claim_into(session: Session, taken: Hold, now: datetime) -> bool:
    """Claim a seat and store the hold: one statement where the database can chain them.

    On one hot slot that is about twice as fast as two, because the row is locked for one round
    trip less. SQLite cannot, and need not: its transaction is alone.
    """
    columns = ["id", "slot_id", "holder_hash", "state", "created_at", "expires_at"]
    if session.get_bind().dialect.name == "sqlite":
        if not seats.claim(session, slot_id=taken.slot_id, now=now):
            return False
        session.execute(insert(Hold).values({name: getattr(taken, name) for name in columns}))
        return True
    claimed = seats.claim_statement(taken.slot_id, now=now).returning(literal(1)).cte("claimed")
    values = [
        literal(getattr(taken, name), Hold.__table__.c[name].type).label(name) for name in columns
    ]
    stored = insert(Hold).from_select(columns, select(*values).select_from(claimed))
    return session.scalar(stored.add_cte(claimed).returning(Hold.id)) is not None


def _claim_after_sweep(session: Session, taken: Hold, now: datetime) -> bool:
    """Claim once more after expiring the slot's overdue holds: the sweep may be a minute behind."""
    freed = 0
    while _expire_one(session, now=now, slot_id=taken.slot_id):
        freed += 1
    return freed > 0 and _claim_into(session, taken, now)


def expire_due(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """Give back the seats of all holds that ran out, one transaction each; return how many."""
    count = 0
    while True:
        with sessions() as session, transaction(session):
            if not _expire_one(session, now=now):
                return count
        count += 1


def _expire_one(session: Session, *, now: datetime, slot_id: int | None = None) -> bool:
    due = select(Hold).where(Hold.state == HoldState.LIVE, Hold.expires_at <= now)
    if slot_id is not None:
        due = due.where(Hold.slot_id == slot_id)
    row = session.scalar(due.order_by(Hold.expires_at).limit(1).with_for_update(skip_locked=True))
    if row is None:
        return False
    step = move(session, Hold, row.id, HOLDS, source=HoldState.LIVE, target=HoldState.EXPIRED)
    _record(session, step.audit, row, SWEEPER, now)
    seats.give_back(session, slot_id=row.slot_id)
    return True


def _record(session: Session, action: str, row: Hold, actor: Actor, now: datetime) -> None:
    detail = {"slot": row.slot_id}
    audit.record(
        session, actor=actor, action=action, subject=f"hold:{row.id}", now=now, detail=detail
    )
