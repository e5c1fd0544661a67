"""A resident says: not now, ask me again on a day."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from vaxsite.booking import queries
from vaxsite.booking.queries import AppointmentView
from vaxsite.booking.rules import AppointmentState, Reason
from vaxsite.booking.services import appointments, checks
from vaxsite.core.actor import Actor
from vaxsite.deferrals.rules.reasons import Why
from vaxsite.deferrals.services.setting import Wanted, put_off

OVER = frozenset({AppointmentState.CANCELLED, AppointmentState.MISSED})


def ask_later(
    session: Session,
    *,
    appointment_id: UUID,
    until: date,
    my_booking_url: str,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Cancel what the person still has of the booking, and ask them again on *until*.

    Raise `RefusedAct` where the appointment is in somebody else's hands, or the day is none.
    """
    view = queries.get_appointment(session, appointment_id)
    if view.changeable(now):
        appointments.cancel(
            session,
            appointment_id=appointment_id,
            my_booking_url=my_booking_url,
            actor=actor,
            now=now,
        )
    elif view.state not in OVER:
        raise checks.refused(Reason.NOT_CHANGEABLE)
    wanted = put_off_of(view, Why.OWN_WISH, until)
    return put_off(session, wanted, my_booking_url=my_booking_url, actor=actor, now=now)


def put_off_of(view: AppointmentView, why: Why, until: date) -> Wanted:
    """Return what is put off where somebody has, or had, this appointment."""
    return Wanted(
        person_id=view.person_id,
        product_id=view.slot.product.id,
        site_id=view.clinic.site_id,
        group_code=view.group_code,
        why=why,
        until=until,
        phone=view.phone,
        email=view.email,
    )
