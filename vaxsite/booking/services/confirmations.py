"""Turns a hold into appointments. The order of locks is that of `holds`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sensors.domain.states import AlreadyMoved
from sensors.store.columns import table_of
from sensors.store.moves import move_row
from sensors.store.together import at_once, change_row, insert_rows
from sensors.store.written import Written
from vaxsite.booking import queries
from vaxsite.booking.doors import ONLINE, CameBy, Origin
from vaxsite.booking.hold_queries import HoldView, Kept, find_kept
from vaxsite.booking.models import Appointment, Hold, HoldSeat
from vaxsite.booking.rules import APPOINTMENTS, HOLDS, AppointmentState, HoldState, Place, Reason
from vaxsite.booking.services import admission, checks, limits, missed, origins
from vaxsite.booking.services.admission import Admitted
from vaxsite.booking.services.telling import record_act, tell_booked
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Detail
from vaxsite.core.ids import new_id, new_reference
from vaxsite.draws.services import grants
from vaxsite.record import queries as record
from vaxsite.residents.services import Found, PersonDetails, find_or_add
from vaxsite.slots import queries as slots
from vaxsite.slots import seats

Booked = dict[str, Any]  # Any: the columns of one appointment, of many types.
# How PostgreSQL and SQLite name the index of one appointment for a dose of a person.
ONE_A_DOSE = ("uq_appointment_person_dose", "appointment.person_id, appointment.product_id")
TOLD = {"slot": "slot_id", "dose": "dose_number", "group": "group_code"}  # To the audit.
USE_SEAT = Written(
    update(table_of(HoldSeat))
    .where(
        HoldSeat.hold_id == bindparam("hold"),
        HoldSeat.member == bindparam("of"),
        HoldSeat.part == bindparam("dose"),
    )
    .values(appointment_id=bindparam("became"))
)


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
    invitation_id: UUID | None = None,
    actor: Actor,
    now: datetime,
    origin: Origin = ONLINE,
) -> Confirmed:
    """Turn the hold into appointments, all or none, without touching the count of seats.

    *people* are those for whom the hold keeps seats, in its order; an invitation lets the one in
    whom it is for, and is used up. A hold that ran out claims its seats anew if they are free.
    Confirmed twice, it is confirmed once. Raise `RefusedAct`; the hold then stands as it stood.
    """
    contact = people[0]
    kept = find_kept(session, hold_id=hold_id, holder=holder, phone=contact.phone, now=now)
    if kept is None:
        raise checks.refused(Reason.HOLD_UNKNOWN)
    held = kept.hold
    if held.state is HoldState.USED:
        return Confirmed(queries.appointments_of(session, hold_id), again=True)
    if held.state is HoldState.RELEASED:
        raise checks.refused(Reason.HOLD_REPLACED)
    origins.check_contact(kept, contact, origin)
    try:
        with at_once(session):
            booked, admitted = _judge(session, kept, people, invitation_id, origin, actor, now)
            _store(session, held, booked, admitted, actor, now)
            _use(session, held, contact, origin, actor, now)
            tell_booked(session, _views(booked, kept), contact, my_booking_url, actor, now)
    except IntegrityError as err:
        _refuse_doubled(err)
    # After the appointments, as a change locks them: the appointments first, then the slots.
    if held.state is HoldState.EXPIRED:
        _reclaim(session, held, kept.slots, now)
    return Confirmed(tuple(one["id"] for one in booked.values()), reclaimed=held.expires_at <= now)


def _use(
    session: Session,
    held: HoldView,
    contact: PersonDetails,
    origin: Origin,
    actor: Actor,
    now: datetime,
) -> None:
    """End the hold as one that became appointments, and keep where they came from."""
    origins.keep(session, hold_id=held.id, origin=origin, contact=contact, actor=actor, now=now)
    step = move_row(session, Hold, held.id, HOLDS, source=held.state, target=HoldState.USED)
    told: Detail = {"seats": len(held.places), **origin.told}
    record_act(session, step.audit, f"hold:{held.id}", actor, now, told)


def _judge(
    session: Session,
    kept: Kept,
    people: Sequence[PersonDetails],
    invitation_id: UUID | None,
    origin: Origin,
    actor: Actor,
    now: datetime,
) -> tuple[dict[Place, Booked], Mapping[Place, Admitted]]:
    """Return what the seats become, and by what, once every person may have each of theirs."""
    times, members = kept.slots, _members(kept.hold, people)
    for slot in times.values():
        checks.check_offered(slot, now, walk_in=origin.came_by is CameBy.WALK_IN)
    admitted = admission.admit(
        session,
        members=list(zip(people, members, strict=True)),
        times=times,
        invitation_id=invitation_id,
        held=kept.hold,
        actor=actor,
        now=now,
    )
    for details, places in zip(people, members, strict=True):
        for draw_id in {kept.draws[one.slot_id] for one in places if one.slot_id in kept.draws}:
            grants.use(session, kept_for=draw_id, details=details, actor=actor, now=now)
    found = _find_people(session, people, actor, now)
    known = [one.id for one in found if not one.added]
    missed.check_limit(session, known, kept.clinics.keys(), actor, now)
    limits.check_people(session, person_ids=known, origin=origin, now=now)
    booked: dict[Place, Booked] = {}
    for person, details, places in zip(found, people, members, strict=True):
        parts = [times[place.slot_id] for place in places]
        numbers = _dose_numbers(session, person, details, parts, origin, now)
        for place, slot, number in zip(places, parts, numbers, strict=True):
            group = admitted[place].group_code
            booked[place] = _appointment(person.id, details, slot, number, group, now)
    return booked, admitted


def _members(held: HoldView, people: Sequence[PersonDetails]) -> list[list[Place]]:
    """Return the seats of each of the people; raise `RefusedAct` where there are more or fewer."""
    members = [list(places) for _, places in groupby(held.places, key=lambda one: one.member)]
    if len(members) != len(people):
        raise checks.refused(Reason.PEOPLE_MISSING)
    return members


def _dose_numbers(
    session: Session,
    person: Found,
    details: PersonDetails,
    parts: Sequence[slots.SlotView],
    origin: Origin,
    now: datetime,
) -> list[int]:
    """Return which doses of the person they would be; raise where one is not to be given."""
    if person.added:
        products = {slot.product for slot in parts}
        new = record.newcomer_for(products, born_on=details.born_on, sex=details.sex.value)
        return checks.dose_numbers(new, parts)
    checks.check_not_put_off(session, person.id, parts, stranger=not origin.by_staff)
    known = record.history(session, person_id=person.id, at=now)
    numbers = checks.dose_numbers(known, parts)
    checks.check_not_booked(session, person.id, numbers, parts)
    return numbers


def _find_people(
    session: Session, people: Sequence[PersonDetails], actor: Actor, now: datetime
) -> list[Found]:
    """Find or add everybody, in an order that two bookings of the same people share.

    Raise `RefusedAct` where two of them are one.
    """
    order = sorted(range(len(people)), key=lambda one: people[one].id_number or people[one].name)
    found = {
        place: find_or_add(session, details=people[place], actor=actor, now=now) for place in order
    }
    if len({one.id for one in found.values()}) < len(found):
        raise checks.refused(Reason.SAME_PERSON)
    return [found[place] for place in range(len(people))]


def _appointment(
    person_id: UUID,
    details: PersonDetails,
    slot: slots.SlotView,
    number: int,
    group: str,
    now: datetime,
) -> Booked:
    """Return the row of an appointment, column by column."""
    return {
        "id": new_id(now),
        "reference": new_reference(),
        "slot_id": slot.id,
        "person_id": person_id,
        "product_id": slot.product.id,
        "dose_number": number,
        "group_code": group,
        "state": APPOINTMENTS.initial.value,
        "phone": details.phone,
        "email": details.email,
        "created_at": now,
        "changed_at": now,
    }


def _store(
    session: Session,
    held: HoldView,
    booked: Mapping[Place, Booked],
    admitted: Mapping[Place, Admitted],
    actor: Actor,
    now: datetime,
) -> None:
    """Write the appointments, which seats became them, and by which invitation."""
    rows: list[Booked] = sorted(booked.values(), key=_in_common_order)
    insert_rows(session, Appointment, rows)
    for place, row in booked.items():
        late = AlreadyMoved(f"hold {held.id} has lost a seat")
        seat = {"hold": held.id, "of": place.member, "dose": place.part}
        change_row(session, USE_SEAT, late=late, became=row["id"], **seat)
        detail: Detail = {name: row[column] for name, column in TOLD.items()}
        record_act(session, "appointment:book", f"appointment:{row['id']}", actor, now, detail)
    admission.keep_uses(session, booked, admitted)


def _refuse_doubled(err: IntegrityError) -> NoReturn:
    """Raise the refusal of whoever was booked for the same dose in this moment, else *err*."""
    if any(name in str(err.orig) for name in ONE_A_DOSE):
        raise checks.refused(Reason.ALREADY_BOOKED) from err
    raise err


def _in_common_order(row: Booked) -> tuple[UUID, int]:
    """Two bookings of the same people insert in the same order: neither waits for the other."""
    return row["person_id"], row["dose_number"]


def _views(booked: Mapping[Place, Booked], kept: Kept) -> list[queries.AppointmentView]:
    """Return what is written, without reading it again."""
    return [
        queries.AppointmentView(
            id=row["id"],
            reference=row["reference"],
            person_id=row["person_id"],
            dose_number=row["dose_number"],
            group_code=row["group_code"],
            state=AppointmentState(row["state"]),
            sequence=0,
            email=row["email"],
            phone=row["phone"],
            slot=kept.slots[place.slot_id],
            clinic=kept.clinics[kept.slots[place.slot_id].site_id],
            member=place.member,
            part=place.part,
        )
        for place, row in booked.items()
    ]


def _reclaim(
    session: Session,
    held: HoldView,
    times: Mapping[int, slots.SlotView],
    now: datetime,
) -> None:
    # They were judged to be of the groups for which these are set aside.
    groups = {slot.kept_for for slot in times.values() if slot.kept_for}
    try:
        seats.exchange(session, take=held.seats, groups=groups, now=now)
    except seats.NoSeat as gone:
        raise checks.refused(Reason.HOLD_LOST) from gone
