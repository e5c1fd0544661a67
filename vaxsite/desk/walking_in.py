"""Somebody came without an appointment: a seat of today, by the rules of every booking.

Free seats are taken first, those too that are not out for the public yet. Seats set aside for a
group stay its own also on the day: there is no override, because spill.toml has opened to everybody
a day before what the group left. One more seat than the slot has is added by whoever may, with a
reason, up to the limit of the session; the counts stay as `slots.seats` keeps them.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from vaxsite.booking.doors import CameBy, Origin
from vaxsite.booking.rules import Place, holder_hash
from vaxsite.booking.services import confirmations, holds
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import N_, Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Permission
from vaxsite.core.sites import SiteName
from vaxsite.eligibility import queries as eligibility
from vaxsite.residents.services import PersonDetails
from vaxsite.slots import queries as slots
from vaxsite.slots.queries import SlotView
from vaxsite.slots.rules import Door, SeatReason, SessionState
from vaxsite.slots.seats import NoSeat

RULE = "walk-in"
NEEDED = (Permission.VISIT_WRITE, Permission.SEAT_ADD)  # One of them.
ORIGIN = Origin(CameBy.WALK_IN)
SECRET_BYTES = 16


class Why(StrEnum):
    """Why a seat is added; a code, so that nothing about a person gets into the audit."""

    OUR_MISTAKE = "our_mistake"
    TOGETHER = "together"
    FROM_FAR = "from_far"
    DOCTOR = "doctor"


WHY: Mapping[Why, str] = {
    Why.OUR_MISTAKE: N_("We made a mistake with their appointment"),
    Why.TOGETHER: N_("They came with somebody who is booked"),
    Why.FROM_FAR: N_("They came a long way"),
    Why.DOCTOR: N_("A doctor asks for it today"),
}


class Reason(StrEnum):
    """Why nobody gets a seat here."""

    NOT_TODAY = "not_today"
    MAY_NOT_ADD = "may_not_add"
    WHY_ADDED = "why_added"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.NOT_TODAY: N_("This time is not of today. Book it at the counter."),
    Reason.MAY_NOT_ADD: N_(
        "All seats at this time are taken. Choose another time, or ask a manager, who may add one."
    ),
    Reason.WHY_ADDED: N_(
        "All seats at this time are taken. Say why one is added, or choose another time."
    ),
}


@dataclass(frozen=True, slots=True)
class Today:
    """A time of today, with what staff may give: free seats, then added ones."""

    slot: SlotView
    free: int
    addable: int

    @property
    def over(self) -> bool:
        """Tell whether not even an added seat is left."""
        return self.free + self.addable == 0


def today(session: Session, *, site: SiteName, now: datetime) -> list[Today]:
    """Return the times of today's sessions at the site that are not over, soonest first."""
    found = [
        slot
        for held in slots.sessions(session, site_ids=[site.id], since=now)
        if held.state is SessionState.PUBLISHED and site.day(held.starts_at) == site.day(now)
        for slot in slots.slots_of_session(session, held.id)
    ]
    return [
        Today(slot, slot.capacity - slot.taken, slot.overbook_limit - slot.overbooked)
        for slot in sorted(found, key=lambda one: (one.starts_at, one.id))
    ]


def walk_in(
    session: Session,
    *,
    slot_id: int,
    details: PersonDetails,
    why: Why | None,
    my_booking_url: str,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Give the person a seat of today; return the appointment.

    With *why* one is added where none is free. Raise `RefusedAct` with the reason of whatever rule
    stands in the way, `NotFound` for another clinic's slot; the edge then rolls back.
    """
    slot = slots.get_slot(session, slot_id)
    if not may_seat(actor, slot.site_id):
        raise NotFound
    zone_day = slots.get_clinic(session, slot.site_id).local_day(now)
    if slot.day != zone_day:
        raise _refused(Reason.NOT_TODAY)
    holder = holder_hash(secrets.token_urlsafe(SECRET_BYTES))
    held, added = _hold(session, slot, details, why, holder, actor, now)
    done = confirmations.confirm(
        session,
        hold_id=held,
        holder=holder,
        people=[details],
        my_booking_url=my_booking_url,
        actor=actor,
        now=now,
        origin=ORIGIN,
    )
    detail = {"slot": slot_id, "added": added, "why": why.value if why and added else None}
    subject = f"appointment:{done.appointment_id}"
    audit.record(
        session, actor=actor, action="seat:walk-in", subject=subject, now=now, detail=detail
    )
    return done.appointment_id


def may_seat(actor: Actor, site_id: int) -> bool:
    """Tell whether *actor* may give somebody a seat of today at the site."""
    return any(actor.may(one, site_id) for one in NEEDED)


def _hold(
    session: Session,
    slot: SlotView,
    details: PersonDetails,
    why: Why | None,
    holder: bytes,
    actor: Actor,
    now: datetime,
) -> tuple[UUID, bool]:
    """Keep a free seat, else an added one; return the hold, and whether it is added."""
    who = eligibility.attributes(session, details)
    groups = eligibility.codes_of(who, slot.day)

    def hold(door: Door) -> UUID:
        return holds.hold_places(
            session,
            places=[Place(slot.id)],
            holder=holder,
            groups=groups,
            now=now,
            door=door,
            new_holder=True,
        ).id

    try:
        with session.begin_nested():
            return hold(Door.STAFF), False
    except NoSeat as full:
        if full.decision.reason != SeatReason.FULL:
            raise
    if not actor.may(Permission.SEAT_ADD, slot.site_id):
        raise _refused(Reason.MAY_NOT_ADD)
    if why is None:
        raise _refused(Reason.WHY_ADDED)
    return hold(Door.OVERBOOK), True


def _refused(reason: Reason) -> RefusedAct:
    return RefusedAct(Refused(reason, RULE), SENTENCES)
