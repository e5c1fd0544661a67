"""What is checked in the transaction of a booking or a change, whatever the form checked before."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from vaxsite.booking import queries
from vaxsite.booking.rules import SENTENCES, Reason
from vaxsite.core.decisions import Detail, Refused
from vaxsite.core.errors import RefusedAct
from vaxsite.deferrals import queries as deferrals
from vaxsite.deferrals.rules.reasons import SENTENCES as DEFERRAL_SENTENCES
from vaxsite.deferrals.rules.reasons import Reason as DeferralReason
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import SENTENCES as ELIGIBILITY_SENTENCES
from vaxsite.eligibility.rules import Attributes, PhaseView, decide
from vaxsite.record import queries as record
from vaxsite.record.rules import SENTENCES as DOSE_SENTENCES
from vaxsite.record.rules import History, next_dose, with_planned
from vaxsite.slots import queries as slots
from vaxsite.slots.rules import SEAT_SENTENCES, SeatReason

Phases = Mapping[int, Sequence[PhaseView]]  # The phases of each site.


def check_changeable(seen: queries.AppointmentView, now: datetime) -> None:
    """Raise `RefusedAct` where the appointment is over, begun, or in somebody else's hands."""
    if not seen.changeable(now):
        raise refused(Reason.NOT_CHANGEABLE)


def check_offered(slot: slots.SlotView, now: datetime, *, walk_in: bool = False) -> None:
    """Raise `RefusedAct` where nobody can book the slot any more; who walks in can to its end."""
    if (slot.ends_at if walk_in else slot.starts_at) <= now:
        raise RefusedAct(Refused(SeatReason.PAST, "seats"), SEAT_SENTENCES)
    if not slot.published:
        raise RefusedAct(Refused(SeatReason.NOT_OFFERED, "seats"), SEAT_SENTENCES)


def phases_at(session: Session, parts: Collection[slots.SlotView]) -> Phases:
    """Return the phases of the sites of these slots."""
    by_site: dict[int, list[PhaseView]] = defaultdict(list)
    for phase in eligibility.phases(session, site_ids={slot.site_id for slot in parts}):
        by_site[phase.site_id].append(phase)
    return by_site


def group_on(phases: Phases, slot: slots.SlotView, who: Attributes) -> str:
    """Return the group that lets them in on the day of the slot; raise with the reason."""
    open_here = phases.get(slot.site_id, ())
    decision = decide(eligibility.groups(), open_here, who, day=slot.day)
    if isinstance(decision, Refused):
        raise RefusedAct(decision, ELIGIBILITY_SENTENCES)
    return decision.rule


def check_not_booked(
    session: Session, person_id: UUID, numbers: Sequence[int], parts: Sequence[slots.SlotView]
) -> None:
    """Raise where one of these doses of the person is booked already."""
    for number, slot in zip(numbers, parts, strict=True):
        if queries.has_active(
            session, person_id=person_id, product_id=slot.product.id, dose_number=number
        ):
            raise refused(Reason.ALREADY_BOOKED)


def check_not_put_off(
    session: Session,
    person_id: UUID,
    parts: Sequence[slots.SlotView],
    *,
    stranger: bool = False,
) -> None:
    """Raise where the vaccination is put off beyond one of these days.

    A *stranger* knows a name and a number, which others know too: they are not told the illness.
    """
    days = [slot.day for slot in parts]
    wrong = deferrals.refusal(
        session, person_id=person_id, product_id=parts[0].product.id, days=days
    )
    if wrong is None:
        return
    if stranger:
        wrong = Refused(DeferralReason.PUT_OFF, wrong.rule, since=wrong.since, detail=wrong.detail)
    raise RefusedAct(wrong, DEFERRAL_SENTENCES)


def dose_numbers(history: History, parts: Sequence[slots.SlotView]) -> list[int]:
    """Return which doses would be given in the slots, one after the other; raise `RefusedAct`.

    Each is judged as if those before it had been given. A second dose that is booked together with
    the first must also lie in time; alone, a late one is better than none.
    """
    last, numbers = None, list[int]()
    for slot in parts:
        if slot.product.id != parts[0].product.id:
            raise refused(Reason.OTHER_PRODUCT)
        code = record.engine_code(slot.product)
        turn = next_dose(history, code, day=slot.day)
        if isinstance(turn, Refused):
            raise RefusedAct(turn, DOSE_SENTENCES)
        if not slot.doses.admits(turn.number):
            wrong = Refused(SeatReason.OTHER_DOSE, "seats", detail={"number": turn.number})
            raise RefusedAct(wrong, SEAT_SENTENCES)
        if last and turn.last_in_time and slot.day > turn.last_in_time:
            detail: Detail = {"number": turn.number, "last": last, "date": turn.last_in_time}
            raise refused(Reason.PAIR_TOO_FAR, detail)
        history, last = with_planned(history, code, on=slot.day), slot.day
        numbers.append(turn.number)
    return numbers


def refused(reason: StrEnum, detail: Detail | None = None) -> RefusedAct:
    """Return the refusal to raise."""
    return RefusedAct(Refused(reason, "seats", detail=detail or {}), SENTENCES)
