"""Follows up: who did not answer in time is called and never dropped.

Whose message did not arrive is found by the messages themselves.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from vaxsite.moves.models import SeatMove
from vaxsite.moves.rules.states import MoveState
from vaxsite.moves.services import telling
from vaxsite.moves.services.carrying import MOVER
from vaxsite.moves.services.opening import record

BATCH = 25  # Units a transaction.
Unit = tuple[int, int]  # Event and place in its rank.


def call_due(sessions: sessionmaker[Session], *, url: str, now: datetime) -> int:
    """Put on the list of calls who must be called by now; return how many units."""
    total = 0
    while True:
        with sessions() as session, transaction(session):
            units = _unanswered(session, now)
            for unit in units:
                _call(session, unit, url, now)
        total += len(units)
        if not units:
            return total


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


def _call(session: Session, unit: Unit, url: str, now: datetime) -> None:
    event_id, place = unit
    rows = session.scalars(
        select(SeatMove)
        .where(
            SeatMove.event_id == event_id,
            SeatMove.place == place,
            SeatMove.state == MoveState.AWAITING,
        )
        .order_by(SeatMove.from_slot_id, SeatMove.id)
    ).all()
    telling.ask_for_answer(session, rows=rows, url=url, actor=MOVER, now=now)
    for row in rows:
        row.called_at = now
    record(session, "move:call", f"move_event:{event_id}", MOVER, now, {"place": place})
