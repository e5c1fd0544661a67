"""The seats counted anew from their owners, to compare with what the slots say."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from vaxsite.booking.models import Appointment, Hold, HoldSeat
from vaxsite.booking.rules import ACTIVE, AppointmentState, HoldState
from vaxsite.slots.models import ClinicSession, Slot


@dataclass(frozen=True, slots=True)
class SeatCount:
    """The seats of a slot by what owns them; `overbooked` are those that staff added."""

    slot_id: int
    capacity: int
    taken: int
    held: int
    booked: int
    overbooked: int = 0
    withheld: int = 0

    @property
    def unreleased(self) -> int:
        """Seats that nobody has and that are not out yet."""
        return min(self.withheld, self.capacity - self.taken)

    @property
    def free(self) -> int:
        """Seats that nobody has and that the public may take."""
        return self.capacity - self.taken - self.unreleased

    @property
    def balanced(self) -> bool:
        """Tell whether all seats are free, not out yet, held or booked, and none added in vain."""
        seats = self.capacity + self.overbooked
        nobodys = self.free + self.unreleased
        added_when_full = self.overbooked == 0 or nobodys == 0
        return seats == nobodys + self.held + self.booked and nobodys >= 0 and added_when_full


def count_seats(session: Session, *, slot_ids: Sequence[int] | None = None) -> list[SeatCount]:
    """Count the seats of the slots anew from their owners, to compare with what they say."""
    # Who came or was missed used the seat; only a cancelled appointment gave it back.
    owning = [state.value for state in AppointmentState if state != AppointmentState.CANCELLED]
    held = (
        select(func.count())
        .select_from(HoldSeat)
        .join(Hold, Hold.id == HoldSeat.hold_id)
        .where(HoldSeat.slot_id == Slot.id, Hold.state == HoldState.LIVE)
        .scalar_subquery()
    )
    booked = (
        select(func.count())
        .where(Appointment.slot_id == Slot.id, Appointment.state.in_(owning))
        .scalar_subquery()
    )
    query = select(Slot.id, Slot.capacity, Slot.taken, held, booked, Slot.overbooked, Slot.withheld)
    if slot_ids is not None:
        query = query.where(Slot.id.in_(slot_ids))
    return [SeatCount(*row) for row in session.execute(query.order_by(Slot.id))]


def half_bookings(session: Session) -> list[UUID]:
    """Return the holds of which some seats became appointments only; there must be none."""
    query = (
        select(Hold.id)
        .join(HoldSeat, HoldSeat.hold_id == Hold.id)
        .where(
            or_(
                and_(Hold.state == HoldState.USED, HoldSeat.appointment_id.is_(None)),
                and_(Hold.state != HoldState.USED, HoldSeat.appointment_id.is_not(None)),
            )
        )
        .distinct()
    )
    return list(session.scalars(query))


def count_awaited(
    session: Session,
    *,
    site_id: int,
    product_ids: Collection[int],
    since: datetime,
    until: datetime,
) -> int:
    """Count the appointments of [since, until) at a site that still need one of the products."""
    query = (
        select(func.count())
        .select_from(Appointment)
        .join(Slot, Slot.id == Appointment.slot_id)
        .join(ClinicSession, ClinicSession.id == Slot.session_id)
        .where(
            ClinicSession.site_id == site_id,
            Appointment.product_id.in_(product_ids),
            Appointment.state.in_(ACTIVE),
            Slot.starts_at >= since,
            Slot.starts_at < until,
        )
    )
    return session.scalar(query) or 0
