"""Builders of deferrals."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, URL, OpenClinic, a_booked_resident, details_of
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import AppointmentState
from vaxsite.core.actor import Actor
from vaxsite.deferrals.rules.reasons import Why
from vaxsite.deferrals.services import setting
from vaxsite.deferrals.services.setting import Wanted
from vaxsite.residents.services import PersonDetails

UNTIL = date(2026, 1, 26)  # Two weeks from now.


def put_off(
    sessions: sessionmaker[Session],
    clinic: OpenClinic,
    *,
    who: PersonDetails | None = None,
    why: Why = Why.RECENT_ILLNESS,
    until: date = UNTIL,
    actor: Actor | None = None,
    keep: bool = False,
) -> UUID:
    """Put off what the person had booked for tomorrow; the appointment goes unless *keep*."""
    details = who or details_of(email="ana@example.com")
    with sessions() as session, transaction(session):
        booked = a_booked_resident(
            session, slot_id=clinic.slot_ids[0], secret=details.name, details=details
        )
        row = session.get_one(Appointment, booked)
        if not keep:
            row.state = AppointmentState.CANCELLED.value
        wanted = Wanted(
            person_id=row.person_id,
            product_id=clinic.product_id,
            site_id=clinic.site_id,
            group_code=row.group_code,
            why=why,
            until=until,
            phone=row.phone,
            email=row.email,
        )
        return setting.put_off(
            session, wanted, my_booking_url=URL, actor=actor or clinic.manager, now=NOW
        )
