"""What people answer: they confirm, or act on the appointment; whoever does neither is followed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from vaxsite.booking.models import Appointment
from vaxsite.calls import services as calls
from vaxsite.core.actor import Actor
from vaxsite.moves.models import SeatMove
from vaxsite.moves.rules.states import MoveState, Reason
from vaxsite.moves.services.carrying import MOVER, answered
from vaxsite.moves.services.opening import refused, step

BATCH = 200


def confirm(session: Session, *, appointment_ids: list[UUID], actor: Actor, now: datetime) -> int:
    """Write down that the new times suit; asked twice it is done once. Raise `RefusedAct`."""
    rows = session.scalars(
        select(SeatMove)
        .join(Appointment, Appointment.id == SeatMove.appointment_id)
        .where(
            SeatMove.appointment_id.in_(appointment_ids),
            SeatMove.state.in_((MoveState.AWAITING, MoveState.CONFIRMED)),
            SeatMove.sequence == Appointment.sequence,
        )
        .order_by(SeatMove.appointment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if not rows:
        raise refused(Reason.NOT_AWAITED)
    waiting = [row for row in rows if row.state == MoveState.AWAITING]
    for row in waiting:
        step(session, row.id, MoveState.AWAITING, MoveState.CONFIRMED, actor, now)
        calls.close_about(session, about=f"appointment:{row.appointment_id}", actor=actor, now=now)
    return len(waiting)


def settle_due(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """End the moves whose people answered by acting: another time, a cancellation, coming."""
    total, after = 0, UUID(int=0)
    while True:
        with sessions() as session, transaction(session):
            query = (
                select(SeatMove, Appointment)
                .join(Appointment, Appointment.id == SeatMove.appointment_id)
                .where(
                    SeatMove.state.in_((MoveState.AWAITING, MoveState.UNPLACED)),
                    SeatMove.id > after,
                )
                .order_by(SeatMove.id)
                .limit(BATCH)
                .execution_options(populate_existing=True)
            )
            found = session.execute(query).all()
            for row, appointment in found:
                target = answered(row, appointment)
                if target is not None:
                    step(session, row.id, MoveState(row.state), target, MOVER, now)
                    about = f"appointment:{row.appointment_id}"
                    calls.close_about(session, about=about, actor=MOVER, now=now)
                    total += 1
        if len(found) < BATCH:
            return total
        after = found[-1][0].id
