"""Carries accepted moves out, a portion a transaction: new seat, old seat, state, notice.

Killed anywhere, what was committed is whole and what was not is found again by its state; the key
of a message keeps a second one out.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import AppointmentState
from vaxsite.core.actor import Actor, system
from vaxsite.moves.models import SeatMove
from vaxsite.moves.rules.states import MoveState, answer_by
from vaxsite.moves.services import planning, telling
from vaxsite.moves.services.opening import record, step
from vaxsite.slots import queries as slots
from vaxsite.slots import seats

MOVER = system("moves")
PORTION = 25  # Units a transaction: on SQLite nobody else writes meanwhile.
MOVE_APPOINTMENT = (
    update(Appointment)
    .where(Appointment.id == bindparam("row"))
    .values(slot_id=bindparam("to"), sequence=Appointment.sequence + 1, changed_at=bindparam("at"))
)
Units = dict[int, list[SeatMove]]  # By their place in the rank.


def portion(session: Session, *, event_id: int, url: str, now: datetime) -> int | None:
    """Take the next accepted units of the event one step on; None where there are none.

    *url* is where people confirm, choose another time or cancel.
    """
    units = _next_units(session, event_id)
    if not units:
        return None
    detail = {"units": len(units)}
    record(session, "move-event:portion", f"move_event:{event_id}", MOVER, now, detail)
    done = _carry_out(session, event_id, units, url, now)
    if not done:  # Nobody could be moved as planned: look for other places.
        planning.look(session, event_id=event_id, state=MoveState.ACCEPTED, actor=MOVER, now=now)
    return done


def _next_units(session: Session, event_id: int) -> Units:
    waiting = (SeatMove.event_id == event_id, SeatMove.state == MoveState.ACCEPTED)
    places = (
        select(SeatMove.place).where(*waiting).distinct().order_by(SeatMove.place).limit(PORTION)
    )
    units: Units = defaultdict(list)
    rows = select(SeatMove).where(*waiting, SeatMove.place.in_(session.scalars(places).all()))
    for row in session.scalars(rows.order_by(SeatMove.place, SeatMove.from_slot_id, SeatMove.id)):
        units[row.place].append(row)
    return units


def _carry_out(session: Session, event_id: int, units: Units, url: str, now: datetime) -> int:
    """Settle what its people changed, tell who has no place, move the rest; return how many."""
    rows = [row for mine in units.values() for row in mine]
    standing = _lock(session, [row.appointment_id for row in rows])
    done = settle(session, rows, standing, actor=MOVER, now=now)
    ready = {
        place: left
        for place, mine in units.items()
        if (left := [row for row in mine if row.state == MoveState.ACCEPTED])
    }
    without = {place for place, mine in ready.items() if any(row.why for row in mine)}
    untold = [row for place in sorted(without) for row in _set_aside(session, ready[place], now)]
    done += sum(len(ready.pop(place)) for place in without)
    lost = {p for p, mine in ready.items() if any(row.to_slot_id is None for row in mine)}
    # Half a unit changed: the rest is planned anew, as what it now is.
    lost |= {p for p, mine in ready.items() if len(mine) < len(units[p])}
    ready = {place: mine for place, mine in ready.items() if place not in lost}
    lost |= planning.no_longer_right(session, ready, now=now)
    ready = {place: mine for place, mine in ready.items() if place not in lost}
    lost |= _take_seats(session, ready, now)
    planning.look_again_for(session, event_id, lost, actor=MOVER, now=now)
    moved = [row for place in sorted(ready.keys() - lost) for row in ready[place]]
    _move(session, moved, standing, now)
    telling.tell(session, rows=[*moved, *untold], url=url, actor=MOVER, now=now)
    return done + len(moved)


def _lock(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, Appointment]:
    """Lock the appointments in the order of their ids, as every act on them does."""
    query = (
        select(Appointment)
        .where(Appointment.id.in_(ids))
        .order_by(Appointment.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in session.scalars(query)}


def settle(
    session: Session,
    rows: Sequence[SeatMove],
    standing: Mapping[UUID, Appointment],
    *,
    actor: Actor,
    now: datetime,
) -> int:
    """End the moves that their people have answered by acting; return how many."""
    done = 0
    for row in rows:
        target = answered(row, standing[row.appointment_id])
        if target is not None:
            step(session, row.id, MoveState(row.state), target, actor, now)
            done += 1
    return done


def answered(row: SeatMove, now_is: Appointment) -> MoveState | None:
    """Return what the person has answered by what became of the appointment, if anything."""
    waits = row.state == MoveState.AWAITING
    if now_is.state in (AppointmentState.CANCELLED, AppointmentState.MISSED):
        return MoveState.DECLINED
    if now_is.state != AppointmentState.BOOKED:  # They came.
        return MoveState.CONFIRMED if waits else MoveState.CHANGED
    return MoveState.CHANGED if now_is.sequence != row.sequence else None


def _take_seats(session: Session, units: Units, now: datetime) -> set[int]:
    """Exchange all seats at once, slots in their order; return the units that found none."""
    lost = set[int]()
    while left := [row for place, mine in units.items() if place not in lost for row in mine]:
        take = Counter(row.to_slot_id for row in left if row.to_slot_id is not None)
        give = Counter(row.from_slot_id for row in left)
        kept = slots.get_slots(session, take).values()
        groups = {one.kept_for for one in kept if one.kept_for}  # Judged by `no_longer_right`.
        try:
            with session.begin_nested():
                seats.exchange(session, take=take, give=give, groups=groups, now=now)
        except seats.NoSeat as gone:
            fits = [row.place for row in left if row.to_slot_id == gone.slot_id]
            lost.add(max(fits))  # The last in rank gives way first.
        else:
            break
    return lost


def _move(
    session: Session,
    rows: Sequence[SeatMove],
    standing: Mapping[UUID, Appointment],
    now: datetime,
) -> None:
    """Write down that the appointments have their new seats."""
    if not rows:
        return
    session.connection().execute(
        MOVE_APPOINTMENT,
        [{"row": row.appointment_id, "to": row.to_slot_id, "at": now} for row in rows],
    )
    for move_id in _awaited(session, [row.appointment_id for row in rows]):
        step(session, move_id, MoveState.AWAITING, MoveState.REPLACED, MOVER, now)
    targets = slots.get_slots(session, {row.to_slot_id for row in rows if row.to_slot_id})
    for row in rows:
        assert row.to_slot_id is not None
        values = {
            "told_at": now,
            "answer_by": answer_by(targets[row.to_slot_id].starts_at, now),
            "sequence": standing[row.appointment_id].sequence + 1,
        }
        detail = {"from": row.from_slot_id, "to": row.to_slot_id}
        step(session, row.id, MoveState.ACCEPTED, MoveState.AWAITING, MOVER, now, **values)
        record(session, "appointment:move", f"appointment:{row.appointment_id}", MOVER, now, detail)


def _awaited(session: Session, appointment_ids: Sequence[UUID]) -> Sequence[UUID]:
    query = select(SeatMove.id).where(
        SeatMove.appointment_id.in_(appointment_ids), SeatMove.state == MoveState.AWAITING
    )
    return session.scalars(query).all()


def _set_aside(session: Session, mine: Sequence[SeatMove], now: datetime) -> Sequence[SeatMove]:
    """Note that there is no place yet; return the rows if their people do not know it."""
    known = all(row.told_at for row in mine)
    for row in mine:
        told_at = row.told_at or now
        step(session, row.id, MoveState.ACCEPTED, MoveState.UNPLACED, MOVER, now, told_at=told_at)
    return () if known else mine
