"""Acts on clinics and their sessions. Seats change hands in `vaxsite.slots.seats`."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from sensors.store.moves import move
from sensors.store.places import Site
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.clinics import Clinic
from vaxsite.core.decisions import Detail, Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Permission
from vaxsite.eligibility import districts
from vaxsite.slots import queries, releasing, rules
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.slots.rules import SESSIONS, Doses, Reason, SessionState
from vaxsite.stock import queries as stock


def add_clinic(
    session: Session,
    *,
    site_id: int,
    public: Mapping[str, str],
    leaves_district: bool = False,
    actor: Actor,
    now: datetime,
) -> None:
    """Say what residents must know of a site: columns of Clinic by name; replaces what was.

    Raise `RefusedAct` for another district while booking is open for the one that it is in, unless
    the clinic alone *leaves_district*.
    """
    row = session.get(Clinic, site_id)
    if row is not None and public["district_en"] != row.district_en and not leaves_district:
        districts.check_left(session, district=row.district_en, now=now)
    if row is None:
        session.add(Clinic(site_id=site_id, **public))
    else:
        session.execute(update(Clinic).where(Clinic.site_id == site_id).values(**public))
    session.flush()
    audit.record(session, actor=actor, action="clinic:add", subject=f"clinic:{site_id}", now=now)


def preview_session(
    session: Session, *, site_id: int, product_id: int, plan: rules.SessionPlan, now: datetime
) -> rules.PlannedSession:
    """Return what the plan comes to; raise `RefusedAct` with the reason where it cannot be."""
    timezone = session.scalar(select(Site.timezone).where(Site.id == site_id))
    if timezone is None:
        raise NotFound
    if stock.find_product(session, product_id=product_id) is None:
        raise _refused(Reason.UNKNOWN_PRODUCT)
    planned = rules.lay_out(plan, timezone=timezone, now=now)
    if isinstance(planned, Refused):
        raise RefusedAct(planned, rules.SENTENCES)
    clash = session.scalar(
        select(ClinicSession)
        .where(
            ClinicSession.site_id == site_id,
            ClinicSession.product_id == product_id,
            # First and second doses may be given at the same time, at other stations.
            ClinicSession.doses == plan.doses,
            ClinicSession.state != SessionState.CANCELLED,
            ClinicSession.starts_at < planned.ends_at,
            ClinicSession.ends_at > planned.starts_at,
        )
        .limit(1)
    )
    if clash is not None:
        zone = ZoneInfo(timezone)
        times = {
            "from": f"{clash.starts_at.astimezone(zone):%H:%M}",
            "to": f"{clash.ends_at.astimezone(zone):%H:%M}",
        }
        raise _refused(Reason.OVERLAPS, times)
    return planned


def plan_session(
    session: Session,
    *,
    site_id: int,
    product_id: int,
    plan: rules.SessionPlan,
    actor: Actor,
    now: datetime,
) -> int:
    """Store the session with its slots, not yet offered to anybody; return its id."""
    _lock_site(session, site_id, actor)
    planned = preview_session(session, site_id=site_id, product_id=product_id, plan=plan, now=now)
    row = ClinicSession(
        site_id=site_id,
        product_id=product_id,
        starts_at=planned.starts_at,
        ends_at=planned.ends_at,
        state=SESSIONS.initial.value,
        planned_by=actor.id,
        doses=plan.doses.value,
    )
    session.add(row)
    session.flush()
    session.add_all(
        Slot(
            session_id=row.id,
            starts_at=starts_at,
            capacity=planned.seats,
            overbook_limit=planned.overbook,
        )
        for starts_at in planned.slots
    )
    detail = {"site": site_id, "product": product_id, "capacity": planned.capacity}
    _record(session, "session:plan", row.id, actor, now, detail)
    session.flush()
    return row.id


def publish_session(
    session: Session, *, session_id: int, actor: Actor, now: datetime, hours: int | None = None
) -> None:
    """Offer the planned session to the public; raise `RefusedAct` for one that a plan publishes.

    With *hours* its seats come out in portions within that time, at moments that nobody is told.
    """
    row = queries.get_session(session, session_id)
    _lock_site(session, row.site_id, actor)
    if row.doses is not Doses.ANY:
        raise _refused(Reason.THROUGH_PLAN)
    if row.starts_at <= now:
        raise _refused(Reason.IN_THE_PAST)
    step = move(
        session,
        ClinicSession,
        session_id,
        SESSIONS,
        source=SessionState.PLANNED,
        target=SessionState.PUBLISHED,
    )
    _record(session, step.audit, session_id, actor, now, {"capacity": row.capacity})
    if hours is not None:
        releasing.withhold(session, session_id=session_id, hours=hours, actor=actor, now=now)


def cancel_session(session: Session, *, session_id: int, actor: Actor, now: datetime) -> None:
    """Call off a session in which no seat is taken; raise `RefusedAct` where one is."""
    source = queries.get_session(session, session_id)
    _lock_site(session, source.site_id, actor)
    step = move(
        session,
        ClinicSession,
        session_id,
        SESSIONS,
        source=source.state,
        target=SessionState.CANCELLED,
    )
    # Closing the free seats locks the slots: a claim that comes in this moment finds none.
    session.execute(
        update(Slot)
        .where(Slot.session_id == session_id)
        .values(capacity=Slot.taken, withheld=0)
        .execution_options(synchronize_session=False)
    )
    taken = queries.get_session(session, session_id).taken
    if taken:
        raise _refused(Reason.HAS_SEATS_TAKEN, {"seats": taken})
    _record(session, step.audit, session_id, actor, now, {"capacity": source.capacity})


def limit_added(
    session: Session, *, session_id: int, limit: int, actor: Actor, now: datetime
) -> None:
    """Say how many seats staff may add to each slot; raise `RefusedAct` where more are added."""
    source = queries.get_session(session, session_id)
    _lock_site(session, source.site_id, actor)
    if not 0 <= limit <= rules.ADDED_MAX:
        raise _refused(Reason.ADDED_RANGE, {"most": rules.ADDED_MAX})
    mine = Slot.session_id == session_id
    session.execute(select(Slot.id).where(mine).order_by(Slot.id).with_for_update())
    added = session.scalar(select(func.max(Slot.overbooked)).where(mine)) or 0
    if added > limit:
        raise _refused(Reason.ADDED_ALREADY, {"seats": added})
    session.execute(
        update(Slot)
        .where(mine)
        .values(overbook_limit=limit)
        .execution_options(synchronize_session=False)
    )
    _record(session, "session:limit-added", session_id, actor, now, {"limit": limit})


def close_session(session: Session, *, session_id: int, actor: Actor, now: datetime) -> None:
    """Offer the session to nobody any more; those who have seats keep them until they are moved."""
    _step(session, session_id, SessionState.PUBLISHED, SessionState.CLOSED, actor, now)


def reopen_session(session: Session, *, session_id: int, actor: Actor, now: datetime) -> None:
    """Offer a closed session again, because the reason is gone before anybody was moved."""
    _step(session, session_id, SessionState.CLOSED, SessionState.PUBLISHED, actor, now)


def _step(
    session: Session,
    session_id: int,
    source: SessionState,
    target: SessionState,
    actor: Actor,
    now: datetime,
) -> None:
    found = queries.get_session(session, session_id)
    _lock_site(session, found.site_id, actor)
    step = move(session, ClinicSession, session_id, SESSIONS, source=source, target=target)
    _record(session, step.audit, session_id, actor, now, {"taken": found.taken})


def _lock_site(session: Session, site_id: int, actor: Actor) -> None:
    """Let one manager at a time change the sessions of a site: overlaps are found by reading."""
    if not actor.may(Permission.SESSION_WRITE, site_id):
        raise NotFound
    session.scalar(select(Site.id).where(Site.id == site_id).with_for_update())


def _refused(reason: StrEnum, detail: Detail | None = None) -> RefusedAct:
    return RefusedAct(Refused(reason, rules.RULE, detail=detail or {}), rules.SENTENCES)


def _record(
    session: Session, action: str, session_id: int, actor: Actor, now: datetime, detail: Detail
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        subject=f"session:{session_id}",
        now=now,
        detail=dict(detail),
    )
