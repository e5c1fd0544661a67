"""Seats change hands here and nowhere else.

Hold, confirm, cancel, change, expire, walk-in and overbooking all come through `exchange`, so that
the count of a slot is right whoever comes first: its seats are free, or each has one owner.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Integer, Update, bindparam, case, or_, select, update
from sqlalchemy.orm import Session

from sensors.store.columns import table_of
from sensors.store.lists import one_of
from sensors.store.together import change_row
from sensors.store.written import Written, constant
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import RefusedAct
from vaxsite.slots import queries
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.slots.rules import SEAT_SENTENCES, Door, SeatReason, SessionState


class NoSeat(RefusedAct):
    """The slot has no seat for whoever asks, and why."""

    def __init__(self, slot_id: int, decision: Refused) -> None:
        super().__init__(decision, SEAT_SENTENCES)
        self.slot_id = slot_id


class SeatNotTaken(Exception):
    """A seat was given back that nobody has: a fault in the service that did it."""


NOTHING: Mapping[int, int] = {}


def exchange(
    session: Session,
    *,
    take: Mapping[int, int] = NOTHING,
    give: Mapping[int, int] = NOTHING,
    now: datetime,
    door: Door = Door.PUBLIC,
    groups: Collection[str] = (),
) -> None:
    """Take and give back seats, as many of each slot id as the mappings say: all, or `NoSeat`.

    Each slot is changed by one statement, which locks it; slots in the order of their ids, so that
    no two exchanges wait for each other. The rows that own the seats are written in the same
    transaction, before or after. A refusal must roll that transaction back. *groups* are the
    priority groups of whoever takes them: seats set aside for another group are not theirs.
    """
    for slot_id in sorted({*take, *give}):
        step = take.get(slot_id, 0) - give.get(slot_id, 0)
        if slot_id in take:  # Also where as many are given back: the slot must still be offered.
            if not _changed(session, CLAIMS[door], slot_id, step, now, groups):
                raise NoSeat(slot_id, _why_not(session, slot_id, now, door, groups))
        elif not _changed(session, GIVE_BACK, slot_id, step, now):
            raise SeatNotTaken(f"slot {slot_id}")


def look(
    session: Session, *, take: Mapping[int, int], now: datetime, groups: Collection[str] = ()
) -> None:
    """Raise `NoSeat` where `exchange` would refuse these seats to the public at this moment.

    A look locks nothing and promises nothing.
    """
    for slot_id, wanted in take.items():
        slot = queries.get_slot(session, slot_id)
        refused = _judge(slot, now, Door.PUBLIC, groups)
        if slot.free < wanted or refused.reason is not SeatReason.FULL:
            raise NoSeat(slot_id, refused)


def take_at_once(
    session: Session,
    wanted: Mapping[int, int],
    *,
    door: Door,
    groups: Collection[str],
    late: Exception,
    now: datetime,
) -> None:
    """Take seats of one slot within `at_once`; raise *late* at its end where there are too few.

    `exchange` then says why, and serves whoever wants seats of several slots: their order counts.
    """
    ((slot_id, step),) = wanted.items()
    asked = {"slot": slot_id, "step": step, "now": now, "groups": groups}
    change_row(session, CLAIMS[door], late=late, **asked)


def _changed(
    session: Session,
    statement: Written,
    slot_id: int,
    step: int,
    now: datetime,
    groups: Collection[str] = (),
) -> bool:
    return statement.change(session, slot=slot_id, step=step, now=now, groups=groups) == 1


def _why_not(
    session: Session, slot_id: int, now: datetime, door: Door, groups: Collection[str]
) -> Refused:
    return _judge(queries.get_slot(session, slot_id), now, door, groups)


def _judge(slot: queries.SlotView, now: datetime, door: Door, groups: Collection[str]) -> Refused:
    """Return what stands in the way of a seat; that it is full where nothing else does."""
    over = slot.starts_at <= now if door is Door.PUBLIC else slot.ends_at <= now
    if over:
        return Refused(SeatReason.PAST, RULE)
    if not slot.published:
        return Refused(SeatReason.NOT_OFFERED, RULE)
    if slot.kept_for is not None and slot.kept_for not in groups:
        return Refused(SeatReason.SET_ASIDE, RULE)
    if door is Door.OVERBOOK:
        return Refused(SeatReason.OVERBOOKED, RULE, detail={"limit": slot.overbook_limit})
    return Refused(SeatReason.FULL, RULE)


RULE = "seats"


def _statement() -> Update:
    """Change the owned seats of a slot by `step`: within the capacity first, then beyond it."""
    owned = Slot.taken + Slot.overbooked + bindparam("step", type_=Integer)
    within = case((owned < Slot.capacity, owned), else_=Slot.capacity)
    return (
        update(table_of(Slot))
        .where(Slot.id == bindparam("slot"), owned >= 0)
        .values(taken=within, overbooked=owned - within)
    )


def _claim(door: Door) -> Update:
    """Claim seats of a published session by *door*; touch no row where there are too few."""
    step = bindparam("step", type_=Integer)
    asked = Slot.taken + Slot.overbooked + step
    instant = bindparam("now", type_=Slot.starts_at.type)
    offered = select(ClinicSession.id).where(
        ClinicSession.id == Slot.session_id, ClinicSession.state == constant(SessionState.PUBLISHED)
    )
    theirs = or_(Slot.kept_for.is_(None), one_of(Slot.kept_for, "groups"))
    if door is Door.PUBLIC:
        # Who takes no more than they give back asks for none that is not out yet.
        out = case((step > 0, Slot.capacity - Slot.withheld), else_=Slot.capacity)
        return _statement().where(asked <= out, Slot.starts_at > instant, offered.exists(), theirs)
    most = Slot.capacity + (Slot.overbook_limit if door is Door.OVERBOOK else 0)
    return _statement().where(
        asked <= most, offered.where(ClinicSession.ends_at > instant).exists(), theirs
    )


CLAIMS: Mapping[Door, Written] = {door: Written(_claim(door)) for door in Door}
GIVE_BACK = Written(_statement())
