"""Reads of events and moves, for services and pages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import AppointmentState
from vaxsite.core.errors import NotFound
from vaxsite.moves.models import MoveEvent, MoveEventSession, SeatMove
from vaxsite.moves.rules.states import OPEN, PENDING, EventKind, EventState, MoveState, Why
from vaxsite.slots import queries as slots
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.slots.rules import SessionState


@dataclass(frozen=True, slots=True)
class EventView:
    """An event as its manager sees it."""

    id: int
    site_id: int
    kind: EventKind
    doses: int | None
    reason_en: str
    reason_zh: str
    state: EventState
    created_at: datetime

    def reason(self, language: str) -> str:
        """Return the reason in *language*."""
        return self.reason_zh if language == "zh" else self.reason_en


@dataclass(frozen=True, slots=True)
class MoveView:
    """One appointment of an event: from where to where."""

    id: UUID
    event_id: int
    appointment_id: UUID
    place: int
    before: slots.SlotView
    after: slots.SlotView | None
    why: Why | None
    state: MoveState
    told_at: datetime | None
    answer_by: datetime | None
    changed_at: datetime


def get_event(session: Session, event_id: int) -> EventView:
    """Return the event as it stands; raise `NotFound`."""
    row = session.get(MoveEvent, event_id, populate_existing=True)
    if row is None:
        raise NotFound
    return _event(row)


def events(session: Session, *, site_ids: Sequence[int]) -> list[EventView]:
    """Return the events of the sites, the newest first."""
    query = select(MoveEvent).where(MoveEvent.site_id.in_(site_ids)).order_by(MoveEvent.id.desc())
    return [_event(row) for row in session.scalars(query)]


def in_state(session: Session, *states: EventState) -> list[int]:
    """Return the events in these states, the oldest first."""
    query = select(MoveEvent.id).where(MoveEvent.state.in_(states)).order_by(MoveEvent.id)
    return list(session.scalars(query))


def sessions_of(session: Session, event_id: int) -> list[slots.SessionView]:
    """Return the sessions that the event closed, soonest first."""
    query = select(MoveEventSession.session_id).where(MoveEventSession.event_id == event_id)
    found = [slots.get_session(session, one) for one in session.scalars(query)]
    return sorted(found, key=lambda one: (one.starts_at, one.id))


def sessions_only_of(session: Session, event_id: int) -> list[int]:
    """Return the closed sessions of the event that no other event keeps closed."""
    others = (
        select(MoveEventSession.session_id)
        .join(MoveEvent, MoveEvent.id == MoveEventSession.event_id)
        .where(MoveEvent.id != event_id, MoveEvent.state != EventState.WITHDRAWN)
    )
    query = (
        select(ClinicSession.id)
        .join(MoveEventSession, MoveEventSession.session_id == ClinicSession.id)
        .where(
            MoveEventSession.event_id == event_id,
            ClinicSession.state == SessionState.CLOSED,
            ClinicSession.id.not_in(others),
        )
        .order_by(ClinicSession.id)
    )
    return list(session.scalars(query))


def last_place(session: Session, event_id: int) -> int:
    """Return the last place in the rank of the event, 0 where nobody is in it."""
    query = select(func.max(SeatMove.place)).where(SeatMove.event_id == event_id)
    return session.scalar(query) or 0


def counts(session: Session, event_id: int) -> Counter[MoveState]:
    """Count the appointments of the event in each state."""
    query = (
        select(SeatMove.state, func.count())
        .where(SeatMove.event_id == event_id)
        .group_by(SeatMove.state)
    )
    return Counter({MoveState(state): count for state, count in session.execute(query)})


def count_placed(session: Session, event_id: int) -> int:
    """Count the proposed appointments for which there is a place."""
    query = select(func.count()).where(
        SeatMove.event_id == event_id,
        SeatMove.state == MoveState.PROPOSED,
        SeatMove.to_slot_id.is_not(None),
    )
    return session.scalar(query) or 0


def moves_of(session: Session, event_id: int, *, after: int = 0, limit: int = 50) -> list[MoveView]:
    """Return the moves of *limit* appointments behind place *after*, by rank."""
    query = (
        select(SeatMove)
        .where(SeatMove.event_id == event_id, SeatMove.place > after)
        .order_by(SeatMove.place, SeatMove.from_slot_id, SeatMove.id)
        .limit(limit)
    )
    return _moves(session, session.scalars(query).all())


def references(session: Session, appointment_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the reference of each appointment."""
    query = select(Appointment.id, Appointment.reference).where(Appointment.id.in_(appointment_ids))
    return {one.id: one.reference for one in session.execute(query)}


def history(session: Session, *, appointment_id: UUID) -> list[MoveView]:
    """Return every move of an appointment that its person was told of, the oldest first."""
    query = (
        select(SeatMove)
        .where(SeatMove.appointment_id == appointment_id, SeatMove.told_at.is_not(None))
        .order_by(SeatMove.told_at, SeatMove.event_id)
    )
    return _moves(session, session.scalars(query).all())


def is_open(session: Session, event_id: int) -> bool:
    """Tell whether anything is still to be done or answered in the event."""
    query = select(SeatMove.id).where(SeatMove.event_id == event_id, SeatMove.state.in_(OPEN))
    return session.scalar(query.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Somebody who is booked into a session that takes place no more, and in no event."""

    appointment_id: UUID
    event_id: int | None


def forgotten(session: Session) -> list[Forgotten]:
    """Return who is booked into a closed or cancelled session and for whom nothing is planned.

    Of sessions that are closed because doses are short the others may come.
    """
    pending = select(SeatMove.appointment_id).where(SeatMove.state.in_(PENDING))
    shut = (
        select(MoveEventSession.session_id, func.max(MoveEvent.id).label("event_id"))
        .join(MoveEvent, MoveEvent.id == MoveEventSession.event_id)
        .where(MoveEvent.kind == EventKind.CLOSED, MoveEvent.state != EventState.WITHDRAWN)
        .group_by(MoveEventSession.session_id)
        .subquery()
    )
    query = (
        select(Appointment.id, shut.c.event_id)
        .join(Slot, Slot.id == Appointment.slot_id)
        .join(ClinicSession, ClinicSession.id == Slot.session_id)
        .outerjoin(shut, shut.c.session_id == ClinicSession.id)
        .where(
            Appointment.state == AppointmentState.BOOKED,
            Appointment.id.not_in(pending),
            (ClinicSession.state == SessionState.CANCELLED) | shut.c.event_id.is_not(None),
        )
        .order_by(Appointment.id)
    )
    return [Forgotten(*row) for row in session.execute(query)]


def _moves(session: Session, rows: Sequence[SeatMove]) -> list[MoveView]:
    ids = {one for row in rows for one in (row.from_slot_id, row.to_slot_id) if one is not None}
    times = slots.get_slots(session, ids)
    return [
        MoveView(
            row.id,
            row.event_id,
            row.appointment_id,
            row.place,
            times[row.from_slot_id],
            times[row.to_slot_id] if row.to_slot_id is not None else None,
            Why(row.why) if row.why else None,
            MoveState(row.state),
            row.told_at,
            row.answer_by,
            row.changed_at,
        )
        for row in rows
    ]


def _event(row: MoveEvent) -> EventView:
    return EventView(
        row.id,
        row.site_id,
        EventKind(row.kind),
        row.doses,
        row.reason_en,
        row.reason_zh,
        EventState(row.state),
        row.created_at,
    )
