"""Staff put a vaccination off until a date, at the door or later, and end that earlier."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from vaxsite.booking import queries as booking
from vaxsite.booking.models import Appointment
from vaxsite.booking.queries import AppointmentView
from vaxsite.booking.rules import AppointmentState
from vaxsite.booking.services import later
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.deferrals import queries as deferrals
from vaxsite.deferrals.rules.reasons import Why
from vaxsite.deferrals.services import asking, setting
from vaxsite.visits import queries, services
from vaxsite.visits.queries import Entry
from vaxsite.visits.rules import VisitState

HERE = frozenset({VisitState.ARRIVED, VisitState.SCREENED, VisitState.DEFERRED})


def put_off(
    session: Session,
    *,
    appointment_id: UUID,
    why: Why,
    until: date,
    my_booking_url: str,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Put the vaccination off; whoever is here leaves, and what is booked before goes back.

    Raise `RefusedAct` for an impossible date, `NotFound` at another clinic.
    """
    entry = own_entry(session, appointment_id, actor)
    leaves = entry.visit is not None and entry.visit.state in HERE
    if entry.visit is not None and leaves:
        services.leave(session, visit_id=entry.visit.id, reason=None, actor=actor, now=now)
    asked = booking.get_appointment(session, appointment_id)
    services.call_off(
        session,
        _too_early(_booked(session, asked), asked, until, leaves=leaves),
        action="appointment:put-off",
        detail={"until": until.isoformat()},
        actor=actor,
        now=now,
    )
    wanted = later.put_off_of(asked, why, until)
    return setting.put_off(session, wanted, my_booking_url=my_booking_url, actor=actor, now=now)


def end_earlier(
    session: Session,
    *,
    appointment_id: UUID,
    because: str,
    url: str,
    actor: Actor,
    now: datetime,
) -> None:
    """End the waiting with a reason, and invite the person now; done twice, it is done once."""
    entry = own_entry(session, appointment_id, actor)
    found = deferrals.find_open(session, person_id=entry.person.id, product_id=entry.product.id)
    if found is None:
        return
    asking.lift(session, deferral_id=found.id, because=because, url=url, actor=actor, now=now)


def own_entry(session: Session, appointment_id: UUID, actor: Actor) -> Entry:
    """Return the day's entry; `NotFound` where *actor* may not write on it."""
    entry = queries.get_entry(session, appointment_id=appointment_id, actor=actor)
    if not actor.may(Permission.VISIT_WRITE, entry.site.id):
        raise NotFound
    return entry


def _booked(session: Session, asked: AppointmentView) -> list[AppointmentView]:
    """Return everything that the person has booked of the vaccine, at whatever clinic, locked."""
    query = select(Appointment.id).where(
        Appointment.person_id == asked.person_id,
        Appointment.product_id == asked.slot.product.id,
        Appointment.state == AppointmentState.BOOKED,
    )
    ids = session.scalars(query.order_by(Appointment.id).with_for_update()).all()
    return booking.get_appointments(session, ids)


def _too_early(
    booked: list[AppointmentView], asked: AppointmentView, until: date, *, leaves: bool
) -> list[AppointmentView]:
    """Return what is booked before the date, and the doses that would follow on what goes."""
    gone = [one.dose_number for one in booked if one.slot.day < until]
    gone += [asked.dose_number] if leaves else []
    return [one for one in booked if gone and one.dose_number >= min(gone)]
