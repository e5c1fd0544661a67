"""What is checked in the transaction of a booking or a change, whatever the form checked before."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from vaxsite.booking import queries
from vaxsite.booking.rules import SENTENCES, AppointmentState, Reason
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import RefusedAct
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import SENTENCES as ELIGIBILITY_SENTENCES
from vaxsite.eligibility.rules import Attributes
from vaxsite.record import queries as record
from vaxsite.record.rules import SENTENCES as DOSE_SENTENCES
from vaxsite.record.rules import next_dose
from vaxsite.slots import queries as slots


def check_changeable(seen: queries.AppointmentView, now: datetime) -> None:
    """Raise `RefusedAct` where the appointment is over, begun, or in somebody else's hands."""
    if seen.state is not AppointmentState.BOOKED or seen.slot.starts_at <= now:
        raise refused(Reason.NOT_CHANGEABLE)


def check_offered(slot: slots.SlotView, now: datetime) -> None:
    """Raise `RefusedAct` where nobody can book the slot any more."""
    if slot.starts_at <= now:
        raise refused(Reason.PAST)
    if not slot.published:
        raise refused(Reason.NOT_OFFERED)


def group_on(session: Session, slot: slots.SlotView, who: Attributes) -> str:
    """Return the group that lets them in on the day of the slot; raise with the reason."""
    decision = eligibility.decide(session, who=who, site_id=slot.site_id, day=slot.day)
    if isinstance(decision, Refused):
        raise RefusedAct(decision, ELIGIBILITY_SENTENCES)
    return decision.rule


def check_dose(session: Session, person_id: UUID, slot: slots.SlotView, now: datetime) -> int:
    """Return which dose it would be; raise where it is too early, done, or booked already."""
    number = dose_number_on(session, person_id, slot, now)
    if queries.has_active(
        session, person_id=person_id, product_id=slot.product.id, dose_number=number
    ):
        raise refused(Reason.ALREADY_BOOKED)
    return number


def dose_number_on(session: Session, person_id: UUID, slot: slots.SlotView, now: datetime) -> int:
    """Return which dose would be given in the slot; raise `RefusedAct` with the reason."""
    history = record.history(session, person_id=person_id, at=now)
    turn = next_dose(history, record.engine_code(slot.product), day=slot.day)
    if isinstance(turn, Refused):
        raise RefusedAct(turn, DOSE_SENTENCES)
    return turn.number


def no_seat(session: Session, slot_id: int, now: datetime) -> RefusedAct:
    """Return why a claim found no seat."""
    slot = slots.get_slot(session, slot_id)
    if slot.starts_at <= now:
        return refused(Reason.PAST)
    return refused(Reason.FULL if slot.published else Reason.NOT_OFFERED)


def refused(reason: StrEnum) -> RefusedAct:
    """Return the refusal to raise."""
    return RefusedAct(Refused(reason, "seats"), SENTENCES)
