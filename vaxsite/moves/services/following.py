"""Follows up: who did not answer in time, or got no message, is called and never dropped."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.services.outbox import MessageState
from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from vaxsite.calls.rules import CallReason
from vaxsite.moves.models import SeatMove
from vaxsite.moves.rules import texts
from vaxsite.moves.rules.states import MoveState
from vaxsite.moves.services import telling
from vaxsite.moves.services.carrying import MOVER
from vaxsite.moves.services.opening import record

BATCH = 25  # Units a transaction.
TOLD = (MoveState.AWAITING, MoveState.UNPLACED)
Unit = tuple[int, int]  # Event and place in its rank.


def call_due(sessions: sessionmaker[Session], *, url: str, now: datetime) -> int:
    """Put on the list of calls who must be called by now; return how many units."""
    total = 0
    while True:
        with sessions() as session, transaction(session):
            undelivered = _undelivered(session)
            units = undelivered or _unanswered(session, now)
            reason = CallReason.NOT_DELIVERED if undelivered else CallReason.NO_ANSWER
            for unit in units:
                _call(session, unit, reason, url, now)
        total += len(units)
        if not units:
            return total


def _undelivered(session: Session) -> Collection[Unit]:
    """Return units whose message could not be sent; its key ends with the move's id."""
    keys = session.scalars(
        select(OutboxMessage.delivery_key).where(
            OutboxMessage.state == MessageState.GIVEN_UP,
            OutboxMessage.kind.in_((texts.MOVED, texts.WITHOUT_PLACE)),
        )
    )
    ids = [UUID(key.rpartition(":")[2]) for key in keys]
    query = (
        select(SeatMove.event_id, SeatMove.place)
        .where(SeatMove.id.in_(ids), SeatMove.state.in_(TOLD), SeatMove.called_at.is_(None))
        .limit(BATCH)
    )
    return {(event_id, place) for event_id, place in session.execute(query)}


def _unanswered(session: Session, now: datetime) -> Collection[Unit]:
    query = (
        select(SeatMove.event_id, SeatMove.place)
        .where(
            SeatMove.state == MoveState.AWAITING,
            SeatMove.answer_by <= now,
            SeatMove.called_at.is_(None),
        )
        .order_by(SeatMove.answer_by, SeatMove.id)
        .limit(BATCH)
    )
    return {(event_id, place) for event_id, place in session.execute(query)}


def _call(session: Session, unit: Unit, reason: CallReason, url: str, now: datetime) -> None:
    event_id, place = unit
    rows = session.scalars(
        select(SeatMove)
        .where(SeatMove.event_id == event_id, SeatMove.place == place, SeatMove.state.in_(TOLD))
        .order_by(SeatMove.from_slot_id, SeatMove.id)
    ).all()
    telling.ask_for_call(session, rows=rows, reason=reason, url=url, actor=MOVER, now=now)
    for row in rows:
        row.called_at = now
    record(session, "move:call", f"move_event:{event_id}", MOVER, now, {"place": place})
