"""Reads of holds and appointments."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from vaxsite.booking.models import Appointment, HoldSeat, InvitationUse
from vaxsite.booking.rules import ACTIVE, AppointmentState
from vaxsite.core.decisions import Allowed, Decision, Refused
from vaxsite.core.errors import NotFound
from vaxsite.core.ids import parse_reference
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import Attributes, PhaseView, behind, decide
from vaxsite.invitations import queries as invitations
from vaxsite.invitations.rules.states import Scope, Seat, admit
from vaxsite.messages import rules
from vaxsite.record import queries as record
from vaxsite.record.rules import History, Turn, next_dose, window_after
from vaxsite.residents.models import Person
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock

Phases = Sequence[PhaseView]


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
    member: int = 1  # Which of the people that were booked together.
    part: int = 1  # Which of the doses that were booked together for that person.
    invitation_id: UUID | None = None  # With which it was booked.
    phone: str | None = None  # E.164, as given with this booking.

    def comes_with(self, other: "AppointmentView") -> bool:
        """Tell whether both come at the same time, for the same dose of their bookings."""
        return self.slot.id == other.slot.id and self.part == other.part

    def changeable(self, now: datetime) -> bool:
        """Tell whether its owner can still change or cancel it."""
        return self.state is AppointmentState.BOOKED and self.slot.starts_at > now


def appointments_of(session: Session, hold_id: UUID) -> tuple[UUID, ...]:
    """Return the appointments that the seats of a hold became, by person and dose."""
    query = (
        select(Appointment.id)
        .join(HoldSeat, HoldSeat.appointment_id == Appointment.id)
        .where(HoldSeat.hold_id == hold_id)
        .order_by(HoldSeat.member, HoldSeat.part)
    )
    return tuple(session.scalars(query))


def get_appointment(session: Session, appointment_id: UUID) -> AppointmentView:
    """Return the appointment; raise `NotFound`."""
    found = _appointments(session, Appointment.id == appointment_id)
    if not found:
        raise NotFound
    return found[0]


def get_appointments(session: Session, ids: Collection[UUID]) -> list[AppointmentView]:
    """Return the appointments by person and dose."""
    return _appointments(session, Appointment.id.in_(ids))


def booked_together(session: Session, appointment_id: UUID) -> list[AppointmentView]:
    """Return everything that was booked with the appointment and itself, by person and dose."""
    hold = select(HoldSeat.hold_id).where(HoldSeat.appointment_id == appointment_id)
    ids = select(HoldSeat.appointment_id).where(HoldSeat.hold_id.in_(hold))
    with_it = or_(Appointment.id == appointment_id, Appointment.id.in_(ids))
    return _appointments(session, with_it)


def lock_together(session: Session, appointment_id: UUID) -> list[AppointmentView]:
    """Return the same, locked in the order of their ids, as it stands now."""
    ids = [one.id for one in booked_together(session, appointment_id)]
    query = select(Appointment.id).where(Appointment.id.in_(ids)).order_by(Appointment.id)
    session.execute(query.with_for_update())
    return booked_together(session, appointment_id)


def _appointments(session: Session, which: ColumnElement[bool]) -> list[AppointmentView]:
    query = (
        select(Appointment, HoldSeat.member, HoldSeat.part, InvitationUse.invitation_id)
        .outerjoin(HoldSeat, HoldSeat.appointment_id == Appointment.id)
        .outerjoin(InvitationUse, InvitationUse.appointment_id == Appointment.id)
        .where(which)
        .order_by(HoldSeat.member, HoldSeat.part, Appointment.id)
        .execution_options(populate_existing=True)
    )
    found = session.execute(query).all()
    times = slots.get_slots(session, {row.slot_id for row, *_ in found})
    clinics = slots.clinics(session, site_ids={slot.site_id for slot in times.values()})
    places = {clinic.site_id: clinic for clinic in clinics}
    return [
        AppointmentView(
            row.id,
            row.reference,
            row.person_id,
            row.dose_number,
            row.group_code,
            AppointmentState(row.state),
            row.sequence,
            row.email,
            times[row.slot_id],
            places[times[row.slot_id].site_id],
            member or 1,
            part or 1,
            invitation_id,
            row.phone,
        )
        for row, member, part, invitation_id in found
    ]


def facts(
    views: Sequence[AppointmentView], *, language: str, my_booking_url: str
) -> list[rules.AppointmentFacts]:
    """Return the appointments as messages and the calendar file tell them."""
    several = len({view.member for view in views}) > 1
    return [
        rules.AppointmentFacts(
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
            member=view.member if several else None,
            cancelled=view.state is AppointmentState.CANCELLED,
        )
        for view in views
    ]


@dataclass(frozen=True, slots=True)
class ClinicTurn:
    """Whether it is somebody's turn at one clinic, and which days with free seats they may have."""

    clinic: slots.ClinicView
    decision: Decision
    days: tuple[slots.DaySeats, ...]
    phase: PhaseView | None = None  # From which the decision comes.

    @property
    def free(self) -> int:
        """Free seats on all these days together."""
        return sum(day.free for day in self.days)

    @property
    def first(self) -> int:
        """Of them, those for first doses only."""
        return sum(day.first for day in self.days)

    @property
    def later(self) -> int:
        """Of them, those for second and later doses only."""
        return sum(day.later for day in self.days)


