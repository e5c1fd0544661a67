"""Reads of the waiting list: one's own place, the list in its order, what may be offered."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from vaxsite.booking import queries as booking
from vaxsite.booking.models import Appointment, HoldSeat
from vaxsite.booking.rules import AppointmentState
from vaxsite.core.errors import NotFound
from vaxsite.core.ids import parse_reference
from vaxsite.draws.models import DrawSession
from vaxsite.residents.models import Person
from vaxsite.slots import queries as slots
from vaxsite.waiting_list.models import WaitingEntry, WaitingMember, WaitingOffer, WaitingSite
from vaxsite.waiting_list.rules.fits import FreeSlot, Part, Reach, Waiting, Wish
from vaxsite.waiting_list.rules.states import EntryState, OfferState

ON_THE_LIST = (EntryState.WAITING, EntryState.OFFERED)
LIVE = (*ON_THE_LIST, EntryState.PAUSED)
ENDED = (AppointmentState.CANCELLED, AppointmentState.MISSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """Seats that are, or were, offered."""

    id: UUID
    entry_id: UUID
    hold_id: UUID
    slot: slots.SlotView
    clinic: slots.ClinicView
    state: OfferState
    made_at: datetime
    answer_by: datetime

    def open_at(self, now: datetime) -> bool:
        """Tell whether it can be answered at *now*."""
        return self.state is OfferState.OPEN and now < self.answer_by


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryView:
    """An entry as its people and the staff see it. No name."""

    id: UUID
    number: str
    link_secret: str
    product_id: int
    group_code: str
    waiting: Waiting
    reach: Reach
    phone: str
    email: str | None
    language: str
    leftover: bool
    state: EntryState
    lapses: int


def link_hash(secret: str) -> bytes:
    """Return what an entry is found by from the secret of its link."""
    return hashlib.sha256(secret.encode()).digest()


def get_entry(session: Session, entry_id: UUID) -> EntryView:
    """Return the entry; raise `NotFound`."""
    found = entries(session, select(WaitingEntry).where(WaitingEntry.id == entry_id))
    if not found:
        raise NotFound
    return found[0]


def find_by_link(session: Session, *, secret: str) -> UUID | None:
    """Return the entry of the link, or None."""
    query = select(WaitingEntry.id).where(WaitingEntry.link_hash == link_hash(secret))
    return session.scalar(query)


def find_by_number(session: Session, *, typed: str, born_on: date) -> UUID | None:
    """Return the entry of that number in which somebody has that birth date, or None."""
    number = parse_reference(typed)
    if number is None:
        return None
    return session.scalar(
        select(WaitingEntry.id)
        .join(WaitingMember, WaitingMember.entry_id == WaitingEntry.id)
        .join(Person, Person.id == WaitingMember.person_id)
        .where(WaitingEntry.number == number, Person.born_on == born_on)
        .limit(1)
    )


def waiting(session: Session, *, product_ids: Collection[int] | None = None) -> list[EntryView]:
    """Return everybody who waits and has no offer, in the order of the list."""
    query = select(WaitingEntry).where(WaitingEntry.state == EntryState.WAITING)
    if product_ids is not None:
        query = query.where(WaitingEntry.product_id.in_(product_ids))
    return entries(session, in_order(query))


def of_site(session: Session, *, site_id: int, limit: int = 200) -> list[EntryView]:
    """Return who waits for seats of a site, in the order of the list."""
    here = select(WaitingSite.entry_id).where(WaitingSite.site_id == site_id)
    query = select(WaitingEntry).where(WaitingEntry.id.in_(here), WaitingEntry.state.in_(LIVE))
    return entries(session, in_order(query).limit(limit))


def count_at(session: Session, *, site_id: int) -> int:
    """Count the people who wait for seats of a site."""
    here = select(WaitingSite.entry_id).where(WaitingSite.site_id == site_id)
    query = select(func.coalesce(func.sum(WaitingEntry.size), 0)).where(
        WaitingEntry.id.in_(here), WaitingEntry.state.in_(LIVE)
    )
    return int(session.scalar(query) or 0)


def in_order(query: Select[WaitingEntry]) -> Select[WaitingEntry]:
    """Order by priority group, then by the time of joining."""
    return query.order_by(WaitingEntry.rank, WaitingEntry.joined_at, WaitingEntry.id)


def place_of(session: Session, entry: EntryView) -> int:
    """Return the place in the line for the same vaccine at any clinic that the entry chose.

    Everybody counts who waits for one of these clinics, those with an offer too; 1 is the first.
    """
    rank, joined_at, entry_id = entry.waiting.place
    shared = select(WaitingSite.entry_id).where(
        WaitingSite.site_id.in_(entry.waiting.wish.site_ids)
    )
    same = (WaitingEntry.rank == rank) & (
        (WaitingEntry.joined_at < joined_at)
        | ((WaitingEntry.joined_at == joined_at) & (WaitingEntry.id < entry_id))
    )
    before = select(func.count()).where(
        WaitingEntry.product_id == entry.product_id,
        WaitingEntry.state.in_(ON_THE_LIST),
        WaitingEntry.id.in_(shared),
        or_(WaitingEntry.rank < rank, same),
    )
    return (session.scalar(before) or 0) + 1


def entries(session: Session, query: Select[WaitingEntry]) -> list[EntryView]:
    """Return the entries of *query* with their clinics."""
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    sites: dict[UUID, set[int]] = {row.id: set() for row in rows}
    places = select(WaitingSite).where(WaitingSite.entry_id.in_(sites))
    for place in session.scalars(places):
        sites[place.entry_id].add(place.site_id)
    return [_view(row, frozenset(sites[row.id])) for row in rows]


def members(session: Session, entry_id: UUID) -> list[UUID]:
    """Return the people of an entry, in the order in which they were typed."""
    query = select(WaitingMember.person_id).where(WaitingMember.entry_id == entry_id)
    return list(session.scalars(query.order_by(WaitingMember.position)))


def open_offer(session: Session, *, entry_id: UUID) -> OfferView | None:
    """Return the offer that the entry has now, or None."""
    query = select(WaitingOffer).where(
        WaitingOffer.entry_id == entry_id, WaitingOffer.state == OfferState.OPEN
    )
    return next(iter(offers(session, query)), None)


def offers(session: Session, query: Select[WaitingOffer]) -> list[OfferView]:
    """Return the offers of *query* with their slots and clinics."""
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    times = slots.get_slots(session, {row.slot_id for row in rows})
    site_ids = {one.site_id for one in times.values()}
    clinics = {one.site_id: one for one in slots.clinics(session, site_ids=site_ids)}
    return [
        OfferView(
            id=row.id,
            entry_id=row.entry_id,
            hold_id=row.hold_id,
            slot=times[row.slot_id],
            clinic=clinics[times[row.slot_id].site_id],
            state=OfferState(row.state),
            made_at=row.made_at,
            answer_by=row.answer_by,
        )
        for row in rows
    ]


def overdue_offers(session: Session, *, now: datetime) -> list[UUID]:
    """Return the offers whose time to answer is over."""
    query = select(WaitingOffer.id).where(
        WaitingOffer.state == OfferState.OPEN, WaitingOffer.answer_by <= now
    )
    return list(session.scalars(query.order_by(WaitingOffer.answer_by)))


def free_slots(session: Session, *, now: datetime) -> list[FreeSlot]:
    """Return the offered slots to come with free seats; not those that a draw keeps.

    Those set aside for a group too: whoever offers them judges who is of it.
    """
    kept = set(session.scalars(select(DrawSession.session_id)))
    return [
        FreeSlot(
            id=one.id,
            session_id=one.session_id,
            site_id=one.site_id,
            product_id=one.product.id,
            starts_at=one.starts_at,
            timezone=one.timezone,
            free=one.free,
        )
        for one in slots.free_slots(session, now=now, set_aside=True)
        if one.session_id not in kept
    ]


def sessions_declined(session: Session, *, entry_ids: Sequence[UUID]) -> set[tuple[UUID, int]]:
    """Return each entry with each session of which it declined seats, or let an offer lapse."""
    query = select(WaitingOffer.entry_id, WaitingOffer.slot_id).where(
        WaitingOffer.entry_id.in_(entry_ids),
        WaitingOffer.state.in_((OfferState.DECLINED, OfferState.LAPSED)),
    )
    refused = session.execute(query).all()
    times = slots.get_slots(session, {slot_id for _, slot_id in refused})
    return {(entry_id, times[slot_id].session_id) for entry_id, slot_id in refused}


def appointments(session: Session, *, entry_id: UUID) -> list[booking.AppointmentView]:
    """Return the appointments that the newest accepted offer became."""
    newest = (
        select(WaitingOffer.hold_id)
        .where(WaitingOffer.entry_id == entry_id, WaitingOffer.state == OfferState.ACCEPTED)
        .order_by(WaitingOffer.answered_at.desc())
        .limit(1)
    )
    query = (
        select(Appointment.id)
        .join(HoldSeat, HoldSeat.appointment_id == Appointment.id)
        .where(HoldSeat.hold_id.in_(newest))
    )
    return booking.get_appointments(session, list(session.scalars(query)))


def _view(row: WaitingEntry, site_ids: frozenset[int]) -> EntryView:
    wish = Wish(
        site_ids=site_ids,
        weekdays=frozenset(map(int, row.weekdays)),
        parts=frozenset(map(Part, row.parts.split(","))),
        notice_min=row.notice_min,
        size=row.size,
    )
    return EntryView(
        id=row.id,
        number=row.number,
        link_secret=row.link_secret,
        product_id=row.product_id,
        group_code=row.group_code,
        waiting=Waiting(
            id=row.id,
            rank=row.rank,
            joined_at=row.joined_at,
            product_id=row.product_id,
            wish=wish,
        ),
        reach=Reach(row.reach),
        phone=row.phone,
        email=row.email,
        language=row.language,
        leftover=row.leftover,
        state=EntryState(row.state),
        lapses=row.lapses,
    )
