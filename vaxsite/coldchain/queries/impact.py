"""Who depends on vaccine that an excursion touched: seats still to come, doses already given.

Counts for everybody who may read the cold chain; references only for those who may see bookings.
"""

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from vaxsite.booking.models import Appointment
from vaxsite.core.actor import Actor
from vaxsite.core.permissions import Permission
from vaxsite.doses.models import Dose
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.visits.models import Visit

AWAITED = ("booked", "arrived")  # Appointments whose dose is still to be given.


@dataclass(frozen=True)
class Seats:
    """Appointments at a site that need one of the products, by day there."""

    today: int
    tomorrow: int


@dataclass(frozen=True)
class GivenDoses:
    """Doses of affected lots given since the excursion began. No references without the right."""

    count: int
    references: tuple[str, ...]


def count_seats(
    session: Session,
    *,
    site_id: int,
    product_ids: Collection[int],
    since: datetime,
    until: datetime,
) -> int:
    """Count the appointments of [since, until) at a site that need one of the products."""
    query = (
        select(func.count())
        .select_from(Appointment)
        .join(Slot, Slot.id == Appointment.slot_id)
        .join(ClinicSession, ClinicSession.id == Slot.session_id)
        .where(
            ClinicSession.site_id == site_id,
            Appointment.product_id.in_(product_ids),
            Appointment.state.in_(AWAITED),
            Slot.starts_at >= since,
            Slot.starts_at < until,
        )
    )
    return session.scalar(query) or 0


def seats_of_today_and_tomorrow(
    session: Session,
    *,
    site_id: int,
    timezone: str,
    product_ids: Collection[int],
    now: datetime,
) -> Seats:
    """Count the appointments of the site's own today and tomorrow."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    midnights = [
        datetime.combine(today + timedelta(days=days), time(), tzinfo=zone) for days in range(3)
    ]
    first, second = (
        count_seats(session, site_id=site_id, product_ids=product_ids, since=since, until=until)
        for since, until in itertools.pairwise(midnights)
    )
    return Seats(today=first, tomorrow=second)


def doses_given(
    session: Session,
    *,
    actor: Actor,
    site_id: int,
    lot_ids: Collection[int],
    since: datetime,
) -> GivenDoses:
    """Return the doses of the lots given at the site since an instant; corrected ones once."""
    correction = aliased(Dose)
    query = (
        select(Appointment.reference)
        .select_from(Dose)
        .outerjoin(correction, correction.corrects_id == Dose.id)
        .outerjoin(Visit, Visit.id == Dose.visit_id)
        .outerjoin(Appointment, Appointment.id == Visit.appointment_id)
        .where(
            Dose.site_id == site_id,
            Dose.lot_id.in_(lot_ids),
            Dose.given_at >= since,
            correction.id.is_(None),
        )
        .order_by(Dose.given_at)
    )
    references: Sequence[str | None] = session.scalars(query).all()
    shown = references if actor.may(Permission.BOOKING_READ, site_id) else ()
    return GivenDoses(len(references), tuple(one for one in shown if one is not None))
