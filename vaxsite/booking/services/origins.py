"""Keeps by which door a booking came: who is responsible, and who executed it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from vaxsite.booking.doors import Origin
from vaxsite.booking.models import Appointment, BookingOrigin, HoldSeat
from vaxsite.booking.rules import ACTIVE, CONTACT_MOST, Reason
from vaxsite.booking.services import checks
from vaxsite.booking.services.telling import record_act
from vaxsite.core.actor import Actor, ActorKind
from vaxsite.residents.queries import phone_index
from vaxsite.residents.services import PersonDetails
from vaxsite.slots.models import Slot


def check_contact(
    session: Session, *, contact: PersonDetails, wanted: int, origin: Origin, now: datetime
) -> None:
    """Raise `RefusedAct` where one phone would have too many appointments to come.

    Staff may go beyond it: a community has one phone for many people.
    """
    if origin.by_staff or contact.phone is None:
        return
    query = (
        select(func.count())
        .select_from(BookingOrigin)
        .join(HoldSeat, HoldSeat.hold_id == BookingOrigin.hold_id)
        .join(Appointment, Appointment.id == HoldSeat.appointment_id)
        .join(Slot, Slot.id == Appointment.slot_id)
        .where(
            BookingOrigin.contact_index == phone_index(contact.phone),
            Appointment.state.in_(ACTIVE),
            Slot.starts_at > now,
        )
    )
    if (session.scalar(query) or 0) + wanted > CONTACT_MOST:
        raise checks.refused(Reason.CONTACT_FULL, {"most": CONTACT_MOST})


def keep(
    session: Session,
    *,
    hold_id: UUID,
    origin: Origin,
    contact: PersonDetails,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down where the booking of the hold came from, beside its appointments."""
    session.execute(
        insert(BookingOrigin).values(
            hold_id=hold_id,
            came_by=origin.came_by.value,
            relation=origin.relation.value,
            reach=origin.reached_by(contact.email).value,
            acted_by=actor.id if actor.kind is ActorKind.STAFF else None,
            contact_index=phone_index(contact.phone) if contact.phone else None,
            created_at=now,
        )
    )


def act_for(
    session: Session, *, appointment_id: UUID, origin: Origin, actor: Actor, now: datetime
) -> None:
    """Leave in the audit for whom *actor* changes or cancels, where it is not the person online."""
    if origin.by_staff:
        subject = f"appointment:{appointment_id}"
        record_act(session, "appointment:act-for", subject, actor, now, origin.told)
