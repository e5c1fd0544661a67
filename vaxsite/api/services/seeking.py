"""A look at the slots before anything is written: most who come too late are told so here."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from sensors.store import columns
from vaxsite.booking.models import Hold, HoldSeat
from vaxsite.booking.rules import HoldState
from vaxsite.core.errors import RefusedAct
from vaxsite.slots import seats
from vaxsite.slots.rules import SeatReason

OVERDUE = (
    select(Hold.id)
    .join(HoldSeat, HoldSeat.hold_id == Hold.id)
    .where(
        Hold.state == HoldState.LIVE,
        Hold.expires_at <= bindparam("now", type_=Hold.expires_at.type),
        HoldSeat.slot_id.in_(bindparam("slots", expanding=True)),
    )
    .limit(1)
)


def look(
    session: Session, *, take: Mapping[int, int], groups: Collection[str], now: datetime
) -> None:
    """Raise `NoSeat` where taking these seats would be refused now. It locks and counts nothing.

    What it lets through may still be refused. Seats of holds that ran out count as free: the hold
    that asks for them takes them over.
    """
    try:
        seats.look(session, take=take, groups=groups, now=now)
    except RefusedAct as refused:
        if refused.decision.reason != SeatReason.FULL:
            raise
        overdue = columns.read(session, OVERDUE, slots=sorted(take), now=now)
        if overdue.first() is None:
            raise
