"""Reads of an evening: opened vials, who is still to come, who was invited, and the forecast."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import AppointmentState
from vaxsite.core.errors import NotFound
from vaxsite.leftover.models import Callout, CalloutInvitation, OpenVial
from vaxsite.leftover.rules.forecast import Evening, Forecast, forecast
from vaxsite.leftover.rules.states import CalloutState, InvitedState
from vaxsite.slots import queries as slots
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.stock import queries as stock
from vaxsite.stock.models import Lot
from vaxsite.waiting_list import queries as waiting
from vaxsite.waiting_list.models import WaitingEntry

LATE_AFTER = timedelta(minutes=30)
YES = (
    InvitedState.CLAIMED,
    InvitedState.CAME,
    InvitedState.MISSED,
    InvitedState.TOO_LATE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VialView:
    """An opened vial that may still be used."""

    id: UUID
    lot: stock.LotView
    opened_at: datetime
    discard_at: datetime
    doses: int
    used: int

    @property
    def left(self) -> int:
        """Doses that are left in it."""
        return self.doses - self.used


@dataclass(frozen=True, slots=True, kw_only=True)
class CalloutView:
    """A call-out as the board shows it."""

    id: UUID
    site_id: int
    product: stock.ProductView
    state: CalloutState
    offered: int
    promised: int
    closes_at: datetime
    look_at: datetime
    widened_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitedView:
    """Somebody who was invited. No name: the number of the waiting list."""

    id: UUID
    callout_id: UUID
    entry: waiting.EntryView
    state: InvitedState
    invited_at: datetime
    come_by: datetime | None
    picked_by: str | None


def open_vials(session: Session, *, site_id: int, now: datetime) -> list[VialView]:
    """Return the opened vials with doses that may be used now; none of a held lot."""
    rows = session.scalars(
        select(OpenVial)
        .where(
            OpenVial.site_id == site_id, OpenVial.discard_at > now, OpenVial.used < OpenVial.doses
        )
        .order_by(OpenVial.discard_at, OpenVial.id)
        .execution_options(populate_existing=True)
    ).all()
    ids = {row.lot_id for row in rows}
    lots = stock.get_lots(session, lot_ids=ids)
    held = stock.held_lots(session, lot_ids=list(ids), at=now)
    return [
        VialView(
            id=row.id,
            lot=lots[row.lot_id],
            opened_at=row.opened_at,
            discard_at=row.discard_at,
            doses=row.doses,
            used=row.used,
        )
        for row in rows
        if not held.get(row.lot_id)
    ]


def callouts(session: Session, *, site_id: int) -> list[CalloutView]:
    """Return the open call-outs of a clinic."""
    query = select(Callout).where(Callout.site_id == site_id, Callout.state == CalloutState.OPEN)
    rows = session.scalars(query.execution_options(populate_existing=True))
    return [_callout(session, row) for row in rows]


def get_callout(session: Session, callout_id: UUID) -> CalloutView:
    """Return the call-out; raise `NotFound`."""
    row = session.get(Callout, callout_id, populate_existing=True)
    if row is None:
        raise NotFound
    return _callout(session, row)


def due(session: Session, *, now: datetime) -> list[UUID]:
    """Return the open call-outs whose forecast is to be made anew."""
    query = select(Callout.id).where(Callout.state == CalloutState.OPEN, Callout.look_at <= now)
    return list(session.scalars(query.order_by(Callout.look_at)))


def invited(session: Session, *, callout_id: UUID) -> list[InvitedView]:
    """Return everybody who was invited, the newest first."""
    rows = session.scalars(
        select(CalloutInvitation)
        .where(CalloutInvitation.callout_id == callout_id)
        .order_by(CalloutInvitation.invited_at.desc(), CalloutInvitation.id)
        .execution_options(populate_existing=True)
    ).all()
    query = select(WaitingEntry).where(WaitingEntry.id.in_({row.entry_id for row in rows}))
    entries = {one.id: one for one in waiting.entries(session, query)}
    return [_invited(row, entries[row.entry_id]) for row in rows]


def newest_invitation(session: Session, *, entry_id: UUID) -> InvitedView | None:
    """Return the last invitation of an entry, or None."""
    row = session.scalar(
        select(CalloutInvitation)
        .where(CalloutInvitation.entry_id == entry_id)
        .order_by(CalloutInvitation.invited_at.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return _invited(row, waiting.get_entry(session, entry_id)) if row else None


def until(session: Session, callout: CalloutView, *, now: datetime) -> datetime:
    """Return when the first open vial of the call-out ends, or the clinic closes."""
    return min([callout.closes_at, *(one.discard_at for one in _vials(session, callout, now))])


def evening(session: Session, callout: CalloutView, *, now: datetime) -> Evening:
    """Return what the forecast is made from."""
    seen = invited(session, callout_id=callout.id)
    times = _still_booked(session, callout, now)
    late = sum(starts_at + LATE_AFTER <= now for starts_at in times)
    left = until(session, callout, now=now) - now
    return Evening(
        doses_open=sum(one.left for one in _vials(session, callout, now)),
        doses_per_vial=callout.product.doses_per_vial,
        due=len(times) - late,
        late=late,
        promised=callout.promised,
        minutes_left=max(0, int(left.total_seconds()) // 60),
        unanswered=[
            int((now - one.invited_at).total_seconds()) // 60
            for one in seen
            if one.state is InvitedState.SENT
        ],
        said_yes=sum(one.state in YES for one in seen),
        said_no=sum(one.state is InvitedState.DECLINED for one in seen),
    )


def forecast_of(session: Session, callout: CalloutView, *, now: datetime) -> Forecast:
    """Return the forecast of a call-out at *now*."""
    return forecast(evening(session, callout, now=now))


def _vials(session: Session, callout: CalloutView, now: datetime) -> list[VialView]:
    found = open_vials(session, site_id=callout.site_id, now=now)
    return [one for one in found if one.lot.product.id == callout.product.id]


def _still_booked(session: Session, callout: CalloutView, now: datetime) -> list[datetime]:
    """Return the times of the people of today who have not come."""
    clinic = slots.get_clinic(session, callout.site_id)
    today = clinic.local_day(now)
    times = session.scalars(
        select(Slot.starts_at)
        .join(ClinicSession, ClinicSession.id == Slot.session_id)
        .join(Appointment, Appointment.slot_id == Slot.id)
        .where(
            ClinicSession.site_id == callout.site_id,
            ClinicSession.product_id == callout.product.id,
            Appointment.state == AppointmentState.BOOKED,
            Slot.starts_at > now - timedelta(days=1),
            Slot.starts_at < now + timedelta(days=1),
        )
    )
    return [one for one in times if clinic.local_day(one) == today]


def product_of_lot(session: Session, lot_id: int) -> int | None:
    """Return the product of a lot, or None."""
    return session.scalar(select(Lot.product_id).where(Lot.id == lot_id))


def _callout(session: Session, row: Callout) -> CalloutView:
    product = stock.find_product(session, product_id=row.product_id)
    assert product is not None, "a call-out is for a product"
    return CalloutView(
        id=row.id,
        site_id=row.site_id,
        product=product,
        state=CalloutState(row.state),
        offered=row.offered,
        promised=row.promised,
        closes_at=row.closes_at,
        look_at=row.look_at,
        widened_reason=row.widened_reason,
    )


def _invited(row: CalloutInvitation, entry: waiting.EntryView) -> InvitedView:
    return InvitedView(
        id=row.id,
        callout_id=row.callout_id,
        entry=entry,
        state=InvitedState(row.state),
        invited_at=row.invited_at,
        come_by=row.come_by,
        picked_by=row.picked_by,
    )
