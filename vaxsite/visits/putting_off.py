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
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Permission
from vaxsite.deferrals import queries as deferrals
from vaxsite.deferrals.queries import DeferralView
from vaxsite.deferrals.rules.reasons import Why
from vaxsite.deferrals.services import asking, setting
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import SENTENCES as TURN_SENTENCES
from vaxsite.eligibility.rules import Reason as TurnReason
from vaxsite.eligibility.rules import groups_of
from vaxsite.residents import queries as residents
from vaxsite.residents.services import PersonDetails, find_or_add_person
from vaxsite.stock import queries as stock
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
    gone = _too_early(
        _booked(session, asked.person_id, asked.slot.product.id),
        until,
        leaves=asked.dose_number if leaves else None,
    )
    _call_off(session, gone, until, actor, now)
    wanted = later.put_off_of(asked, why, until)
    return setting.put_off(session, wanted, my_booking_url=my_booking_url, actor=actor, now=now)


def put_off_somebody(
    session: Session,
    *,
    details: PersonDetails,
    site_id: int,
    product_id: int,
    why: Why,
    until: date,
    my_booking_url: str,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Put the vaccination of somebody at the counter off, who need not have an appointment.

    What they have booked before the date is called off. Raise `RefusedAct` for an impossible date,
    a document that is known otherwise, or somebody in no group; `NotFound` for another clinic.
    """
    if not actor.may(Permission.VISIT_WRITE, site_id):
        raise NotFound
    if stock.find_product(session, product_id=product_id) is None:
        raise NotFound
    person_id = find_or_add_person(session, details=details, actor=actor, now=now)
    who = residents.get_person(session, person_id)
    gone = _too_early(_booked(session, person_id, product_id), until)
    _call_off(session, gone, until, actor, now)
    wanted = setting.Wanted(
        person_id=person_id,
        product_id=product_id,
        site_id=site_id,
        group_code=_group(session, details, until),
        why=why,
        until=until,
        phone=details.phone or who.phone,
        email=who.email,
    )
    return setting.put_off(session, wanted, my_booking_url=my_booking_url, actor=actor, now=now)


def own_deferral(session: Session, deferral_id: UUID, actor: Actor) -> DeferralView:
    """Return a deferral of a clinic of *actor*; `NotFound` for every other one."""
    found = deferrals.get(session, deferral_id)
    if not actor.may(Permission.VISIT_WRITE, found.site_id):
        raise NotFound
    return found


def end_waiting(
    session: Session,
    *,
    deferral_id: UUID,
    because: str,
    url: str,
    actor: Actor,
    now: datetime,
) -> None:
    """End a deferral of the clinic with a reason; raise `AlreadyMoved` where it has ended."""
    own_deferral(session, deferral_id, actor)
    asking.lift(session, deferral_id=deferral_id, because=because, url=url, actor=actor, now=now)


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


def _group(session: Session, details: PersonDetails, day: date) -> str:
    """Return the group by which they are invited on the day: the first in the order of the data."""
    who = eligibility.attributes(session, details)
    mine = groups_of(eligibility.groups(), who, day)
    if not mine:
        raise RefusedAct(Refused(TurnReason.NO_GROUP, "groups"), TURN_SENTENCES)
    return mine[0].code


def _booked(session: Session, person_id: UUID, product_id: int) -> list[AppointmentView]:
    """Return everything that the person has booked of the vaccine, at whatever clinic, locked."""
    query = select(Appointment.id).where(
        Appointment.person_id == person_id,
        Appointment.product_id == product_id,
        Appointment.state == AppointmentState.BOOKED,
    )
    ids = session.scalars(query.order_by(Appointment.id).with_for_update()).all()
    return booking.get_appointments(session, ids)


def _call_off(
    session: Session, gone: list[AppointmentView], until: date, actor: Actor, now: datetime
) -> None:
    detail = {"until": until.isoformat()}
    services.call_off(
        session, gone, action="appointment:put-off", detail=detail, actor=actor, now=now
    )


def _too_early(
    booked: list[AppointmentView], until: date, *, leaves: int | None = None
) -> list[AppointmentView]:
    """Return what is booked before the date, and the doses that would follow on what goes.

    *leaves* is the dose for which somebody is here who goes without it.
    """
    gone = [one.dose_number for one in booked if one.slot.day < until]
    gone += [] if leaves is None else [leaves]
    return [one for one in booked if gone and one.dose_number >= min(gone)]
