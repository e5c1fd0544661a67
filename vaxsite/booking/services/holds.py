"""Acts on holds: keep seats while forms are filled in, give them back when nobody came for them.

Locks are taken in one order in all acts on seats, so that no two wait for each other: first the
hold or the appointments, then slots by their id. An act that is refused raises; the edge rolls it
back, so whoever had seats before still has them.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.moves import move
from sensors.store.together import at_once, insert_rows
from sensors.store.transaction import transaction
from sensors.store.written import Values
from vaxsite.booking import hold_queries
from vaxsite.booking.hold_queries import HoldView
from vaxsite.booking.models import Hold, HoldSeat
from vaxsite.booking.rules import HOLDS, HoldState, Place, renewed_until
from vaxsite.core import audit
from vaxsite.core.actor import RESIDENT, Actor, system
from vaxsite.core.errors import NotFound
from vaxsite.core.ids import new_id
from vaxsite.slots import seats
from vaxsite.slots.rules import Door, SeatReason
from vaxsite.slots.seats import NoSeat

SWEEPER = system("expire-holds")


class HeldMeanwhile(Exception):
    """The same browser asked twice at once; the other request holds the seats. Ask again."""


class _NotAtOnce(Exception):
    """The slot has too few seats: look why, and at holds that ran out."""


def hold(
    session: Session,
    *,
    slot_id: int,
    holder: bytes,
    groups: Collection[str] = (),
    now: datetime,
) -> HoldView:
    """Keep one seat of the slot; as `hold_places` of it."""
    places = [Place(slot_id)]
    return hold_places(session, places=places, holder=holder, groups=groups, now=now)


def hold_places(
    session: Session,
    *,
    places: Sequence[Place],
    holder: bytes,
    groups: Collection[str] = (),
    now: datetime,
    until: datetime | None = None,
    door: Door = Door.PUBLIC,
    new_holder: bool = False,
) -> HoldView:
    """Keep all the seats for 10 minutes for the holder, who gives up those they held before.

    The same seats again are the same hold: asking twice makes it no longer. More seats beside them
    are kept as long as something that was typed would keep those. *until* keeps seats that were
    offered for as long as the offer lasts. With *new_holder* the secret was made for this hold, so
    nothing is held with it and nobody looks. Raise `NoSeat`. Seats set aside are kept for whoever
    says to be of the group; confirming judges it.
    """
    wanted, since, give = tuple(sorted(places)), now, Counter[int]()
    earlier = None if new_holder else hold_queries.find_live(session, holder=holder)
    if earlier is not None:
        live = earlier.expires_at > now
        if live and earlier.places == wanted:
            return earlier
        _end(session, earlier, HoldState.RELEASED if live else HoldState.EXPIRED, RESIDENT, now)
        grows = live and set(earlier.places) <= {*wanted}
        since, give = earlier.created_at if grows else now, earlier.seats
    ends = until or renewed_until(since, now)
    held = HoldView(new_id(now), wanted, HoldState.LIVE, since, ends)
    try:
        if _store(session, held, holder, give, groups, door, now):
            return held
    except IntegrityError as err:
        if "holder" in str(err.orig):  # uq_hold_live_holder: one live hold a holder.
            raise HeldMeanwhile from err
        raise NotFound from err  # There is no such slot.
    # Last, so that the slots are locked for the shortest time.
    _exchange(session, take=held.seats, give=give, groups=groups, now=now, door=door)
    return held


def renew(session: Session, *, holder: bytes, now: datetime) -> None:
    """Keep the seats of the holder for 10 minutes from *now*, within the limit of the whole."""
    held = hold_queries.find_live(session, holder=holder)
    if held is None:
        return
    until = renewed_until(held.created_at, now)
    if until <= held.expires_at:
        return
    session.execute(update(Hold).where(Hold.id == held.id).values(expires_at=until))
    _record(session, "hold:renew", held, RESIDENT, now)


def release(session: Session, *, holder: bytes, now: datetime) -> None:
    """Give back the seats that the holder holds, if any."""
    held = hold_queries.find_live(session, holder=holder)
    if held is not None:
        _end(session, held, HoldState.RELEASED, RESIDENT, now)
        seats.exchange(session, give=held.seats, now=now)


def expire_due(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """Give back the seats of all holds that ran out, one transaction each; return how many."""
    count = 0
    while True:
        with sessions() as session, transaction(session):
            if not expire_one(session, now=now):
                return count
        count += 1


def expire_one(session: Session, *, now: datetime) -> bool:
    """Give back the seats of the hold that ran out longest ago; False where there is none."""
    overdue = hold_queries.find_overdue(session, now=now, limit=1)
    if overdue:
        seats.exchange(session, give=_expire(session, overdue, now), now=now)
    return bool(overdue)


def _exchange(
    session: Session,
    *,
    take: Counter[int],
    give: Counter[int],
    groups: Collection[str],
    now: datetime,
    door: Door,
) -> None:
    """Exchange the seats; where none is free, once more with those of overdue holds.

    The sweep may be a minute behind. What a refused exchange has locked is let go of first, so
    that the second one begins with the lowest slot again.
    """
    alone = len({*take, *give}) == 1  # A refusal of the only slot has changed nothing.
    try:
        with nullcontext() if alone else session.begin_nested():
            seats.exchange(session, take=take, give=give, groups=groups, now=now, door=door)
    except NoSeat as refused:
        if refused.decision.reason != SeatReason.FULL:
            raise
        overdue = hold_queries.find_overdue(session, now=now, slot_ids=set(take))
        if not overdue:
            raise
        freed = _expire(session, overdue, now)
        seats.exchange(session, take=take, give=give + freed, groups=groups, now=now, door=door)


def _expire(session: Session, overdue: Collection[HoldView], now: datetime) -> Counter[int]:
    """End the holds; return their seats, which the caller gives back."""
    for held in overdue:
        _end(session, held, HoldState.EXPIRED, SWEEPER, now)
    return sum((held.seats for held in overdue), Counter[int]())


def _store(
    session: Session,
    held: HoldView,
    holder: bytes,
    give: Counter[int],
    groups: Collection[str],
    door: Door,
    now: datetime,
) -> bool:
    """Write the hold, and take its seats with it where they are of one slot; tell whether it did.

    Where there are too few the hold stands without seats, until an exchange has found some.
    """
    row = {
        "id": held.id,
        "slot_id": held.slot_id,
        "holder_hash": holder,
        "state": held.state.value,
        "created_at": held.created_at,
        "expires_at": held.expires_at,
    }
    alone = len(held.seats) == 1 and not give
    try:
        with at_once(session):
            insert_rows(session, Hold, [row])
            insert_rows(session, HoldSeat, [_seat_row(held.id, one) for one in held.places])
            _record(session, "hold:take", held, RESIDENT, now)
            if alone:
                late = _NotAtOnce()
                seats.take_at_once(
                    session, held.seats, door=door, groups=groups, late=late, now=now
                )
    except _NotAtOnce:
        return False
    return alone


def _seat_row(hold_id: UUID, one: Place) -> Values:
    return {
        "hold_id": hold_id,
        "member": one.member,
        "part": one.part,
        "slot_id": one.slot_id,
    }


def _end(session: Session, held: HoldView, target: HoldState, actor: Actor, now: datetime) -> None:
    step = move(session, Hold, held.id, HOLDS, source=HoldState.LIVE, target=target)
    _record(session, step.audit, held, actor, now)


def _record(session: Session, action: str, held: HoldView, actor: Actor, now: datetime) -> None:
    detail = {"slots": [place.slot_id for place in held.places]}
    audit.record(
        session, actor=actor, action=action, subject=f"hold:{held.id}", now=now, detail=detail
    )
