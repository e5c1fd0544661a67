"""Reads of calls to residents: the list of a clinic, and one call with its tries."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sensors.domain.states import AlreadyMoved
from sensors.store.places import Site
from vaxsite.calls.models import CallTry, ResidentCall
from vaxsite.calls.rules import PENDING, CallReason, CallResult, CallState
from vaxsite.core import sites
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.core.sites import SiteName

SHOWN = 200  # Of one clinic: more than a day's calls. The number of all stands above them.


@dataclass(frozen=True, slots=True)
class Tried:
    """One try, and who made it."""

    number: int
    result: CallResult
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as whoever makes it needs it."""

    id: UUID
    site: SiteName
    about: str
    reason: CallReason
    state: CallState
    name: str
    phone: str | None
    language: str
    subject: str
    body: str
    tries: int
    due_at: datetime
    closes_at: datetime
    tried: tuple[Tried, ...] = ()


def sites_of(session: Session, *, actor: Actor) -> list[SiteName]:
    """Return the clinics for which *actor* calls, by code."""
    return sites.permitted(session, actor=actor, permission=Permission.CALL_WRITE)


def pending(session: Session, *, site_id: int, limit: int = SHOWN) -> list[CallView]:
    """Return whom the clinic must still call or cancel for, first what can wait least."""
    rows = session.execute(
        select(ResidentCall, Site)
        .join(Site, Site.id == ResidentCall.site_id)
        .where(ResidentCall.site_id == site_id, ResidentCall.state.in_(PENDING))
        .order_by(ResidentCall.closes_at, ResidentCall.id)
        .limit(limit)
    )
    return [_view(call, site) for call, site in rows]


def count_pending(session: Session, *, site_id: int) -> int:
    """Count whom the clinic must still call or cancel for."""
    query = select(func.count()).where(
        ResidentCall.site_id == site_id, ResidentCall.state.in_(PENDING)
    )
    return session.scalar(query) or 0


def get_call(session: Session, *, call_id: UUID, actor: Actor) -> CallView:
    """Return a call of a clinic of *actor* with its tries; `NotFound` for every other one."""
    row = session.execute(
        select(ResidentCall, Site)
        .join(Site, Site.id == ResidentCall.site_id)
        .where(ResidentCall.id == call_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or not actor.may(Permission.CALL_WRITE, row[0].site_id):
        raise NotFound
    query = select(CallTry).where(CallTry.call_id == call_id).order_by(CallTry.number)
    tried = tuple(
        Tried(one.number, CallResult(one.result), one.made_at, one.made_by)
        for one in session.scalars(query)
    )
    return _view(row[0], row[1], tried)


def calls_about(session: Session, *, about: str) -> list[CallView]:
    """Return every call about a record, the newest first, for pages of that record."""
    rows = session.execute(
        select(ResidentCall, Site)
        .join(Site, Site.id == ResidentCall.site_id)
        .where(ResidentCall.about == about)
        .order_by(ResidentCall.id.desc())
    )
    return [_view(call, site) for call, site in rows]


def pending_about(session: Session, *, prefix: str) -> list[str]:
    """Return about which records of one kind somebody is still to be called."""
    query = select(ResidentCall.about).where(
        ResidentCall.about.startswith(prefix), ResidentCall.state.in_(PENDING)
    )
    return sorted(set(session.scalars(query)))


def was_asked(session: Session, *, key: str) -> bool:
    """Tell whether a call of this key was asked for, whatever became of it."""
    found = select(ResidentCall.id).where(ResidentCall.call_key == key)
    return session.scalar(found) is not None


def lock(session: Session, *, call_id: UUID) -> None:
    """Lock a call, so that two people write down one after the other."""
    session.execute(select(ResidentCall.id).where(ResidentCall.id == call_id).with_for_update())


def check_seen(seen: CallView, tries: int) -> None:
    """Raise `AlreadyMoved` where the call is not as it was when *tries* were known."""
    if seen.state is not CallState.OPEN or seen.tries != tries:
        raise AlreadyMoved(f"call {seen.id} is not as it was seen")


def _view(row: ResidentCall, site: Site, tried: tuple[Tried, ...] = ()) -> CallView:
    return CallView(
        id=row.id,
        site=sites.named(site),
        about=row.about,
        reason=CallReason(row.reason),
        state=CallState(row.state),
        name=row.name,
        phone=row.phone,
        language=row.language,
        subject=row.subject,
        body=row.body,
        tries=row.tries,
        due_at=row.due_at,
        closes_at=row.closes_at,
        tried=tried,
    )
