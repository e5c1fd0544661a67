"""Reads of holds."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from sensors.store.places import Site
from sensors.store.written import Row, Written, constant
from vaxsite.booking.models import Appointment, BookingOrigin, Hold, HoldSeat
from vaxsite.booking.rules import ACTIVE, HoldState, Place
from vaxsite.core.clinics import Clinic
from vaxsite.draws.models import DrawSession
from vaxsite.residents.queries import phone_index
from vaxsite.slots import selects
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.slots.queries import ClinicView, SlotView, slot_view


@dataclass(frozen=True, slots=True)
class HoldView:
    """Seats that are kept for one browser, in the order of people and doses."""

    id: UUID
    places: tuple[Place, ...]
    state: HoldState
    created_at: datetime
    expires_at: datetime

    @property
    def slot_id(self) -> int:
        """The slot of the first seat."""
        return self.places[0].slot_id

    @property
    def seats(self) -> Counter[int]:
        """How many seats of each slot."""
        return Counter(place.slot_id for place in self.places)


@dataclass(frozen=True, slots=True)
class Kept:
    """A hold with what its seats are: when, where, and for which draw they are kept, if for one."""

    hold: HoldView
    slots: Mapping[int, SlotView]
    clinics: Mapping[int, ClinicView]  # By site.
    draws: Mapping[int, int]  # By slot.
    to_come: int  # How many appointments the contact has.


HOLD_COLUMNS = (Hold.id, Hold.state, Hold.created_at, Hold.expires_at)
PLACE_COLUMNS = (HoldSeat.slot_id, HoldSeat.member, HoldSeat.part)
_OF_HOLDER = (
    select(*HOLD_COLUMNS, *PLACE_COLUMNS)
    .join(HoldSeat, HoldSeat.hold_id == Hold.id)
    .where(Hold.holder_hash == bindparam("holder"))
    .order_by(HoldSeat.member, HoldSeat.part)
    .with_for_update(of=Hold)
)
LIVE_OF = Written(_OF_HOLDER.where(Hold.state == constant(HoldState.LIVE)))
OWN = Written(_OF_HOLDER.where(Hold.id == bindparam("hold")))
# Counted for each booking of the contact by itself: a planner without statistics, that joined them,
# read all appointments.
_OF_BOOKING = (
    select(func.count())
    .select_from(HoldSeat)
    .join(Appointment, Appointment.id == HoldSeat.appointment_id)
    .join(Slot, Slot.id == Appointment.slot_id)
    .where(
        HoldSeat.hold_id == BookingOrigin.hold_id,
        Appointment.state.in_([constant(state) for state in ACTIVE]),
        Slot.starts_at > bindparam("now", type_=Slot.starts_at.type),
    )
    .correlate(BookingOrigin)
    .scalar_subquery()
)
_TO_COME = (
    select(func.coalesce(func.sum(_OF_BOOKING), 0))
    .where(BookingOrigin.contact_index == bindparam("contact"))
    .scalar_subquery()
)
# The columns of a slot, of its clinic, two more, then those of the hold and the place.
KEPT = Written(
    selects.SLOTS.add_columns(
        *selects.CLINIC_COLUMNS, DrawSession.draw_id, _TO_COME, *HOLD_COLUMNS, *PLACE_COLUMNS
    )
    .join(Clinic, Clinic.site_id == Site.id)
    .outerjoin(DrawSession, DrawSession.session_id == ClinicSession.id)
    .join(HoldSeat, HoldSeat.slot_id == Slot.id)
    .join(Hold, Hold.id == HoldSeat.hold_id)
    .where(Hold.id == bindparam("hold"), Hold.holder_hash == bindparam("holder"))
    .order_by(HoldSeat.member, HoldSeat.part)
    .with_for_update(of=Hold)
)
DRAW = selects.SLOT_WIDTH + len(selects.CLINIC_COLUMNS)


def find_hold(session: Session, *, holder: bytes) -> HoldView | None:
    """Return the live hold of the holder, else the newest, whatever became of it."""
    query = (
        select(Hold)
        .where(Hold.holder_hash == holder)
        .order_by((Hold.state == HoldState.LIVE).desc(), Hold.created_at.desc(), Hold.id.desc())
        .limit(1)
    )
    return next(iter(hold_views(session, query)), None)


def find_live(session: Session, *, holder: bytes) -> HoldView | None:
    """Return the live hold of the holder and lock it."""
    rows = LIVE_OF.rows(session, holder=holder)
    return _view(rows) if rows else None


def find_own(session: Session, *, hold_id: UUID, holder: bytes) -> HoldView | None:
    """Return the hold if it is the holder's, in whatever state, and lock it."""
    rows = OWN.rows(session, hold=hold_id, holder=holder)
    return _view(rows) if rows else None


def find_kept(
    session: Session, *, hold_id: UUID, holder: bytes, phone: str | None, now: datetime
) -> Kept | None:
    """Return the same with all that a booking needs of its seats, and lock it.

    The appointments to come of whoever gave *phone* are counted too.
    """
    contact = phone_index(phone) if phone else None
    rows = KEPT.rows(session, hold=hold_id, holder=holder, contact=contact, now=now)
    if not rows:
        return None
    times = [slot_view(row) for row in rows]
    clinics = [ClinicView(*row[selects.SLOT_WIDTH : DRAW]) for row in rows]
    return Kept(
        _view([row[DRAW + 2 :] for row in rows]),
        {slot.id: slot for slot in times},
        {clinic.site_id: clinic for clinic in clinics},
        {slot.id: row[DRAW] for slot, row in zip(times, rows, strict=True) if row[DRAW]},
        int(rows[0][DRAW + 1]),
    )


def find_overdue(
    session: Session,
    *,
    now: datetime,
    slot_ids: Collection[int] | None = None,
    limit: int | None = None,
) -> list[HoldView]:
    """Return live holds that ran out, of seats in *slot_ids*, and lock them.

    Those that somebody else has locked are left out: they are being used or expired.
    """
    query = select(Hold).where(Hold.state == HoldState.LIVE, Hold.expires_at <= now)
    if slot_ids is not None:
        seats = select(HoldSeat.hold_id).where(HoldSeat.slot_id.in_(slot_ids))
        query = query.where(Hold.id.in_(seats))
    query = query.order_by(Hold.expires_at).limit(limit).with_for_update(skip_locked=True)
    return hold_views(session, query)


def hold_views(session: Session, query: Select[Hold]) -> list[HoldView]:
    """Return the holds of *query* with their seats."""
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    if not rows:
        return []
    places: dict[UUID, list[Place]] = defaultdict(list)
    seats = select(HoldSeat).where(HoldSeat.hold_id.in_([row.id for row in rows]))
    for seat in session.scalars(seats.order_by(HoldSeat.member, HoldSeat.part)):
        places[seat.hold_id].append(Place(seat.slot_id, seat.member, seat.part))
    return [
        HoldView(
            row.id, tuple(places[row.id]), HoldState(row.state), row.created_at, row.expires_at
        )
        for row in rows
    ]


def _view(rows: Sequence[Row]) -> HoldView:
    """Return the one hold of these rows: its columns, then those of a place."""
    hold_id, state, created_at, expires_at = rows[0][:4]
    places = tuple(Place(*row[4:]) for row in rows)
    return HoldView(hold_id, places, HoldState(state), created_at, expires_at)
