"""Opens an event: its sessions take nobody any more, and everybody who must leave is written down.

Both happen in one transaction, so whoever has a seat in a session that an event closed is in the
event, is found by `stragglers`, or is told by `vaxsite verify`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from sensors.store.moves import move
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import AppointmentState
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Detail, Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.ids import new_id
from vaxsite.core.permissions import Permission
from vaxsite.moves import queries
from vaxsite.moves.models import MoveEvent, MoveEventSession, SeatMove
from vaxsite.moves.rules import planner, states
from vaxsite.moves.rules.states import (
    EVENTS,
    MOVES,
    PENDING,
    EventKind,
    EventState,
    MoveState,
    Reason,
)
from vaxsite.moves.services.people import Party, parties
from vaxsite.slots import services as slots
from vaxsite.slots.models import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """What a manager says: which sessions, and why, in the words that the people read."""

    site_id: int
    session_ids: Sequence[int]
    kind: EventKind
    doses: int | None  # How many are missing; only of `doses_short`.
    reason_en: str
    reason_zh: str


def open_event(session: Session, *, happened: Happened, actor: Actor, now: datetime) -> int:
    """Close the sessions, write down who must leave; return the event's id.

    All who have seats must, or of too few doses the last in rank. Nobody is told before the
    proposal is accepted. Raises `RefusedAct` where nobody has to be moved.
    """
    if not actor.may(Permission.SESSION_WRITE, happened.site_id):
        raise NotFound
    if not happened.session_ids:
        raise refused(Reason.NO_SESSION)
    for session_id in sorted(happened.session_ids):
        slots.close_session(session, session_id=session_id, actor=actor, now=now)
    leaving = parties(session, booked_in(session, happened.session_ids), now=now)
    if happened.kind is EventKind.DOSES_SHORT:
        leaving = _last(leaving, happened.doses or 0)
    if not leaving:
        raise refused(Reason.ENOUGH_DOSES)
    row = MoveEvent(
        site_id=happened.site_id,
        kind=happened.kind.value,
        doses=happened.doses,
        reason_en=happened.reason_en,
        reason_zh=happened.reason_zh,
        state=EVENTS.initial.value,
        created_by=actor.id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    session.execute(
        insert(MoveEventSession),
        [{"event_id": row.id, "session_id": one} for one in happened.session_ids],
    )
    write_down(session, row.id, leaving, state=MoveState.PROPOSED, actor=actor, now=now)
    detail: Detail = {"kind": happened.kind.value, "sessions": len(happened.session_ids)}
    record(session, "move-event:open", f"move_event:{row.id}", actor, now, detail)
    return row.id


def booked_in(session: Session, session_ids: Collection[int]) -> set[UUID]:
    """Return the appointments of these sessions whose people are still to come."""
    query = (
        select(Appointment.id)
        .join(Slot, Slot.id == Appointment.slot_id)
        .where(Slot.session_id.in_(session_ids), Appointment.state == AppointmentState.BOOKED)
    )
    return set(session.scalars(query))


def _last(leaving: Sequence[Party], doses: int) -> list[Party]:
    by_key = {party.unit.key: party for party in leaving}
    chosen = planner.short([party.unit for party in leaving], doses)
    return sorted((by_key[unit.key] for unit in chosen), key=lambda one: one.unit.rank)


def write_down(
    session: Session,
    event_id: int,
    leaving: Sequence[Party],
    *,
    state: MoveState,
    actor: Actor,
    now: datetime,
) -> None:
    """Add who must leave to the event, after those who are in it; earlier plans give way."""
    pairs = [(party, leg, rows) for party in leaving for leg, rows in _leaving(party)]
    ids = [row.id for _, _, rows in pairs for row in rows]
    replace_pending(session, ids, actor=actor, now=now)
    places = {party.unit.key: number for number, party in enumerate(leaving, start=1)}
    begin = queries.last_place(session, event_id)
    session.execute(
        insert(SeatMove),
        [
            {
                "id": new_id(now),
                "event_id": event_id,
                "appointment_id": row.id,
                "place": begin + places[party.unit.key],
                "must": True,
                "from_slot_id": leg.slot_id,
                "state": state.value,
                "sequence": row.sequence,
                "changed_at": now,
            }
            for party, leg, rows in pairs
            for row in rows
        ],
    )


def _leaving(party: Party) -> list[tuple[planner.Leg, tuple[Appointment, ...]]]:
    pairs = zip(party.unit.legs, party.seats, strict=True)
    return [(leg, rows) for leg, rows in pairs if leg.must_move]


def replace_pending(
    session: Session, appointment_ids: Collection[UUID], *, actor: Actor, now: datetime
) -> None:
    """End what an earlier event still planned for these: the later one plans them anew."""
    query = select(SeatMove.id, SeatMove.state).where(
        SeatMove.appointment_id.in_(appointment_ids), SeatMove.state.in_(PENDING)
    )
    for move_id, state in session.execute(query).all():
        step(session, move_id, MoveState(state), MoveState.REPLACED, actor, now)


def withdraw(session: Session, *, event_id: int, actor: Actor, now: datetime) -> None:
    """Take the event back while nobody was told: its sessions are offered again."""
    event = queries.get_event(session, event_id)
    if not actor.may(Permission.SESSION_WRITE, event.site_id):
        raise NotFound
    if event.state not in (EventState.OPEN, EventState.PROPOSED):
        raise refused(Reason.BEGUN)
    act = move(
        session,
        MoveEvent,
        event_id,
        EVENTS,
        source=event.state,
        target=EventState.WITHDRAWN,
    )
    session.execute(
        update(SeatMove)
        .where(SeatMove.event_id == event_id, SeatMove.state == MoveState.PROPOSED)
        .values(state=MoveState.WITHDRAWN.value, changed_at=now)
        .execution_options(synchronize_session=False)
    )
    for session_id in queries.sessions_only_of(session, event_id):
        slots.reopen_session(session, session_id=session_id, actor=actor, now=now)
    record(session, act.audit, f"move_event:{event_id}", actor, now, {})


def step(
    session: Session,
    move_id: UUID,
    source: MoveState,
    target: MoveState,
    actor: Actor,
    now: datetime,
    **values: object,
) -> None:
    """Take one move to its next state, with its audit row; raise `AlreadyMoved`."""
    act = move(
        session,
        SeatMove,
        move_id,
        MOVES,
        source=source,
        target=target,
        changed_at=now,
        **values,
    )
    record(session, act.audit, f"move:{move_id}", actor, now, {})


def refused(reason: Reason) -> RefusedAct:
    """Return the refusal to raise."""
    return RefusedAct(Refused(reason, states.RULE), states.SENTENCES)


def record(
    session: Session, action: str, subject: str, actor: Actor, now: datetime, detail: Detail
) -> None:
    """Leave the audit row of one act."""
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)
