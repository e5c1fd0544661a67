"""Reads of holds and appointments."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from vaxsite.booking.models import Appointment, Hold
from vaxsite.booking.rules import ACTIVE, AppointmentState, HoldState
from vaxsite.core.decisions import Allowed, Decision, Refused
from vaxsite.core.errors import NotFound
from vaxsite.core.ids import parse_reference
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import Attributes, decide
from vaxsite.messages import rules
from vaxsite.record import queries as record
from vaxsite.record.rules import History, Turn, next_dose
from vaxsite.residents.models import Person
from vaxsite.slots import queries as slots
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.stock import queries as stock


@dataclass(frozen=True, slots=True)
class HoldView:
    """A seat that is kept for one browser."""

    id: UUID
    slot_id: int
    state: HoldState
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AppointmentView:
    """An appointment with what its owner and the clinic need of it."""

    id: UUID
    reference: str
    person_id: UUID
    dose_number: int
    group_code: str
    state: AppointmentState
    sequence: int
    email: str | None  # Where this booking is told about.
    slot: slots.SlotView
    clinic: slots.ClinicView


def find_hold(session: Session, *, holder: bytes) -> HoldView | None:
    """Return the live hold of the holder, else the newest, whatever became of it."""
    row = session.scalar(
        select(Hold)
        .where(Hold.holder_hash == holder)
        .order_by((Hold.state == HoldState.LIVE).desc(), Hold.created_at.desc(), Hold.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return hold_view(row) if row else None


def hold_view(row: Hold) -> HoldView:
    """Return the hold as pages read it."""
    return HoldView(row.id, row.slot_id, HoldState(row.state), row.expires_at)


def get_appointment(session: Session, appointment_id: UUID) -> AppointmentView:
    """Return the appointment; raise `NotFound`."""
    row = session.get(Appointment, appointment_id, populate_existing=True)
    if row is None:
        raise NotFound
    slot = slots.get_slot(session, row.slot_id)
    return AppointmentView(
        row.id,
        row.reference,
        row.person_id,
        row.dose_number,
        row.group_code,
        AppointmentState(row.state),
        row.sequence,
        row.email,
        slot,
        slots.get_clinic(session, slot.site_id),
    )


def facts(view: AppointmentView, *, language: str, my_booking_url: str) -> rules.AppointmentFacts:
    """Return the appointment as messages and the calendar file tell it."""
    return rules.AppointmentFacts(
        appointment_id=str(view.id),
        reference=view.reference,
        sequence=view.sequence,
        starts_at=view.slot.starts_at,
        timezone=view.clinic.timezone,
        clinic=view.clinic.name(language),
        address=view.clinic.address(language),
        clinic_phone=view.clinic.phone,
        vaccine=view.slot.product.name(language),
        dose_number=view.dose_number,
        my_booking_url=my_booking_url,
    )


@dataclass(frozen=True, slots=True)
class ClinicTurn:
    """Whether it is somebody's turn at one clinic, and which days with free seats they may have."""

    clinic: slots.ClinicView
    decision: Decision
    days: tuple[slots.DaySeats, ...]

    @property
    def free(self) -> int:
        """Free seats on all these days together."""
        return sum(day.free for day in self.days)


def turns(
    session: Session,
    *,
    who: Attributes,
    now: datetime,
    product_id: int | None = None,
    history: History | None = None,
) -> list[ClinicTurn]:
    """Judge every clinic for *who*: free seats of allowed days, else why there is none today.

    Clinics with free seats come first. With *product_id* only that vaccine's seats count, on the
    days on which the schedule gives it after *history*, or to somebody of whom no dose is known.
    """
    dose = _dose_on(session, who, product_id, history)
    groups, phases = eligibility.groups(), eligibility.phases_by_site(session)
    free: dict[int, list[slots.DaySeats]] = defaultdict(list)
    for day in slots.free_days(session, now=now, product_id=product_id):
        free[day.site_id].append(day)
    found = []
    for clinic in slots.clinics(session):
        mine = phases.get(clinic.site_id, [])
        decided = {
            day: _both(decide(groups, mine, who, day=day.day), dose(day.day))
            for day in free[clinic.site_id]
            if day.free
        }
        days = tuple(day for day, decision in decided.items() if isinstance(decision, Allowed))
        today = clinic.local_day(now)
        decision = (
            decided[days[0]] if days else _both(decide(groups, mine, who, day=today), dose(today))
        )
        found.append(ClinicTurn(clinic, decision, days))
    return sorted(found, key=lambda turn: not turn.days)


def _dose_on(
    session: Session, who: Attributes, product_id: int | None, history: History | None
) -> Callable[[date], Refused | None]:
    """Return what tells why the schedule does not give the vaccine on a day, if it does not."""
    product = stock.find_product(session, product_id=product_id) if product_id else None
    if product is None:
        return lambda _day: None
    known = history or record.newcomer(session, born_on=who.born_on)
    code = record.engine_code(product)

    windows: list[Turn] = []

    @cache
    def refusal(day: date) -> Refused | None:
        if any(turn.holds(day) for turn in windows):
            return None
        said = next_dose(known, code, day=day)
        if isinstance(said, Refused):
            return said
        windows.append(said)
        return None

    return refusal


def _both(turn: Decision, dose: Refused | None) -> Decision:
    """Return what stands in the way, whose turn it is before which dose it is."""
    return turn if isinstance(turn, Refused) or dose is None else dose


def find_by_reference(session: Session, *, typed: str, born_on: date) -> UUID | None:
    """Return the appointment of that reference whose person was born on that day, else None.

    A wrong reference, somebody else's and one that never was take the same statement.
    """
    reference = parse_reference(typed) or ""
    return session.scalar(
        select(Appointment.id)
        .join(Person, Person.id == Appointment.person_id)
        .where(Appointment.reference == reference, Person.born_on == born_on)
    )


def has_active(session: Session, *, person_id: UUID, product_id: int, dose_number: int) -> bool:
    """Tell whether the person is already expected for that dose."""
    found = select(Appointment.id).where(
        Appointment.person_id == person_id,
        Appointment.product_id == product_id,
        Appointment.dose_number == dose_number,
        Appointment.state.in_(ACTIVE),
    )
    return session.scalar(found.limit(1)) is not None


@dataclass(frozen=True, slots=True)
class SeatCount:
    """The seats of a slot by what owns them."""

    slot_id: int
    capacity: int
    taken: int
    held: int
    booked: int

    @property
    def balanced(self) -> bool:
        """Tell whether every taken seat has one owner and none is sold twice."""
        return self.taken == self.held + self.booked and 0 <= self.taken <= self.capacity


def count_seats(session: Session, *, slot_ids: Sequence[int] | None = None) -> list[SeatCount]:
    """Count the seats of the slots anew from their owners, to compare with `taken`."""
    # Who came or was missed used the seat; only a cancelled appointment gave it back.
    owning = [state.value for state in AppointmentState if state != AppointmentState.CANCELLED]
    held = (
        select(func.count())
        .where(Hold.slot_id == Slot.id, Hold.state == HoldState.LIVE)
        .scalar_subquery()
    )
    booked = (
        select(func.count())
        .where(Appointment.slot_id == Slot.id, Appointment.state.in_(owning))
        .scalar_subquery()
    )
    query = select(Slot.id, Slot.capacity, Slot.taken, held, booked).order_by(Slot.id)
    if slot_ids is not None:
        query = query.where(Slot.id.in_(slot_ids))
    return [SeatCount(*row) for row in session.execute(query)]


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
