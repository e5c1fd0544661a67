"""Reads of the booking desk: people with their appointments at the clinics of whoever asks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from vaxsite.booking import queries as booking
from vaxsite.booking.doors import Reach
from vaxsite.booking.models import Appointment, BookingOrigin, HoldSeat
from vaxsite.booking.rules import AppointmentState
from vaxsite.core.actor import Actor
from vaxsite.core.permissions import Permission
from vaxsite.residents.models import Person
from vaxsite.slots.models import ClinicSession, Slot


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who was looked for, as a member of staff needs it to know who it is."""

    person_id: UUID
    name: str
    born_on: date
    id_end: str | None  # The last four characters of the document.
    appointments: Sequence[booking.AppointmentView]


@dataclass(frozen=True, slots=True)
class ToPost:
    """A slip that somebody wants by post."""

    hold_id: UUID
    name: str
    address: str
    appointment_id: UUID


def desk_sites(actor: Actor) -> frozenset[int]:
    """Return the ids of the sites for whose people *actor* sits at a desk."""
    return actor.sites(Permission.BOOKING_PHONE) | actor.sites(Permission.BOOKING_COUNTER)


def found(
    session: Session, *, person_ids: Collection[UUID], actor: Actor, now: datetime
) -> list[Found]:
    """Return those of the people who have or had an appointment at a site of *actor*."""
    query = (
        select(Appointment.person_id, Appointment.id)
        .join(Slot, Slot.id == Appointment.slot_id)
        .join(ClinicSession, ClinicSession.id == Slot.session_id)
        .where(Appointment.person_id.in_(person_ids), ClinicSession.site_id.in_(desk_sites(actor)))
    )
    ids: dict[UUID, list[UUID]] = {}
    for person_id, appointment_id in session.execute(query):
        ids.setdefault(person_id, []).append(appointment_id)
    people = session.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.id))
    return [_found(session, one, ids[one.id], now) for one in people]


def person_of(session: Session, *, reference: str) -> UUID | None:
    """Return whose stored reference it is, or None."""
    return session.scalar(select(Appointment.person_id).where(Appointment.reference == reference))


def to_post(session: Session, *, actor: Actor) -> list[ToPost]:
    """Return the slips of the sites of *actor* that were not sent off yet, oldest first."""
    query = (
        select(BookingOrigin.hold_id, Person, Appointment.id)
        .join(HoldSeat, HoldSeat.hold_id == BookingOrigin.hold_id)
        .join(Appointment, Appointment.id == HoldSeat.appointment_id)
        .join(Person, Person.id == Appointment.person_id)
        .join(Slot, Slot.id == Appointment.slot_id)
        .join(ClinicSession, ClinicSession.id == Slot.session_id)
        .where(
            BookingOrigin.reach == Reach.POST,
            BookingOrigin.posted_at.is_(None),
            HoldSeat.member == 1,
            HoldSeat.part == 1,
            Appointment.state == AppointmentState.BOOKED,
            ClinicSession.site_id.in_(desk_sites(actor)),
        )
        .order_by(BookingOrigin.created_at)
    )
    return [
        ToPost(hold_id, person.name, person.address or "", appointment_id)
        for hold_id, person, appointment_id in session.execute(query)
    ]


def _found(session: Session, row: Person, ids: Collection[UUID], now: datetime) -> Found:
    views = booking.get_appointments(session, ids)
    views.sort(key=lambda one: (not one.changeable(now), one.slot.starts_at))
    return Found(row.id, row.name, row.born_on, (row.id_number or "")[-4:] or None, views)
