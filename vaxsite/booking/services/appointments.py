"""Acts on appointments: confirm a hold, cancel, change. The order of locks is that of `holds`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sensors.domain.states import AlreadyMoved
from sensors.store.moves import move
from vaxsite.booking import queries
from vaxsite.booking.models import Appointment, Hold
from vaxsite.booking.rules import APPOINTMENTS, HOLDS, AppointmentState, HoldState, Reason
from vaxsite.booking.services import checks
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Detail
from vaxsite.core.ids import new_id, new_reference
from vaxsite.eligibility.rules import Attributes, Occupation
from vaxsite.messages import rules as texts
from vaxsite.messages import services as messages
from vaxsite.residents import queries as residents
from vaxsite.residents.services import PersonDetails, find_or_add_person
from vaxsite.slots import queries as slots
from vaxsite.slots import services as seats


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of a confirmation: the appointment, and what is to be said about its seat."""

    appointment_id: UUID
    reclaimed: bool = False  # The hold had run out and the seat was still free.
    again: bool = False  # The same hold was confirmed before; nothing new happened.


def confirm(
    session: Session,
    *,
    hold_id: UUID,
    holder: bytes,
    details: PersonDetails,
    my_booking_url: str,
    actor: Actor,
    now: datetime,
) -> Confirmed:
    """Turn the hold into an appointment without touching the count of seats.

    A hold that ran out claims its seat anew if one is free. Confirmed twice, it is one appointment.
    Raise `RefusedAct`; the hold then stands as it stood.
    """
    held = _lock_hold(session, hold_id, holder)
    done = session.scalar(select(Appointment.id).where(Appointment.hold_id == hold_id))
    if done is not None:
        return Confirmed(done, again=True)
    state = HoldState(held.state)
    if state is HoldState.RELEASED:
        raise checks.refused(Reason.HOLD_REPLACED)
    slot = slots.get_slot(session, held.slot_id)
    checks.check_offered(slot, now)
    who = Attributes(details.born_on, Occupation(details.occupation), details.conditions)
    group = checks.group_on(session, slot, who)
    person_id = find_or_add_person(session, details=details, actor=actor, now=now)
    number = checks.check_dose(session, person_id, slot, now)
    step = move(session, Hold, hold_id, HOLDS, source=state, target=HoldState.USED)
    _record(session, step.audit, f"hold:{hold_id}", actor, now, {"slot": slot.id})
    appointment_id = _book(session, held, person_id, details, slot, number, group, actor, now)
    # After the appointment, as a change locks them: the appointment first, then the slot.
    if state is HoldState.EXPIRED and not seats.claim(session, slot_id=slot.id, now=now):
        raise checks.refused(Reason.HOLD_LOST)
    _tell(session, texts.Kind.CONFIRMED, appointment_id, my_booking_url, now)
    return Confirmed(appointment_id, reclaimed=held.expires_at <= now)


