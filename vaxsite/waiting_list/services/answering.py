"""Answer an offer: accept, decline, let it lapse. The seats are those of its hold.

The entry is locked first, then the offer, the hold and the slots.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.moves import move
from sensors.store.transaction import transaction
from vaxsite.booking.rules import holder_hash
from vaxsite.booking.services import confirmations, holds
from vaxsite.calls import services as calls
from vaxsite.core.actor import Actor, system
from vaxsite.residents.services import known_details
from vaxsite.waiting_list import queries
from vaxsite.waiting_list.models import WaitingEntry, WaitingOffer
from vaxsite.waiting_list.rules.fits import LAPSES_MOST
from vaxsite.waiting_list.rules.states import OFFERS, EntryState, OfferState, Reason
from vaxsite.waiting_list.rules.texts import Kind
from vaxsite.waiting_list.services import checks, telling

LAPSER = system("waiting-list")


def accept(
    session: Session,
    *,
    entry_id: UUID,
    offer_id: UUID,
    my_booking_url: str,
    actor: Actor,
    now: datetime,
) -> tuple[UUID, ...]:
    """Turn the seats of the offer into appointments; return them. Raise `RefusedAct`.

    The rules are asked once more, as of every booking.
    """
    row = checks.lock(session, entry_id)
    offer = _close(session, row, offer_id, OfferState.ACCEPTED, actor, now)
    people = [known_details(session, one) for one in queries.members(session, entry_id)]
    booked = confirmations.confirm(
        session,
        hold_id=offer.hold_id,
        holder=holder_of(row.link_secret),
        people=people,
        my_booking_url=my_booking_url,
        actor=actor,
        now=now,
    )
    checks.advance(session, row, EntryState.BOOKED, actor=actor, now=now, lapses=0)
    checks.set_live(session, entry_id, live=False)
    return booked.appointment_ids


def decline(
    session: Session, *, entry_id: UUID, offer_id: UUID, actor: Actor, now: datetime
) -> None:
    """Say no; the place on the list is kept, and seats of this session are not offered again."""
    row = checks.lock(session, entry_id)
    _close(session, row, offer_id, OfferState.DECLINED, actor, now)
    _give_back(session, row, now)
    checks.advance(session, row, EntryState.WAITING, actor=actor, now=now, lapses=0)


def withdraw(session: Session, *, entry_id: UUID, actor: Actor, now: datetime) -> None:
    """Take the open offer back, if there is one. The caller has locked the entry and moves it."""
    offer = queries.open_offer(session, entry_id=entry_id)
    if offer is None:
        return
    row = session.get_one(WaitingEntry, entry_id)
    _move(session, offer.id, OfferState.WITHDRAWN, actor, now)
    _give_back(session, row, now)


def lapse_due(sessions: sessionmaker[Session], *, url: str, now: datetime) -> int:
    """End the offers that nobody answered in time, one transaction each; return how many."""
    with sessions() as session:
        due = queries.overdue_offers(session, now=now)
    ended = 0
    for offer_id in due:
        with sessions() as session, transaction(session):
            ended += lapse(session, offer_id=offer_id, url=url, now=now)
    return ended


def lapse(session: Session, *, offer_id: UUID, url: str, now: datetime) -> bool:
    """End one offer: its people keep their place, paused after several. False if answered."""
    entry_id = session.scalar(select(WaitingOffer.entry_id).where(WaitingOffer.id == offer_id))
    assert entry_id is not None, "an offer belongs to an entry"
    row = checks.lock(session, entry_id)
    offer = queries.open_offer(session, entry_id=entry_id)
    if offer is None or offer.id != offer_id or now < offer.answer_by:
        return False
    _move(session, offer_id, OfferState.LAPSED, LAPSER, now)
    _give_back(session, row, now)
    paused = row.lapses >= LAPSES_MOST
    target = EntryState.PAUSED if paused else EntryState.WAITING
    checks.advance(session, row, target, actor=LAPSER, now=now, lapses=row.lapses + 1)
    entry = queries.get_entry(session, entry_id)
    telling.tell(
        session, Kind.PAUSED if paused else Kind.LAPSED, entry, url=url, now=now, offer=offer
    )
    return True


def holder_of(link_secret: str) -> bytes:
    """Return by what the hold of an entry's offer is known: the entry holds one at a time."""
    return holder_hash(f"waiting list {link_secret}")


def _close(
    session: Session,
    row: WaitingEntry,
    offer_id: UUID,
    target: OfferState,
    actor: Actor,
    now: datetime,
) -> queries.OfferView:
    offer = queries.open_offer(session, entry_id=row.id)
    if offer is None or offer.id != offer_id or not offer.open_at(now):
        raise checks.refused(Reason.OFFER_OVER)
    _move(session, offer_id, target, actor, now)
    return offer


def _move(
    session: Session, offer_id: UUID, target: OfferState, actor: Actor, now: datetime
) -> None:
    step = move(
        session,
        WaitingOffer,
        offer_id,
        OFFERS,
        source=OfferState.OPEN,
        target=target,
        answered_at=now,
    )
    checks.record(session, step.audit, f"waiting_offer:{offer_id}", actor, now)
    calls.close_about(session, about=f"waiting_offer:{offer_id}", actor=actor, now=now)


def _give_back(session: Session, row: WaitingEntry, now: datetime) -> None:
    """Let go of the seats, unless the sweep of holds has done so already."""
    holds.release(session, holder=holder_of(row.link_secret), now=now)
