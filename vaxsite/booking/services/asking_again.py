"""On the date of a deferral the person is asked again: once, whatever restarts."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from vaxsite.booking import reminding
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import ACTIVE
from vaxsite.core.actor import system
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import RefusedAct
from vaxsite.deferrals import queries as deferrals
from vaxsite.deferrals.queries import DeferralView
from vaxsite.deferrals.rules.states import DeferralState
from vaxsite.deferrals.services import asking, setting
from vaxsite.record import queries as record
from vaxsite.record.rules import Reason, next_dose
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock

log = structlog.get_logger()
ASKER = system("deferrals")
BATCH = 100  # Of a clinic in one run; the others come with the next.


def ask_due(sessions: sessionmaker[Session], *, url: str, now: datetime) -> int:
    """Ask everybody again whose date has come, where people may be written to at that hour."""
    with sessions() as session:
        clinics = slots.clinics(session)
    total = 0
    for clinic in clinics:
        local = now.astimezone(ZoneInfo(clinic.timezone))
        hours = reminding.rule_on(local.date())
        if hours is None or not reminding.may_write(local, hours):
            continue
        with sessions() as session:
            due = deferrals.due(session, site_id=clinic.site_id, day=local.date(), limit=BATCH)
        total += sum(_ask_one(sessions, one, url, now) for one in due)
    return total


def _ask_one(sessions: sessionmaker[Session], deferral_id: UUID, url: str, now: datetime) -> bool:
    """Ask one person in a transaction of their own; False where somebody else was quicker."""
    try:
        with sessions() as session, transaction(session):
            seen = setting.lock(session, deferral_id)
            if _needless(session, seen, now):
                setting.end(session, deferral_id, DeferralState.SETTLED, actor=ASKER, now=now)
            else:
                asking.ask_again(session, seen=seen, url=url, actor=ASKER, now=now)
    except AlreadyMoved:
        return False
    except RefusedAct as refused:  # Their group is no longer in the data: a person must look.
        log.warning("deferral_not_asked", deferral=str(deferral_id), reason=refused.decision.reason)
        return False
    return True


def _needless(session: Session, seen: DeferralView, now: datetime) -> bool:
    """Tell whether the person has an appointment, or has had every dose."""
    booked = select(Appointment.id).where(
        Appointment.person_id == seen.person_id,
        Appointment.product_id == seen.product_id,
        Appointment.state.in_(ACTIVE),
    )
    if session.scalar(booked.limit(1)) is not None:
        return True
    product = stock.find_product(session, product_id=seen.product_id)
    if product is None:
        return True
    known = record.history(session, person_id=seen.person_id, at=now)
    day = slots.get_clinic(session, seen.site_id).local_day(now)
    turn = next_dose(known, record.engine_code(product), day=day)
    return isinstance(turn, Refused) and turn.reason is Reason.COMPLETE