def _lock_hold(session: Session, hold_id: UUID, holder: bytes) -> Hold:
    held = session.scalar(
        select(Hold)
        .where(Hold.id == hold_id, Hold.holder_hash == holder)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if held is None:
        raise checks.refused(Reason.HOLD_UNKNOWN)
    return held


def _book(
    session: Session,
    held: Hold,
    person_id: UUID,
    details: PersonDetails,
    slot: slots.SlotView,
    number: int,
    group: str,
    actor: Actor,
    now: datetime,
) -> UUID:
    row = Appointment(
        id=new_id(now),
        reference=new_reference(),
        slot_id=slot.id,
        person_id=person_id,
        product_id=slot.product.id,
        dose_number=number,
        group_code=group,
        state=APPOINTMENTS.initial.value,
        hold_id=held.id,
        phone=details.phone,
        email=details.email,
        created_at=now,
        changed_at=now,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as err:  # uq_appointment_person_dose: the same person, this moment.
        raise checks.refused(Reason.ALREADY_BOOKED) from err
    detail: Detail = {"slot": slot.id, "dose": number, "group": group}
    _record(session, "appointment:book", f"appointment:{row.id}", actor, now, detail)
    return row.id


def cancel(
    session: Session, *, appointment_id: UUID, my_booking_url: str, actor: Actor, now: datetime
) -> None:
    """Call the appointment off and give its seat back, once whoever asks how often."""
    seen = queries.get_appointment(session, appointment_id)
    checks.check_changeable(seen, now)
    step = move(
        session,
        Appointment,
        appointment_id,
        APPOINTMENTS,
        source=AppointmentState.BOOKED,
        target=AppointmentState.CANCELLED,
        sequence=Appointment.sequence + 1,
        changed_at=now,
    )
    # Read again under the lock: a change may have moved it to another slot meanwhile.
    slot_id = session.scalar(select(Appointment.slot_id).where(Appointment.id == appointment_id))
    assert slot_id is not None
    seats.give_back(session, slot_id=slot_id)
    subject = f"appointment:{appointment_id}"
    _record(session, step.audit, subject, actor, now, {"slot": slot_id})
    _tell(session, texts.Kind.CANCELLED, appointment_id, my_booking_url, now)


def change(
    session: Session,
    *,
    appointment_id: UUID,
    sequence: int,
    slot_id: int,
    my_booking_url: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Move the appointment to another slot; the reference stays, the sequence grows.

    *sequence* is the one that the person saw: a stale window raises `AlreadyMoved`.
    """
    row = session.scalar(
        select(Appointment)
        .where(Appointment.id == appointment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    seen = queries.get_appointment(session, appointment_id)
    if row is None or row.sequence != sequence:
        raise AlreadyMoved(f"appointment {appointment_id} is not as it was seen")
    checks.check_changeable(seen, now)
    if slot_id == seen.slot.id:
        raise checks.refused(Reason.SAME_TIME)
    slot = slots.get_slot(session, slot_id)
    group = _check_new_slot(session, seen, slot, now)
    for step in sorted((seen.slot.id, slot_id)):
        if step == slot_id and not seats.claim(session, slot_id=slot_id, now=now):
            raise checks.no_seat(session, slot_id, now)
        if step != slot_id:
            seats.give_back(session, slot_id=step)
    row.slot_id, row.group_code = slot_id, group
    row.sequence, row.changed_at = sequence + 1, now
    session.flush()
    detail: Detail = {"from": seen.slot.id, "to": slot_id}
    _record(session, "appointment:change", f"appointment:{row.id}", actor, now, detail)
    _tell(session, texts.Kind.CHANGED, appointment_id, my_booking_url, now)


def _check_new_slot(
    session: Session,
    seen: queries.AppointmentView,
    slot: slots.SlotView,
    now: datetime,
) -> str:
    """Judge the new time by the rules of a new booking; return the group that allows it."""
    if slot.product.id != seen.slot.product.id:
        raise checks.refused(Reason.OTHER_PRODUCT)
    checks.check_offered(slot, now)
    person = residents.get_person(session, seen.person_id)
    who = Attributes(person.born_on, Occupation(person.occupation), person.conditions)
    group = checks.group_on(session, slot, who)
    checks.dose_number_on(session, person.id, slot, now)
    return group


def _tell(
    session: Session, kind: texts.Kind, appointment_id: UUID, my_booking_url: str, now: datetime
) -> None:
    view = queries.get_appointment(session, appointment_id)
    person = residents.get_person(session, view.person_id)
    messages.tell(
        session,
        kind=kind,
        facts=queries.facts(view, language=person.language, my_booking_url=my_booking_url),
        email=view.email,
        language=person.language,
        now=now,
    )


def _record(
    session: Session, action: str, subject: str, actor: Actor, now: datetime, detail: Detail
) -> None:
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=dict(detail))
