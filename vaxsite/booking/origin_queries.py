"""Reads of where bookings came from."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from vaxsite.booking.doors import CameBy, Relation
from vaxsite.booking.models import BookingOrigin, HoldSeat


@dataclass(frozen=True, slots=True)
class Booked:
    """By which door a booking came, who asked, and when."""

    came_by: CameBy
    relation: Relation
    at: datetime


def find_origin(session: Session, appointment_id: UUID) -> Booked | None:
    """Return how the appointment was booked; None where no door is known, as for a moved one."""
    query = (
        select(BookingOrigin.came_by, BookingOrigin.relation, BookingOrigin.created_at)
        .join(HoldSeat, HoldSeat.hold_id == BookingOrigin.hold_id)
        .where(HoldSeat.appointment_id == appointment_id)
    )
    found = session.execute(query).first()
    return Booked(CameBy(found[0]), Relation(found[1]), found[2]) if found else None
