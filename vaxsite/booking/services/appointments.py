"""Acts on appointments: cancel and change. The order of locks is that of `holds`."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from sensors.domain.states import AlreadyMoved
from sensors.store.moves import move
from vaxsite.booking import queries
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import APPOINTMENTS, AppointmentState, Reason
from vaxsite.booking.services import admission, checks
from vaxsite.booking.services.telling import record_act, tell
from vaxsite.calls import services as calls
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Detail
from vaxsite.core.errors import NotFound
from vaxsite.draws.services import grants
from vaxsite.eligibility import queries as eligibility
from vaxsite.messages import rules as texts
from vaxsite.record import queries as record
from vaxsite.residents.services import known_details
from vaxsite.slots import queries as slots
from vaxsite.slots import seats


def cancel(
    session: Session,
    *,
    appointment_id: UUID,
    everyone: bool = False,
    kind: texts.Kind = texts.Kind.CANCELLED,
    my_booking_url: str,
    actor: Actor,
    now: datetime,
) -> list[UUID]:
    """Call off what the person still has of this booking, with *everyone* what all people have.

    Both doses of a person go together: nobody keeps a second dose without the first. Returns what
    was called off; its seats are free once, whoever asks how often.
    """
    whole = queries.lock_together(session, appointment_id)
    asked = _one(whole, appointment_id)
    checks.check_changeable(asked, now)
    mine = [
        one for one in whole if (everyone or one.member == asked.member) and one.changeable(now)
    ]
    for one in mine:
        step = move(
            session,
            Appointment,
            one.id,
            APPOINTMENTS,
            source=AppointmentState.BOOKED,
            target=AppointmentState.CANCELLED,
            sequence=Appointment.sequence + 1,
            changed_at=now,
        )
        detail: Detail = {"slot": one.slot.id}
        record_act(session, step.audit, f"appointment:{one.id}", actor, now, detail)
    seats.exchange(session, give=Counter(one.slot.id for one in mine), now=now)
    admission.give_back(session, mine, actor, now)
    ids = [one.id for one in mine]
    _tell_again(session, kind, ids, my_booking_url, actor, now)
    return ids


def end_reminders(session: Session, *, appointment_id: UUID, actor: Actor, now: datetime) -> None:
    """Remind nobody of this booking any more; done twice it changes nothing."""
    ids = [one.id for one in queries.lock_together(session, appointment_id)]
    session.execute(
        update(Appointment)
        .where(Appointment.id.in_(ids))
        .values(remind=False)
        .execution_options(synchronize_session=False)
    )
    subject = f"appointment:{appointment_id}"
    record_act(session, "appointment:end-reminders", subject, actor, now, {})


def change(
    session: Session,
    *,
    appointment_id: UUID,
    sequence: int,
    slot_id: int,
    everyone: bool = False,
    my_booking_url: str,
    actor: Actor,
    now: datetime,
) -> list[UUID]:
    """Move the appointment to another slot, with *everyone* also those who come at the same time.

    The references stay, the sequences grow. All move or none. A second dose that was booked with
    the first must stay within its window. *sequence* is the one that the person saw: a stale
    window raises `AlreadyMoved`. Returns what was moved.
    """
    whole = queries.lock_together(session, appointment_id)
    asked = _one(whole, appointment_id)
    if asked.sequence != sequence:
        raise AlreadyMoved(f"appointment {appointment_id} is not as it was seen")
    checks.check_changeable(asked, now)
    if slot_id == asked.slot.id:
        raise checks.refused(Reason.SAME_TIME)
    slot = slots.get_slot(session, slot_id)
    mine = [
        one
        for one in whole
        if one.id == asked.id or (everyone and one.comes_with(asked) and one.changeable(now))
    ]
    groups = {one.id: _check_new_slot(session, one, whole, slot, now) for one in mine}
    give = Counter(one.slot.id for one in mine)
    mine_too = [slot.kept_for] if slot.kept_for else []  # They were judged to be of that group.
    seats.exchange(session, take={slot_id: len(mine)}, give=give, groups=mine_too, now=now)
    for one in mine:
        _move_to(session, one, slot_id, groups[one.id], actor, now)
    ids = [one.id for one in mine]
    _tell_again(session, texts.Kind.CHANGED, ids, my_booking_url, actor, now)
    return ids


def _one(whole: Sequence[queries.AppointmentView], appointment_id: UUID) -> queries.AppointmentView:
    found = next((one for one in whole if one.id == appointment_id), None)
    if found is None:
        raise NotFound
    return found


def _check_new_slot(
    session: Session,
    one: queries.AppointmentView,
    whole: Sequence[queries.AppointmentView],
    slot: slots.SlotView,
    now: datetime,
) -> str:
    """Judge the new time by the rules of a new booking; return the group that allows it."""
    if slot.product.id != one.slot.product.id:
        raise checks.refused(Reason.OTHER_PRODUCT)
    checks.check_offered(slot, now)
    grants.check_move(session, source_id=one.slot.session_id, target_id=slot.session_id)
    who = eligibility.attributes(session, known_details(session, one.person_id))
    group = admission.group_after_move(session, one, slot, who)
    parts = [
        slot if other.id == one.id else other.slot
        for other in whole
        if other.member == one.member and (other.id == one.id or other.changeable(now))
    ]
    checks.check_not_put_off(session, one.person_id, parts)
    checks.dose_numbers(record.history(session, person_id=one.person_id, at=now), parts)
    return group


def _move_to(
    session: Session,
    one: queries.AppointmentView,
    slot_id: int,
    group: str,
    actor: Actor,
    now: datetime,
) -> None:
    session.execute(
        update(Appointment)
        .where(Appointment.id == one.id)
        .values(slot_id=slot_id, group_code=group, sequence=one.sequence + 1, changed_at=now)
        .execution_options(synchronize_session=False)
    )
    detail: Detail = {"from": one.slot.id, "to": slot_id}
    record_act(session, "appointment:change", f"appointment:{one.id}", actor, now, detail)


def _tell_again(
    session: Session,
    kind: texts.Kind,
    appointment_ids: Sequence[UUID],
    my_booking_url: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Tell anew; whatever the clinic still had to call about them is settled."""
    for appointment_id in appointment_ids:
        calls.close_about(session, about=f"appointment:{appointment_id}", actor=actor, now=now)
    views = queries.get_appointments(session, appointment_ids)
    tell(session, kind, views, my_booking_url, actor, now)
