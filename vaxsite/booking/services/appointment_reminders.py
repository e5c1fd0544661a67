"""Reminders of appointments: once for each appointment, time and stage, whatever restarts.

A row says that a stage is decided for a sequence of an appointment; it is written in the
transaction of the message. So a run that is late, broken off, done twice, or done again by a clock
that was set back finds only what is still due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import groupby
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from vaxsite.booking import queries, reminding
from vaxsite.booking.models import Appointment, AppointmentReminder, HoldSeat
from vaxsite.booking.reminding import ReminderRule
from vaxsite.booking.rules import AppointmentState
from vaxsite.booking.services.telling import record_act, tell
from vaxsite.core.actor import system
from vaxsite.messages.rules import Kind
from vaxsite.messages.writing import Way
from vaxsite.slots import queries as slots
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.slots.rules import SessionState

REMINDER = system("appointment-reminders")
BATCH = 100  # Appointments a transaction: more than any booking has.


@dataclass(frozen=True, slots=True)
class _Due:
    """An appointment whose reminder is to be decided."""

    id: UUID
    hold_id: UUID | None
    sequence: int
    changed_at: datetime
    starts_at: datetime


def remind_due(sessions: sessionmaker[Session], *, my_booking_url: str, now: datetime) -> int:
    """Remind of every appointment that is due, where people may be written to at that hour.

    Return how many bookings were reminded of.
    """
    with sessions() as session:
        clinics = slots.clinics(session)
    total = 0
    for clinic in clinics:
        local = now.astimezone(ZoneInfo(clinic.timezone))
        rule = reminding.rule_on(local.date())
        if rule is None or not reminding.may_write(local, rule):
            continue
        for stage in rule.days_before:
            total += _remind_clinic(sessions, clinic, rule, stage, my_booking_url, now)
    return total


def wanted(session: Session, *, appointment_id: UUID) -> bool:
    """Tell whether the person wants to be reminded of the appointment."""
    query = select(Appointment.remind).where(Appointment.id == appointment_id)
    return bool(session.scalar(query))


def _remind_clinic(
    sessions: sessionmaker[Session],
    clinic: slots.ClinicView,
    rule: ReminderRule,
    stage: int,
    my_booking_url: str,
    now: datetime,
) -> int:
    total = 0
    while True:
        with sessions() as session, transaction(session):
            found = _due(session, clinic, rule, stage, now)
            for _, together in groupby(found, key=lambda one: one.hold_id or one.id):
                last = stage == min(rule.days_before)
                told = _decide(session, clinic, list(together), stage, last, my_booking_url, now)
                total += told
            if found:
                detail = {"appointments": len(found), "stage": stage}
                record_act(session, "reminder:look", "appointments", REMINDER, now, detail)
        if len(found) < BATCH // 2:
            return total


def _due(
    session: Session, clinic: slots.ClinicView, rule: ReminderRule, stage: int, now: datetime
) -> list[_Due]:
    """Return what is to be decided, whole bookings; locked, so that nobody cancels meanwhile."""
    zone = ZoneInfo(clinic.timezone)
    first, last = reminding.days_of(stage, clinic.local_day(now), rule)
    decided = select(AppointmentReminder.appointment_id).where(
        AppointmentReminder.appointment_id == Appointment.id,
        AppointmentReminder.sequence == Appointment.sequence,
        AppointmentReminder.stage == stage,
    )
    rows = session.execute(
        select(
            Appointment.id,
            HoldSeat.hold_id,
            Appointment.sequence,
            Appointment.changed_at,
            Slot.starts_at,
        )
        .join(Slot, Slot.id == Appointment.slot_id)
        .join(ClinicSession, ClinicSession.id == Slot.session_id)
        .outerjoin(HoldSeat, HoldSeat.appointment_id == Appointment.id)
        .where(
            ClinicSession.site_id == clinic.site_id,
            ClinicSession.state == SessionState.PUBLISHED,
            Appointment.state == AppointmentState.BOOKED,
            Appointment.remind.is_(True),
            Slot.starts_at > now,
            Slot.starts_at >= datetime.combine(first, time(), zone),
            Slot.starts_at < datetime.combine(last, time(), zone),
            ~decided.exists(),
        )
        .order_by(HoldSeat.hold_id, Appointment.id)
        .limit(BATCH)
        .with_for_update(of=Appointment)
    ).all()
    found = [_Due(*row) for row in rows]
    if len(found) < BATCH:
        return found
    return [one for one in found if one.hold_id is None or one.hold_id != found[-1].hold_id]


def _decide(
    session: Session,
    clinic: slots.ClinicView,
    together: Sequence[_Due],
    stage: int,
    last: bool,
    my_booking_url: str,
    now: datetime,
) -> bool:
    """Tell of what was booked together, in one message, but for what was told lately."""
    for one in together:
        session.add(
            AppointmentReminder(
                appointment_id=one.id, sequence=one.sequence, stage=stage, decided_at=now
            )
        )
    session.flush()
    wanted = [
        one.id
        for one in together
        if not reminding.needless(
            clinic.local_day(one.changed_at), clinic.local_day(one.starts_at), stage
        )
    ]
    if not wanted:
        return False
    views = queries.get_appointments(session, wanted)
    way = tell(
        session,
        Kind.REMINDER,
        views,
        my_booking_url,
        REMINDER,
        now,
        turn=str(stage),
        must_arrive=last,
    )
    return way is not Way.NONE
