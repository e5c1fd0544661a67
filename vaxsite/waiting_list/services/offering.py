"""Offer seats that are free to those who wait, in the order of the list.

Nothing announces a free seat: cancelled, expired, moved and added ones are free from the commit
that freed them, and are found here. The seats are claimed by a hold like everybody's, in the
transaction that writes the offer and its message.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from vaxsite.booking import queries as booking
from vaxsite.booking.rules import Place
from vaxsite.booking.services import holds
from vaxsite.core.actor import system
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import RefusedAct
from vaxsite.core.ids import new_id
from vaxsite.deferrals import queries as deferrals
from vaxsite.eligibility import queries as eligibility
from vaxsite.record import queries as record
from vaxsite.record.rules import Turn, next_dose
from vaxsite.residents.services import known_details
from vaxsite.slots import queries as slots
from vaxsite.slots.rules import Doses
from vaxsite.stock.queries import ProductView
from vaxsite.waiting_list import queries
from vaxsite.waiting_list.models import WaitingOffer
from vaxsite.waiting_list.rules.fits import Planned, plan
from vaxsite.waiting_list.rules.states import OFFERS, EntryState
from vaxsite.waiting_list.rules.texts import Kind
from vaxsite.waiting_list.services import checks, telling
from vaxsite.waiting_list.services.answering import holder_of

OFFERER = system("waiting-list")


def offer_due(sessions: sessionmaker[Session], *, url: str, now: datetime) -> int:
    """Offer what is free, one transaction an offer; return how many offers were made."""
    with sessions() as session:
        planned = planned_offers(session, now=now)
    made = 0
    for one in planned:
        with sessions() as session:
            made += _offer_one(session, one, url, now)
    return made


def planned_offers(session: Session, *, now: datetime) -> list[Planned]:
    """Return who would be offered what at *now*."""
    free = queries.free_slots(session, now=now)
    found = queries.waiting(session, product_ids={slot.product_id for slot in free})
    if not found:
        return []
    may = _may(session, [one.id for one in found], now)
    return plan([one.waiting for one in found], free, now=now, may=may)


def _offer_one(session: Session, planned: Planned, url: str, now: datetime) -> bool:
    """Make one planned offer; False where somebody else was quicker, and nothing has happened."""
    try:
        with transaction(session):
            offer(session, planned=planned, url=url, now=now)
    except (RefusedAct, AlreadyMoved, holds.HeldMeanwhile):
        return False
    return True


def offer(session: Session, *, planned: Planned, url: str, now: datetime) -> UUID:
    """Keep the seats for the entry and tell it; return the offer. Raise where either has gone."""
    row = checks.lock(session, planned.entry_id)
    slot = slots.get_slot(session, planned.slot_id)
    checks.advance(session, row, EntryState.OFFERED, actor=OFFERER, now=now)
    held = holds.hold_places(
        session,
        places=[Place(planned.slot_id, member=member) for member in range(1, row.size + 1)],
        holder=holder_of(row.link_secret),
        now=now,
        until=planned.answer_by,
        groups=_shared_groups(session, queries.members(session, row.id), slot),
    )
    made = WaitingOffer(
        id=new_id(now),
        entry_id=row.id,
        hold_id=held.id,
        slot_id=planned.slot_id,
        state=OFFERS.initial.value,
        made_at=now,
        answer_by=planned.answer_by,
    )
    session.add(made)
    session.flush()
    checks.record(
        session,
        "waiting-offer:make",
        f"waiting_offer:{made.id}",
        OFFERER,
        now,
        entry=str(row.id),
        slot=planned.slot_id,
    )
    entry = queries.get_entry(session, row.id)
    told = queries.open_offer(session, entry_id=row.id)
    telling.tell(session, Kind.OFFER, entry, url=url, now=now, offer=told)
    return made.id


def _may(session: Session, entry_ids: list[UUID], now: datetime) -> Callable[[UUID, int], bool]:
    """Return what says whether everybody of an entry may have a dose in a slot."""
    refused = queries.sessions_declined(session, entry_ids=entry_ids)

    def may(entry_id: UUID, slot_id: int) -> bool:
        slot = slots.get_slot(session, slot_id)
        if (entry_id, slot.session_id) in refused:
            return False
        people = queries.members(session, entry_id)
        if slot.kept_for and slot.kept_for not in _shared_groups(session, people, slot):
            return False
        return all(may_have(session, person_id, slot, now) for person_id in people)

    return may


def _shared_groups(session: Session, people: Sequence[UUID], slot: slots.SlotView) -> set[str]:
    """Return the groups that everybody is of: seats set aside for one of them are theirs."""
    whose = [eligibility.attributes(session, known_details(session, one)) for one in people]
    return set[str].intersection(*(set(eligibility.codes_of(who, slot.day)) for who in whose))


def may_have(session: Session, person_id: UUID, slot: slots.SlotView, now: datetime) -> bool:
    """Tell whether the rules that are asked at a booking would let the person have a seat."""
    return may_have_on(
        session,
        person_id,
        site_id=slot.site_id,
        product=slot.product,
        day=slot.day,
        doses=slot.doses,
        now=now,
    )


def may_have_on(
    session: Session,
    person_id: UUID,
    *,
    site_id: int,
    product: ProductView,
    day: date,
    now: datetime,
    doses: Doses = Doses.ANY,
    any_group: bool = False,
) -> bool:
    """Tell whether the person may have the product at the site on the day, and has not booked it.

    *doses* are those for which there is a seat. With *any_group* no phase need be open for them;
    the schedule is asked as ever.
    """
    who = eligibility.attributes(session, known_details(session, person_id))
    decision = eligibility.decide(session, who=who, site_id=site_id, day=day)
    if isinstance(decision, Refused) and not any_group:
        return False
    put_off = deferrals.refusal(session, person_id=person_id, product_id=product.id, days=[day])
    if put_off is not None:
        return False
    known = record.history(session, person_id=person_id, at=now)
    turn = next_dose(known, record.engine_code(product), day=day)
    if not isinstance(turn, Turn) or not doses.admits(turn.number):
        return False
    return not booking.has_active(
        session, person_id=person_id, product_id=product.id, dose_number=turn.number
    )
