"""Acts on appointments to which nobody came: the mark, the second dose, the number a year."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, aliased, sessionmaker

from sensors.store.lists import one_of
from sensors.store.moves import move
from sensors.store.transaction import in_portions, transaction
from sensors.store.written import Written
from vaxsite.booking import missing, queries, reminding
from vaxsite.booking.models import Appointment, HoldSeat, MissedLimit
from vaxsite.booking.rules import APPOINTMENTS, AppointmentState, Reason
from vaxsite.booking.services import appointments, checks
from vaxsite.booking.services.telling import record_act, tell
from vaxsite.core.actor import Actor, ActorKind, system
from vaxsite.core.decisions import Detail
from vaxsite.messages.rules import Kind
from vaxsite.record import queries as record
from vaxsite.slots import queries as slots
from vaxsite.slots import seats
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.slots.rules import SessionState

MARKER = system("missed-appointments")
BATCH = 50
LIMITS = Written(
    select(MissedLimit.site_id, MissedLimit.most).where(one_of(MissedLimit.site_id, "sites"))
)
KEEPS_SECOND = (AppointmentState.BOOKED, AppointmentState.ARRIVED, AppointmentState.COMPLETED)


def mark_due(sessions: sessionmaker[Session], *, my_booking_url: str, now: datetime) -> int:
    """Mark every appointment to which nobody came, and write to its person; return how many."""
    return in_portions(
        sessions, lambda session: _mark_some(session, my_booking_url, now), portion=BATCH
    )


def _mark_some(session: Session, my_booking_url: str, now: datetime) -> int:
    rule = missing.rule_on(now.date())
    if rule is None:
        return 0
    due = session.scalars(
        select(Appointment.id)
        .join(Slot, Slot.id == Appointment.slot_id)
        .join(ClinicSession, ClinicSession.id == Slot.session_id)
        .where(
            Appointment.state == AppointmentState.BOOKED,
            # Nobody missed what the clinic called off.
            ClinicSession.state == SessionState.PUBLISHED,
            ClinicSession.ends_at <= now - rule.after,
        )
        .order_by(Slot.starts_at, Appointment.id)
        .limit(BATCH)
        .with_for_update(of=Appointment, skip_locked=True)
    ).all()
    for one in queries.get_appointments(session, due):
        _mark(session, one, my_booking_url, now)
    return len(due)


def _mark(
    session: Session, one: queries.AppointmentView, my_booking_url: str, now: datetime
) -> None:
    step = move(
        session,
        Appointment,
        one.id,
        APPOINTMENTS,
        source=AppointmentState.BOOKED,
        target=AppointmentState.MISSED,
        changed_at=now,
    )
    record_act(session, step.audit, f"appointment:{one.id}", MARKER, now, {"slot": one.slot.id})
    if now - one.slot.ends_at > missing.TELL_WITHIN:
        return
    hours = reminding.rule_on(one.clinic.local_day(now))
    at = reminding.write_from(now, one.clinic.timezone, hours)
    tell(session, Kind.MISSED, [one], my_booking_url, MARKER, now, send_after=at)


def release_seconds(sessions: sessionmaker[Session], *, my_booking_url: str, now: datetime) -> int:
    """Give up second doses whose first was missed and not booked anew in time; return how many.

    Whoever has had a dose meanwhile keeps the appointment.
    """
    rule = missing.rule_on(now.date())
    if rule is None:
        return 0
    with sessions() as session:
        due = _seconds_due(session, now - rule.keep_second, now)
    return sum(_release(sessions, appointment_id, my_booking_url, now) for appointment_id in due)


def _seconds_due(session: Session, missed_until: datetime, now: datetime) -> list[UUID]:
    first, first_seat, other = aliased(Appointment), aliased(HoldSeat), aliased(Appointment)
    kept = select(other.id).where(
        other.person_id == Appointment.person_id,
        other.product_id == Appointment.product_id,
        other.dose_number < Appointment.dose_number,
        other.state.in_(KEEPS_SECOND),
    )
    query = (
        select(Appointment.id)
        .join(HoldSeat, HoldSeat.appointment_id == Appointment.id)
        .join(Slot, Slot.id == Appointment.slot_id)
        .join(
            first_seat,
            (first_seat.hold_id == HoldSeat.hold_id)
            & (first_seat.member == HoldSeat.member)
            & (first_seat.part < HoldSeat.part),
        )
        .join(first, first.id == first_seat.appointment_id)
        .where(
            Appointment.state == AppointmentState.BOOKED,
            Slot.starts_at > now,
            first.state == AppointmentState.MISSED,
            first.changed_at <= missed_until,
            ~kept.exists(),
        )
        .order_by(Appointment.id)
        .distinct()
    )
    return list(session.scalars(query))


def _release(
    sessions: sessionmaker[Session], appointment_id: UUID, my_booking_url: str, now: datetime
) -> int:
    """Cancel one, unless it was settled since or a dose was recorded."""
    with sessions() as session, transaction(session):
        one = queries.lock_together(session, appointment_id)
        view = next((each for each in one if each.id == appointment_id), None)
        if view is None or not view.changeable(now):
            return 0
        if record.history(session, person_id=view.person_id, at=now).doses:
            return 0
        appointments.cancel(
            session,
            appointment_id=appointment_id,
            kind=Kind.SECOND_GIVEN_UP,
            my_booking_url=my_booking_url,
            actor=MARKER,
            now=now,
        )
    return 1


def excuse(session: Session, *, appointment_id: UUID, actor: Actor, now: datetime) -> None:
    """Count an appointment no longer as missed: the person gave a reason, or it was our mistake.

    Raise `AlreadyMoved` where it is not missed.
    """
    slot_id = queries.get_appointment(session, appointment_id).slot.id
    step = move(
        session,
        Appointment,
        appointment_id,
        APPOINTMENTS,
        source=AppointmentState.MISSED,
        target=AppointmentState.CANCELLED,
        changed_at=now,
    )
    # A cancelled appointment owns no seat, also of a time that is past.
    seats.exchange(session, give={slot_id: 1}, now=now)
    record_act(session, step.audit, f"appointment:{appointment_id}", actor, now, {})


def set_limit(session: Session, *, site_id: int, most: int, actor: Actor, now: datetime) -> None:
    """Let a clinic be booked online until *most* appointments of a year were missed; 0: always."""
    session.execute(delete(MissedLimit).where(MissedLimit.site_id == site_id))
    if most:
        session.add(MissedLimit(site_id=site_id, most=most))
        session.flush()
    record_act(session, "clinic:limit-missed", f"site:{site_id}", actor, now, {"most": most})


def check_limit(
    session: Session,
    person_ids: Collection[UUID],
    site_ids: Collection[int],
    actor: Actor,
    now: datetime,
) -> None:
    """Raise `RefusedAct` where a person missed too many of a clinic; staff may always book."""
    if actor.kind is ActorKind.STAFF or not person_ids:
        return
    for site_id, most in LIMITS.rows(session, sites=site_ids):
        clinic = slots.get_clinic(session, site_id)
        begin, end = missing.year_of(now, clinic.timezone)
        if any(_missed(session, one, site_id, begin, end) >= most for one in person_ids):
            detail: Detail = {"phone": clinic.phone, "date": end.date()}
            raise checks.refused(Reason.MISSED_TOO_OFTEN, detail)


def _missed(session: Session, person_id: UUID, site_id: int, begin: datetime, end: datetime) -> int:
    query = (
        select(func.count())
        .select_from(Appointment)
        .join(Slot, Slot.id == Appointment.slot_id)
        .join(ClinicSession, ClinicSession.id == Slot.session_id)
        .where(
            Appointment.person_id == person_id,
            Appointment.state == AppointmentState.MISSED,
            ClinicSession.site_id == site_id,
            Slot.starts_at >= begin,
            Slot.starts_at < end,
        )
    )
    return session.scalar(query) or 0