def turns(
    session: Session,
    *,
    who: Attributes,
    now: datetime,
    product_id: int | None = None,
    history: History | None = None,
    invited: Scope | None = None,
    number: int | None = None,
) -> list[ClinicTurn]:
    """Judge every clinic for *who*: free seats of allowed days, else why there is none today.

    Clinics with free seats come first. With *product_id* only that vaccine's seats count, on the
    days on which the schedule gives it after *history*, or to somebody of whom no dose is known.
    *invited* lets them in where no phase does; with *number* only seats of that dose count.
    """
    dose = _dose_on(session, who, product_id, history)
    groups, phases = eligibility.groups(), eligibility.phases_by_site(session)
    own = invitations.group_codes(who, now.date(), invited)
    free: dict[int, list[slots.DaySeats]] = defaultdict(list)
    for one in slots.free_days(session, now=now, product_id=product_id, number=number, groups=own):
        free[one.site_id].append(one)
    found = []
    for clinic in slots.clinics(session):
        mine = phases.get(clinic.site_id, [])

        def may(day: date, site_id: int = clinic.site_id, open_here: Phases = mine) -> Decision:
            seat = Seat(product_id=product_id or 0, site_id=site_id, day=day)
            return admit(decide(groups, open_here, who, day=day), invited, seat)

        decided = {
            day: _both(may(day.day), dose(day.day)) for day in free[clinic.site_id] if day.free
        }
        days = tuple(day for day, decision in decided.items() if isinstance(decision, Allowed))
        on = days[0].day if days else clinic.local_day(now)
        decision = decided[days[0]] if days else _both(may(on), dose(on))
        phase = behind(groups, mine, who, decision, day=on)
        found.append(ClinicTurn(clinic, decision, days, phase))
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


def second_days(
    session: Session,
    *,
    who: Attributes,
    first: slots.SlotView,
    now: datetime,
    invited: Scope | None = None,
) -> list[slots.DaySeats]:
    """Return days with free seats on which the dose after *first* can be given, its clinic first.

    *who* is taken as somebody of whom no dose is known; confirming judges by the record.
    """
    known = record.newcomer(session, born_on=who.born_on)
    window = window_after(known, record.engine_code(first.product), on=first.day)
    if window is None:
        return []
    groups, phases = eligibility.groups(), eligibility.phases_by_site(session)
    later = invited.later() if invited else None
    codes = invitations.group_codes(who, now.date(), later)

    def may(day: slots.DaySeats) -> Decision:
        seat = Seat(product_id=first.product.id, site_id=day.site_id, day=day.day)
        return admit(decide(groups, phases.get(day.site_id, []), who, day=day.day), later, seat)

    found = [
        one
        for one in slots.free_days(
            session, now=now, product_id=first.product.id, number=2, groups=codes
        )
        if one.free and window[0] <= one.day <= window[1] and isinstance(may(one), Allowed)
    ]
    return sorted(found, key=lambda one: (one.site_id != first.site_id, one.day))
