"""What is checked in the transaction of a booking or a change, whatever the form checked before."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from vaxsite.booking import queries
from vaxsite.booking.rules import SENTENCES, Reason
from vaxsite.core.decisions import Detail, Refused
from vaxsite.core.errors import RefusedAct
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import SENTENCES as ELIGIBILITY_SENTENCES
from vaxsite.eligibility.rules import Attributes
from vaxsite.record import queries as record
from vaxsite.record.rules import SENTENCES as DOSE_SENTENCES
from vaxsite.record.rules import next_dose, with_planned
from vaxsite.slots import queries as slots
from vaxsite.slots.rules import SEAT_SENTENCES, SeatReason


def check_changeable(seen: queries.AppointmentView, now: datetime) -> None:
    """Raise `RefusedAct` where the appointment is over, begun, or in somebody else's hands."""
    if not seen.changeable(now):
        raise refused(Reason.NOT_CHANGEABLE)


def check_offered(slot: slots.SlotView, now: datetime) -> None:
    """Raise `RefusedAct` where nobody can book the slot any more."""
    if slot.starts_at <= now:
        raise RefusedAct(Refused(SeatReason.PAST, "seats"), SEAT_SENTENCES)
    if not slot.published:
        raise RefusedAct(Refused(SeatReason.NOT_OFFERED, "seats"), SEAT_SENTENCES)


def group_on(session: Session, slot: slots.SlotView, who: Attributes) -> str:
    """Return the group that lets them in on the day of the slot; raise with the reason."""
    decision = eligibility.decide(session, who=who, site_id=slot.site_id, day=slot.day)
    if isinstance(decision, Refused):
        raise RefusedAct(decision, ELIGIBILITY_SENTENCES)
    return decision.rule


def check_doses(
    session: Session, person_id: UUID, parts: Sequence[slots.SlotView], now: datetime
) -> list[int]:
    """Return which doses they would be; raise where one is too early, done, or booked already."""
    numbers = dose_numbers(session, person_id, parts, now)
    for number, slot in zip(numbers, parts, strict=True):
        if queries.has_active(
            session, person_id=person_id, product_id=slot.product.id, dose_number=number
        ):
            raise refused(Reason.ALREADY_BOOKED)
    return numbers


def dose_numbers(
    session: Session, person_id: UUID, parts: Sequence[slots.SlotView], now: datetime
) -> list[int]:
    """Return which doses would be given in the slots, one after the other; raise `RefusedAct`.

    Each is judged as if those before it had been given. A second dose that is booked together with
    the first must also lie in time; alone, a late one is better than none.
    """
    history, numbers = record.history(session, person_id=person_id, at=now), list[int]()
    last = None
    for slot in parts:
        if slot.product.id != parts[0].product.id:
            raise refused(Reason.OTHER_PRODUCT)
        code = record.engine_code(slot.product)
        turn = next_dose(history, code, day=slot.day)
        if isinstance(turn, Refused):
            raise RefusedAct(turn, DOSE_SENTENCES)
        if last and turn.last_in_time and slot.day > turn.last_in_time:
            detail: Detail = {"number": turn.number, "last": last, "date": turn.last_in_time}
            raise refused(Reason.PAIR_TOO_FAR, detail)
        history, last = with_planned(history, code, on=slot.day), slot.day
        numbers.append(turn.number)
    return numbers


def refused(reason: StrEnum, detail: Detail | None = None) -> RefusedAct:
    """Return the refusal to raise."""
    return RefusedAct(Refused(reason, "seats", detail=detail or {}), SENTENCES)
