"""Keeps by which door a booking came: who is responsible, and who executed it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from sensors.store.together import insert_rows
from vaxsite.booking.doors import Origin
from vaxsite.booking.hold_queries import Kept
from vaxsite.booking.models import BookingOrigin
from vaxsite.booking.rules import CONTACT_MOST, Reason
from vaxsite.booking.services import checks
from vaxsite.booking.services.telling import record_act
from vaxsite.core.actor import Actor, ActorKind
from vaxsite.residents.queries import phone_index
from vaxsite.residents.services import PersonDetails


def check_contact(kept: Kept, contact: PersonDetails, origin: Origin) -> None:
    """Raise `RefusedAct` where one phone would have too many appointments to come.

    Staff may go beyond it: a community has one phone for many people.
    """
    if origin.by_staff or contact.phone is None:
        return
    if kept.to_come + len(kept.hold.places) > CONTACT_MOST:
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
    row = {
        "hold_id": hold_id,
        "came_by": origin.came_by.value,
        "relation": origin.relation.value,
        "reach": origin.reached_by(contact.email).value,
        "acted_by": actor.id if actor.kind is ActorKind.STAFF else None,
        "contact_index": phone_index(contact.phone) if contact.phone else None,
        "created_at": now,
    }
    insert_rows(session, BookingOrigin, [row])


def act_for(
    session: Session, *, appointment_id: UUID, origin: Origin, actor: Actor, now: datetime
) -> None:
    """Leave in the audit for whom *actor* changes or cancels, where it is not the person online."""
    if origin.by_staff:
        subject = f"appointment:{appointment_id}"
        record_act(session, "appointment:act-for", subject, actor, now, origin.told)
