"""Acts on appointments: confirm a hold, cancel, change. The order of locks is that of `holds`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sensors.domain.states import AlreadyMoved
from sensors.store.moves import move
from vaxsite.booking import queries
from vaxsite.booking.models import Appointment, Hold, HoldSeat
from vaxsite.booking.rules import APPOINTMENTS, HOLDS, AppointmentState, HoldState, Place, Reason
from vaxsite.booking.services import checks
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Detail
from vaxsite.core.errors import NotFound
from vaxsite.core.ids import new_id, new_reference
from vaxsite.draws.services import grants
from vaxsite.eligibility.rules import Attributes, Occupation
from vaxsite.messages import rules as texts
from vaxsite.messages import services as messages
from vaxsite.residents import queries as residents
from vaxsite.residents.services import PersonDetails, find_or_add_person
from vaxsite.slots import queries as slots
from vaxsite.slots import seats


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of a confirmation: the appointments, and what is to be said about their seats."""

    appointment_ids: tuple[UUID, ...]
    reclaimed: bool = False  # The hold had run out and the seats were still free.
    again: bool = False  # The same hold was confirmed before; nothing new happened.

    @property
    def appointment_id(self) -> UUID:
        """The first appointment: of the first person, for their first dose."""
        return self.appointment_ids[0]


def confirm(
    session: Session,
    *,
    hold_id: UUID,
    holder: bytes,
    people: Sequence[PersonDetails],
    my_booking_url: str,
    actor: Actor,
    now: datetime,
) -> Confirmed:
    """Turn the hold into appointments, all or none, without touching the count of seats.

    *people* are those for whom the hold keeps seats, in its order. A hold that ran out claims its
    seats anew if they are free. Confirmed twice, it is confirmed once. Raise `RefusedAct`; the hold
    then stands as it stood.
    """
    held = queries.find_own(session, hold_id=hold_id, holder=holder)
    if held is None:
        raise checks.refused(Reason.HOLD_UNKNOWN)
    if held.state is HoldState.USED:
        return Confirmed(queries.appointments_of(session, hold_id), again=True)
    if held.state is HoldState.RELEASED:
        raise checks.refused(Reason.HOLD_REPLACED)
    booked = _judge(session, held, people, actor, now)
    _insert(session, hold_id, booked, actor, now)
    step = move(session, Hold, hold_id, HOLDS, source=held.state, target=HoldState.USED)
    _record(session, step.audit, f"hold:{hold_id}", actor, now, {"seats": len(booked)})
    # After the appointments, as a change locks them: the appointments first, then the slots.
    if held.state is HoldState.EXPIRED:
        _reclaim(session, held, now)
    ids = tuple(row.id for row in booked.values())
    _tell(session, texts.Kind.CONFIRMED, ids, my_booking_url, now)
    return Confirmed(ids, reclaimed=held.expires_at <= now)


def _judge(
    session: Session,
    held: queries.HoldView,
    people: Sequence[PersonDetails],
    actor: Actor,
    now: datetime,
) -> dict[Place, Appointment]:
    """Return the appointments that the seats become, once every person may have each of theirs."""
    members = [list(places) for _, places in groupby(held.places, key=lambda one: one.member)]
    if len(members) != len(people):
        raise checks.refused(Reason.PEOPLE_MISSING)
    times = slots.get_slots(session, held.seats.keys())
    asked = []
    for details, places in zip(people, members, strict=True):
        parts = [times[place.slot_id] for place in places]
        asked.append((places, parts, _groups(session, parts, details, now)))
        for slot in parts:
            grants.use(session, session_id=slot.session_id, details=details, actor=actor, now=now)
    found = _find_people(session, people, actor, now)
    if len(set(found)) < len(found):
        raise checks.refused(Reason.SAME_PERSON)
    booked: dict[Place, Appointment] = {}
    for (places, parts, groups), person_id, details in zip(asked, found, people, strict=True):
        numbers = checks.check_doses(session, person_id, parts, now)
        for place, slot, group, number in zip(places, parts, groups, numbers, strict=True):
            booked[place] = _appointment(person_id, details, slot, number, group, now)
    return booked


def _groups(
    session: Session, parts: Sequence[slots.SlotView], details: PersonDetails, now: datetime
) -> list[str]:
    """Return the groups that let the person in on each day; raise where a time is not theirs."""
    who = Attributes(details.born_on, Occupation(details.occupation), details.conditions)
    for slot in parts:
        checks.check_offered(slot, now)
    return [checks.group_on(session, slot, who) for slot in parts]


