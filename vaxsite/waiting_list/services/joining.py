"""Join the waiting list, leave it, wait again. Places are kept over all of it where a rule says so.

After three unanswered offers in a row an entry is paused and keeps its place. Whoever cancels the
appointment of an offer may wait again with the old time of joining; whoever did not come waits
again from now.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sensors.domain.states import AlreadyMoved
from vaxsite.booking.rules import AppointmentState
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import RefusedAct
from vaxsite.core.ids import new_id, new_reference
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility import rules as groups
from vaxsite.residents.services import PersonDetails, find_or_add_person
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock
from vaxsite.waiting_list import queries
from vaxsite.waiting_list.models import WaitingEntry, WaitingMember, WaitingSite
from vaxsite.waiting_list.rules.fits import HOUSEHOLD_MOST, Reach, Wish
from vaxsite.waiting_list.rules.states import WAITING_ENTRIES, EntryState, Reason
from vaxsite.waiting_list.rules.texts import Kind
from vaxsite.waiting_list.services import answering, checks, telling

SECRET_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What people who wait together ask for, already read."""

    product_id: int
    wish: Wish
    people: Sequence[PersonDetails]
    reach: Reach
    phone: str
    email: str | None
    language: str
    leftover: bool


def join(session: Session, *, request: Request, url: str, actor: Actor, now: datetime) -> UUID:
    """Put the people on the list; return the entry. Raise `RefusedAct` with the reason."""
    _check(session, request)
    group = _highest_group(session, request, now)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    row = WaitingEntry(
        id=new_id(now),
        number=new_reference(),
        link_secret=secret,
        link_hash=queries.link_hash(secret),
        product_id=request.product_id,
        size=len(request.people),
        group_code=group.code,
        rank=eligibility.groups().groups.index(group),
        weekdays="".join(map(str, sorted(request.wish.weekdays))),
        parts=",".join(sorted(request.wish.parts)),
        notice_min=request.wish.notice_min,
        reach=request.reach.value,
        phone=request.phone,
        email=request.email,
        language=request.language,
        leftover=request.leftover,
        state=WAITING_ENTRIES.initial.value,
        lapses=0,
        joined_at=now,
        changed_at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(WaitingSite(entry_id=row.id, site_id=one) for one in request.wish.site_ids)
    _add_people(session, row.id, request.people, actor, now)
    detail = {"product": request.product_id, "size": row.size, "group": group.code}
    checks.record(session, "waiting-entry:join", f"waiting_entry:{row.id}", actor, now, **detail)
    telling.tell(session, Kind.JOINED, queries.get_entry(session, row.id), url=url, now=now)
    return row.id


def _check(session: Session, request: Request) -> None:
    wish, known = request.wish, {one.site_id for one in slots.clinics(session)}
    wrong = {
        Reason.NO_PEOPLE: not 1 <= len(request.people) == wish.size <= HOUSEHOLD_MOST,
        Reason.NO_CLINIC: not wish.site_ids or not wish.site_ids <= known,
        Reason.NO_DAY: not wish.weekdays or not wish.weekdays <= set(range(7)),
        Reason.HOURS_ORDER: not wish.parts,
        Reason.UNKNOWN_PRODUCT: stock.find_product(session, product_id=request.product_id) is None,
        Reason.NO_EMAIL: request.reach is Reach.EMAIL and not request.email,
    }
    for reason, is_wrong in wrong.items():
        if is_wrong:
            raise checks.refused(reason)


def _highest_group(session: Session, request: Request, now: datetime) -> groups.Group:
    """Return the highest group of anybody; raise where somebody is in none and waits in vain.

    Whether a phase is open is asked for each offer: people may wait before it opens.
    """
    site_id = min(request.wish.site_ids)
    day, edition = slots.get_clinic(session, site_id).local_day(now), eligibility.groups()
    found = []
    for one in request.people:
        who = eligibility.attributes(session, one)
        mine = groups.groups_of(edition, who, day)
        if not mine:
            decision = groups.decide(edition, [], who, day=day)
            assert isinstance(decision, Refused), "who is in no group is refused"
            raise RefusedAct(decision, groups.SENTENCES)
        found.append(mine[0])
    return min(found, key=edition.groups.index)


def _add_people(
    session: Session, entry_id: UUID, people: Sequence[PersonDetails], actor: Actor, now: datetime
) -> None:
    ids = [find_or_add_person(session, details=one, actor=actor, now=now) for one in people]
    if len(set(ids)) < len(ids):
        raise checks.refused(Reason.SAME_PERSON)
    session.add_all(
        WaitingMember(entry_id=entry_id, position=position, person_id=person_id, live=True)
        for position, person_id in enumerate(ids, start=1)
    )
    try:
        session.flush()
    except IntegrityError as err:  # uq_waiting_member_live_person
        raise checks.refused(Reason.WAITS_ALREADY) from err


def leave(session: Session, *, entry_id: UUID, actor: Actor, now: datetime) -> None:
    """Leave the list; an open offer is given back. Leaving twice is leaving once."""
    row = checks.lock(session, entry_id)
    if row.state == EntryState.LEFT:
        return
    answering.withdraw(session, entry_id=entry_id, actor=actor, now=now)
    checks.advance(session, row, EntryState.LEFT, actor=actor, now=now)
    checks.set_live(session, entry_id, live=False)


def resume(session: Session, *, entry_id: UUID, actor: Actor, now: datetime) -> None:
    """Go on waiting after a pause, at the place of before."""
    row = checks.lock(session, entry_id)
    checks.advance(session, row, EntryState.WAITING, actor=actor, now=now, lapses=0)


def rejoin(session: Session, *, entry_id: UUID, actor: Actor, now: datetime) -> None:
    """Wait again after the appointments of an offer came to nothing; see the module's rule."""
    row = checks.lock(session, entry_id)
    states = {one.state for one in queries.appointments(session, entry_id=entry_id)}
    if row.state != EntryState.BOOKED:
        raise AlreadyMoved(f"waiting entry {entry_id}")
    if not states or not states <= set(queries.ENDED):
        raise checks.refused(Reason.STILL_BOOKED)
    since = now if AppointmentState.MISSED in states else row.joined_at
    _check_free(session, entry_id)
    checks.set_live(session, entry_id, live=True)
    checks.advance(
        session, row, EntryState.WAITING, actor=actor, now=now, joined_at=since, lapses=0
    )


def _check_free(session: Session, entry_id: UUID) -> None:
    """Raise where somebody of the entry waits elsewhere meanwhile."""
    ids = queries.members(session, entry_id)
    taken = select(WaitingMember.entry_id).where(
        WaitingMember.person_id.in_(ids), WaitingMember.live.is_(True)
    )
    if session.scalar(taken.limit(1)) is not None:
        raise checks.refused(Reason.WAITS_ALREADY)
