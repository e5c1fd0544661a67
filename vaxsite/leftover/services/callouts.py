"""Call people out: start, make the forecast anew, send a wave, pick somebody by hand, end.

The nearest are asked first, and of them whoever has waited longest. An entry that is invited stands
as `offered` on the waiting list, so that nobody has two offers.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.moves import move
from sensors.store.transaction import transaction
from vaxsite.core.actor import Actor, system
from vaxsite.core.errors import NotFound
from vaxsite.core.ids import new_id
from vaxsite.core.permissions import Permission
from vaxsite.leftover import queries
from vaxsite.leftover.models import Callout, CalloutInvitation
from vaxsite.leftover.rules.forecast import minutes_to_come
from vaxsite.leftover.rules.states import (
    AGAIN_AFTER,
    CALLED_PEOPLE,
    CALLOUTS,
    SILENT_FOR,
    CalloutState,
    InvitedState,
    Reason,
)
from vaxsite.leftover.services import checks, telling
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock
from vaxsite.waiting_list import queries as waiting
from vaxsite.waiting_list.models import WaitingEntry
from vaxsite.waiting_list.rules.fits import in_quiet_hours
from vaxsite.waiting_list.rules.states import EntryState
from vaxsite.waiting_list.services import checks as waiting_checks
from vaxsite.waiting_list.services import offering

CALLER = system("leftover")
LONGEST = timedelta(hours=12)


def start(
    session: Session,
    *,
    site_id: int,
    product_id: int,
    closes_at: datetime,
    widened_reason: str | None,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Begin to call people out until *closes_at*; return the call-out.

    *widened_reason* also invites groups without an open phase; only who opens phases may do that.
    """
    widens = widened_reason is not None and not actor.may(Permission.PHASE_WRITE, site_id)
    if widens or not actor.may(Permission.VISIT_WRITE, site_id):
        raise NotFound
    if stock.find_product(session, product_id=product_id) is None:
        raise NotFound
    if not now < closes_at <= now + LONGEST:
        raise checks.refused(Reason.NO_TIME)
    row = Callout(
        id=new_id(now),
        site_id=site_id,
        product_id=product_id,
        state=CALLOUTS.initial.value,
        closes_at=closes_at,
        look_at=now,
        widened_reason=widened_reason,
        started_by=actor.id,
        started_at=now,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as err:  # uq_callout_open_site_product
        raise checks.refused(Reason.OPEN_ALREADY) from err
    subject, widened = f"callout:{row.id}", bool(widened_reason)
    checks.record(session, "callout:start", subject, actor, now, widened=widened)
    return row.id


def look_due(sessions: sessionmaker[Session], *, url: str, now: datetime) -> int:
    """Make the forecasts anew that are due, one transaction each; return how many invited."""
    with sessions() as session:
        found = queries.due(session, now=now)
    invited = 0
    for callout_id in found:
        with sessions() as session, transaction(session):
            invited += look(session, callout_id=callout_id, url=url, now=now)
    return invited


def look(session: Session, *, callout_id: UUID, url: str, now: datetime) -> int:
    """End what ran out, make the forecast anew, send the wave; return how many were invited."""
    row = checks.lock(session, callout_id)
    if row.state != CalloutState.OPEN:
        return 0
    _end_what_ran_out(session, row, now)
    if row.closes_at <= now:
        close(session, callout_id=callout_id, actor=CALLER, now=now)
        return 0
    callout = queries.get_callout(session, callout_id)
    told = queries.forecast_of(session, callout, now=now)
    row.offered = row.promised + told.offer
    row.look_at = now + AGAIN_AFTER
    session.flush()
    wave = [] if _quiet(session, row, now) else _next(session, callout, told.invite, now)
    for entry in wave:
        invite(session, callout=callout, entry=entry, url=url, actor=CALLER, now=now)
    detail = {"offered": row.offered, "invited": len(wave), "why": told.why.value}
    checks.record(session, "callout:look", f"callout:{row.id}", CALLER, now, **detail)
    return len(wave)


def invite(
    session: Session,
    *,
    callout: queries.CalloutView,
    entry: waiting.EntryView,
    url: str,
    actor: Actor,
    now: datetime,
    reason: str | None = None,
) -> UUID:
    """Invite one entry that waits; raise `AlreadyMoved` where it no longer does."""
    locked = waiting_checks.lock(session, entry.id)
    waiting_checks.advance(session, locked, EntryState.OFFERED, actor=actor, now=now)
    row = CalloutInvitation(
        id=new_id(now),
        callout_id=callout.id,
        entry_id=entry.id,
        state=CALLED_PEOPLE.initial.value,
        invited_at=now,
        picked_by=actor.id if reason else None,
        picked_reason=reason,
    )
    session.add(row)
    session.flush()
    action = "callout-invitation:pick" if reason else "callout-invitation:send"
    checks.record(session, action, f"callout_invitation:{row.id}", actor, now)
    telling.tell(session, callout, entry, invitation_id=row.id, url=url, now=now)
    return row.id


def pick(
    session: Session,
    *,
    callout_id: UUID,
    number: str,
    reason: str,
    url: str,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Invite somebody out of turn; the person who picks and the reason are written down."""
    row = checks.lock(session, callout_id, actor)
    if not reason.strip():
        raise checks.refused(Reason.NO_REASON)
    callout = queries.get_callout(session, callout_id)
    found = [one for one in candidates(session, callout, now) if one.number == number]
    if not found or row.promised >= row.offered or row.state != CalloutState.OPEN:
        raise checks.refused(Reason.CANNOT_PICK)
    return invite(
        session,
        callout=callout,
        entry=found[0],
        url=url,
        actor=actor,
        now=now,
        reason=reason.strip(),
    )


def close(session: Session, *, callout_id: UUID, actor: Actor, now: datetime) -> None:
    """Invite nobody more; who was promised a dose keeps it, everybody else their place."""
    row = checks.lock(session, callout_id)
    for one in _of_state(session, callout_id, InvitedState.SENT):
        checks.advance(session, one, InvitedState.OVER, actor=actor, now=now)
        checks.give_place_back(session, one.entry_id, actor, now)
    step = move(
        session,
        Callout,
        row.id,
        CALLOUTS,
        source=CalloutState.OPEN,
        target=CalloutState.CLOSED,
        offered=row.promised,
    )
    checks.record(session, step.audit, f"callout:{row.id}", actor, now)


def candidates(
    session: Session, callout: queries.CalloutView, now: datetime
) -> list[waiting.EntryView]:
    """Return who could come in time and may have a dose, the nearest and longest waiting first."""
    left = queries.until(session, callout, now=now) - now
    before = {one.entry.id for one in queries.invited(session, callout_id=callout.id)}
    return [
        one
        for one in sorted(
            waiting.waiting(session, product_ids=[callout.product.id]),
            key=lambda one: (one.waiting.wish.notice_min, one.waiting.joined_at, one.id),
        )
        if one.leftover
        and one.id not in before
        and callout.site_id in one.waiting.wish.site_ids
        and timedelta(minutes=minutes_to_come(one.waiting.wish.notice_min)) <= left
    ]


def _next(
    session: Session, callout: queries.CalloutView, most: int, now: datetime
) -> list[waiting.EntryView]:
    """Return the wave: as many people as asked for, whose household fits what is free."""
    wave: list[waiting.EntryView] = []
    free = queries.get_callout(session, callout.id)
    room = free.offered - free.promised
    for one in candidates(session, callout, now):
        if len(wave) == most:
            break
        if one.waiting.wish.size <= room and _may(session, callout, one, now):
            wave.append(one)
    return wave


def _may(
    session: Session, callout: queries.CalloutView, entry: waiting.EntryView, now: datetime
) -> bool:
    """Ask what is asked at a booking; the open phase only where the call-out is not widened."""
    day = slots.get_clinic(session, callout.site_id).local_day(now)
    people = waiting.members(session, entry.id)
    widened = callout.widened_reason is not None
    return all(
        offering.may_have_on(
            session,
            person_id,
            site_id=callout.site_id,
            product=callout.product,
            day=day,
            now=now,
            any_group=widened,
        )
        for person_id in people
    )


def _quiet(session: Session, row: Callout, now: datetime) -> bool:
    return in_quiet_hours(now, slots.get_clinic(session, row.site_id).timezone)


def _end_what_ran_out(session: Session, row: Callout, now: datetime) -> None:
    """Free the doses of people who did not come in time, and the places of who did not answer."""
    for one in _of_state(session, row.id, InvitedState.CLAIMED):
        if one.come_by is not None and one.come_by <= now:
            checks.advance(session, one, InvitedState.MISSED, actor=CALLER, now=now)
            row.promised -= session.get_one(WaitingEntry, one.entry_id).size
            checks.give_place_back(session, one.entry_id, CALLER, now)
    for one in _of_state(session, row.id, InvitedState.SENT):
        if one.invited_at + SILENT_FOR <= now:
            checks.advance(session, one, InvitedState.OVER, actor=CALLER, now=now)
            checks.give_place_back(session, one.entry_id, CALLER, now)
    session.flush()


def _of_state(session: Session, callout_id: UUID, state: InvitedState) -> list[CalloutInvitation]:
    query = select(CalloutInvitation).where(
        CalloutInvitation.callout_id == callout_id, CalloutInvitation.state == state
    )
    return list(session.scalars(query.execution_options(populate_existing=True)))