def _find_people(
    session: Session, people: Sequence[PersonDetails], actor: Actor, now: datetime
) -> list[UUID]:
    """Find or add everybody, in an order that two bookings of the same people share."""
    order = sorted(range(len(people)), key=lambda one: people[one].id_number or people[one].name)
    found = {
        place: find_or_add_person(session, details=people[place], actor=actor, now=now)
        for place in order
    }
    return [found[place] for place in range(len(people))]


def _appointment(
    person_id: UUID,
    details: PersonDetails,
    slot: slots.SlotView,
    number: int,
    group: str,
    now: datetime,
) -> Appointment:
    return Appointment(
        id=new_id(now),
        reference=new_reference(),
        slot_id=slot.id,
        person_id=person_id,
        product_id=slot.product.id,
        dose_number=number,
        group_code=group,
        state=APPOINTMENTS.initial.value,
        phone=details.phone,
        email=details.email,
        created_at=now,
        changed_at=now,
    )


def _insert(
    session: Session,
    hold_id: UUID,
    booked: Mapping[Place, Appointment],
    actor: Actor,
    now: datetime,
) -> None:
    for row in booked.values():
        detail: Detail = {"slot": row.slot_id, "dose": row.dose_number, "group": row.group_code}
        _record(session, "appointment:book", f"appointment:{row.id}", actor, now, detail)
    rows: list[Appointment] = sorted(booked.values(), key=_in_common_order)
    session.add_all(rows)
    try:
        session.flush()
    except IntegrityError as err:  # uq_appointment_person_dose: the same person, this moment.
        raise checks.refused(Reason.ALREADY_BOOKED) from err
    for place, row in booked.items():
        session.execute(
            update(HoldSeat)
            .where(
                HoldSeat.hold_id == hold_id,
                HoldSeat.member == place.member,
                HoldSeat.part == place.part,
            )
            .values(appointment_id=row.id)
            .execution_options(synchronize_session=False)
        )


def _in_common_order(row: Appointment) -> tuple[UUID, int]:
    """Two bookings of the same people insert in the same order: neither waits for the other."""
    return row.person_id, row.dose_number


def _reclaim(session: Session, held: queries.HoldView, now: datetime) -> None:
    try:
        seats.exchange(session, take=held.seats, now=now)
    except seats.NoSeat as gone:
        raise checks.refused(Reason.HOLD_LOST) from gone


def cancel(
    session: Session,
    *,
    appointment_id: UUID,
    everyone: bool = False,
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
        _record(session, step.audit, f"appointment:{one.id}", actor, now, detail)
    seats.exchange(session, give=Counter(one.slot.id for one in mine), now=now)
    ids = [one.id for one in mine]
    _tell(session, texts.Kind.CANCELLED, ids, my_booking_url, now)
    return ids


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
    mine = [one for one in whole if one.id == asked.id or (everyone and _with(one, asked, now))]
    groups = {one.id: _check_new_slot(session, one, whole, slot, now) for one in mine}
    give = Counter(one.slot.id for one in mine)
    seats.exchange(session, take={slot_id: len(mine)}, give=give, now=now)
    for one in mine:
        _move_to(session, one, slot_id, groups[one.id], actor, now)
    ids = [one.id for one in mine]
    _tell(session, texts.Kind.CHANGED, ids, my_booking_url, now)
    return ids


def _one(whole: Sequence[queries.AppointmentView], appointment_id: UUID) -> queries.AppointmentView:
    found = next((one for one in whole if one.id == appointment_id), None)
    if found is None:
        raise NotFound
    return found


def _with(one: queries.AppointmentView, asked: queries.AppointmentView, now: datetime) -> bool:
    return one.slot.id == asked.slot.id and one.part == asked.part and one.changeable(now)


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
    person = residents.get_person(session, one.person_id)
    who = Attributes(person.born_on, Occupation(person.occupation), person.conditions)
    group = checks.group_on(session, slot, who)
    parts = [
        slot if other.id == one.id else other.slot
        for other in whole
        if other.member == one.member and (other.id == one.id or other.changeable(now))
    ]
    checks.dose_numbers(session, person.id, parts, now)
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
    _record(session, "appointment:change", f"appointment:{one.id}", actor, now, detail)


def _tell(
    session: Session,
    kind: texts.Kind,
    appointment_ids: Sequence[UUID],
    my_booking_url: str,
    now: datetime,
) -> None:
    """Tell whoever booked, in one message, what became of all these appointments."""
    views = queries.get_appointments(session, appointment_ids)
    person = residents.get_person(session, views[0].person_id)
    messages.tell(
        session,
        kind=kind,
        facts=queries.facts(views, language=person.language, my_booking_url=my_booking_url),
        email=views[0].email,
        language=person.language,
        now=now,
    )


def _record(
    session: Session, action: str, subject: str, actor: Actor, now: datetime, detail: Detail
) -> None:
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=dict(detail))
