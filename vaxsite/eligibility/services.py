"""Acts of a manager on phases. Somebody else's site answers as one that does not exist."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.places import Site
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Permission
from vaxsite.eligibility import queries, rules
from vaxsite.eligibility.models import Phase
from vaxsite.eligibility.rules import Reason


def open_phase(
    session: Session,
    *,
    site_id: int,
    group_code: str,
    opens_on: date,
    closes_on: date | None,
    actor: Actor,
    now: datetime,
) -> int:
    """Let the group be vaccinated at the site on [opens_on, closes_on); return the phase's id."""
    _lock_site(session, site_id, actor)
    group = queries.groups().find(group_code)
    if group is None or not group.valid_on(opens_on):
        raise _refused(Reason.UNKNOWN_GROUP)
    if closes_on is not None and closes_on <= opens_on:
        raise _refused(Reason.PHASE_ORDER, date=opens_on)
    for phase in queries.phases(session, site_ids=[site_id], since=opens_on):
        if phase.group_code == group_code and (closes_on is None or phase.opens_on < closes_on):
            raise _refused(Reason.PHASE_EXISTS, date=phase.opens_on)
    row = Phase(
        site_id=site_id,
        group_code=group_code,
        opens_on=opens_on,
        closes_on=closes_on,
        opened_by=actor.id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    _record(session, "phase:open", row, actor, now)
    return row.id


def close_phase(
    session: Session, *, phase_id: int, closes_on: date, actor: Actor, now: datetime
) -> None:
    """End the phase before *closes_on*; one that would then have no day is taken back.

    Appointments already made stay: nobody loses a seat because a phase ends.
    """
    row = session.get(Phase, phase_id)
    if row is None:
        raise NotFound
    _lock_site(session, row.site_id, actor)
    session.refresh(row)
    if closes_on <= row.opens_on:
        _record(session, "phase:withdraw", row, actor, now)
        session.delete(row)
    else:
        row.closes_on = closes_on
        _record(session, "phase:close", row, actor, now)
    session.flush()


def _lock_site(session: Session, site_id: int, actor: Actor) -> None:
    """Let one manager at a time change the phases of a site: overlaps are found by reading."""
    if not actor.may(Permission.PHASE_WRITE, site_id):
        raise NotFound
    if session.scalar(select(Site.id).where(Site.id == site_id).with_for_update()) is None:
        raise NotFound


def _refused(reason: StrEnum, **detail: date) -> RefusedAct:
    return RefusedAct(Refused(reason, "phases", detail=detail), rules.SENTENCES)


def _record(session: Session, action: str, row: Phase, actor: Actor, now: datetime) -> None:
    detail = {
        "site": row.site_id,
        "group": row.group_code,
        "opens_on": row.opens_on.isoformat(),
        "closes_on": row.closes_on.isoformat() if row.closes_on else None,
    }
    audit.record(
        session, actor=actor, action=action, subject=f"phase:{row.id}", now=now, detail=detail
    )
