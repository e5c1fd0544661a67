"""Accepts proposals, and does what is due: the worker plans, carries out and looks again."""

from collections import defaultdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.moves import move
from sensors.store.transaction import transaction
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.moves import queries
from vaxsite.moves.models import MoveEvent, SeatMove
from vaxsite.moves.rules.states import EVENTS, EventState, MoveState, Reason
from vaxsite.moves.services import carrying, planning
from vaxsite.moves.services.carrying import MOVER
from vaxsite.moves.services.opening import record, refused, write_down
from vaxsite.moves.services.people import parties

FRUITLESS = 3  # Portions in a row in which only other places were looked for.


def accept(
    session: Session, *, event_id: int, up_to: int | None, actor: Actor, now: datetime
) -> int:
    """Accept the proposal, or its first *up_to* units by rank; return how many appointments.

    The worker carries it out. Who is told that there is no place yet is accepted, too.
    """
    event = queries.get_event(session, event_id)
    if not actor.may(Permission.SESSION_WRITE, event.site_id):
        raise NotFound
    if event.state not in (EventState.PROPOSED, EventState.RUNNING):
        raise refused(Reason.NOT_PROPOSED)
    query = select(SeatMove.id).where(
        SeatMove.event_id == event_id, SeatMove.state == MoveState.PROPOSED
    )
    if up_to is not None:
        query = query.where(SeatMove.place <= up_to)
    ids = session.scalars(query).all()
    session.execute(
        update(SeatMove)
        .where(SeatMove.id.in_(query), SeatMove.state == MoveState.PROPOSED)
        .values(state=MoveState.ACCEPTED.value, changed_at=now)
        .execution_options(synchronize_session=False)
    )
    if event.state is EventState.PROPOSED:
        move(
            session,
            MoveEvent,
            event_id,
            EVENTS,
            source=EventState.PROPOSED,
            target=EventState.RUNNING,
        )
    detail = {"appointments": len(ids)}
    record(session, "move-event:accept", f"move_event:{event_id}", actor, now, detail)
    return len(ids)


def act_due(sessions: sessionmaker[Session], *, url: str, now: datetime) -> int:
    """Plan what is open and carry out what was accepted, portion by portion; return how many.

    *url* is where people confirm, choose another time or cancel.
    """
    done = 0
    for event_id in _events(sessions, EventState.OPEN):
        with sessions() as session, transaction(session):
            planning.propose(session, event_id=event_id, actor=MOVER, now=now)
        done += 1
    for event_id in _events(sessions, EventState.RUNNING):
        done += _all_portions(sessions, event_id, url, now)
    return done


def _all_portions(sessions: sessionmaker[Session], event_id: int, url: str, now: datetime) -> int:
    """Carry out until nothing is left, or nothing moves any more: then the next turn tries."""
    done = fruitless = 0
    while fruitless < FRUITLESS:
        with sessions() as session, transaction(session):
            count = carrying.portion(session, event_id=event_id, url=url, now=now)
        if count is None:
            break
        done, fruitless = done + count, 0 if count else fruitless + 1
    return done


def look_again_due(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """Look for places for who has none, add who was forgotten, end what is finished."""
    with sessions() as session, transaction(session):
        done = add_stragglers(session, now=now)
    for event_id in _events(sessions, EventState.RUNNING):
        with sessions() as session, transaction(session):
            changed = planning.look(
                session, event_id=event_id, state=MoveState.UNPLACED, actor=MOVER, now=now
            )
            if changed:
                detail = {"changed": changed}
                record(session, "move-event:look", f"move_event:{event_id}", MOVER, now, detail)
            elif not queries.is_open(session, event_id):
                _event_step(session, event_id, EventState.RUNNING, EventState.DONE, now)
        done += changed
    return done


def add_stragglers(session: Session, *, now: datetime) -> int:
    """Add who was booked into a session in the moment in which it closed; return how many.

    Their events may be under way: then they are as good as accepted.
    """
    by_event: dict[int, set[UUID]] = defaultdict(set)
    for one in queries.forgotten(session):
        if one.event_id is not None:
            by_event[one.event_id].add(one.appointment_id)
    for event_id, ids in sorted(by_event.items()):
        state = queries.get_event(session, event_id).state
        if state is EventState.DONE:
            _event_step(session, event_id, EventState.DONE, EventState.RUNNING, now)
        accepted = state in (EventState.DONE, EventState.RUNNING)
        target = MoveState.ACCEPTED if accepted else MoveState.PROPOSED
        write_down(
            session, event_id, parties(session, ids, now=now), state=target, actor=MOVER, now=now
        )
        planning.look(session, event_id=event_id, state=target, actor=MOVER, now=now)
        record(session, "move-event:add", f"move_event:{event_id}", MOVER, now, {"added": len(ids)})
    return sum(len(ids) for ids in by_event.values())


def _event_step(
    session: Session, event_id: int, source: EventState, target: EventState, now: datetime
) -> None:
    act = move(session, MoveEvent, event_id, EVENTS, source=source, target=target)
    record(session, act.audit, f"move_event:{event_id}", MOVER, now, {})


def _events(sessions: sessionmaker[Session], *states: EventState) -> list[int]:
    with sessions() as session:
        return queries.in_state(session, *states)
