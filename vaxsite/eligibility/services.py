"""Acts of a manager on phases. What is not theirs answers as one that does not exist.

Who opens for a district, or everywhere, must be allowed to at each of its clinics.
"""

from collections.abc import Collection
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
from vaxsite.eligibility.models import EarlierPhase, Phase
from vaxsite.eligibility.rules import Reach, Reason


def open_phase(
    session: Session,
    *,
    reach: Reach,
    group_code: str,
    opens_on: date,
    closes_on: date | None,
    actor: Actor,
    now: datetime,
) -> int:
    """Let the group be vaccinated there on [opens_on, closes_on); return the phase's id."""
    _lock(session, reach, actor)
    row = Phase(
        site_id=reach.site_id,
        district=reach.district,
        group_code=group_code,
        opens_on=opens_on,
        closes_on=closes_on,
        opened_by=actor.id,
        created_at=now,
    )
    _check(session, row)
    session.add(row)
    session.flush()
    _record(session, "phase:open", row, actor, now, {})
    return row.id


def change_phase(
    session: Session,
    *,
    phase_id: int,
    opens_on: date,
    closes_on: date | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Give the phase other days. Who has a seat by it, held or booked, keeps that."""
    row = _own(session, phase_id, actor)
    was = _keep(session, row, now)
    row.opens_on, row.closes_on = opens_on, closes_on
    with session.no_autoflush:  # The check of the days is ours, with its reason.
        _check(session, row)
    session.flush()
    _record(session, "phase:change", row, actor, now, was)


def withdraw_phase(session: Session, *, phase_id: int, actor: Actor, now: datetime) -> None:
    """Take the phase back altogether. Who has a seat by it, held or booked, keeps that."""
    row = _own(session, phase_id, actor)
    _keep(session, row, now)
    _record(session, "phase:withdraw", row, actor, now, {})
    session.delete(row)
    session.flush()


def _own(session: Session, phase_id: int, actor: Actor) -> Phase:
    row = session.get(Phase, phase_id)
    if row is None:
        raise NotFound
    _lock(session, Reach(row.site_id, row.district), actor)
    session.refresh(row)
    return row


def _keep(session: Session, row: Phase, now: datetime) -> dict[str, str | None]:
    """Keep how the phase stands; return its days for the audit."""
    session.add(
        EarlierPhase(
            phase_id=row.id,
            site_id=row.site_id,
            district=row.district,
            group_code=row.group_code,
            opens_on=row.opens_on,
            closes_on=row.closes_on,
            ended_at=now,
        )
    )
    session.flush()
    return {"was_from": row.opens_on.isoformat(), "was_until": _iso(row.closes_on)}


def _check(session: Session, row: Phase) -> None:
    """Raise `RefusedAct` where the group cannot have these days there."""
    group = queries.groups().find(row.group_code)
    if group is None or not group.valid_on(row.opens_on):
        raise _refused(Reason.UNKNOWN_GROUP)
    if row.closes_on is not None and row.closes_on <= row.opens_on:
        raise _refused(Reason.PHASE_ORDER, date=row.opens_on)
    others = select(Phase.opens_on).where(
        Phase.site_id.is_not_distinct_from(row.site_id),
        Phase.district.is_not_distinct_from(row.district),
        Phase.group_code == row.group_code,
        (Phase.closes_on.is_(None)) | (Phase.closes_on > row.opens_on),
    )
    if row.closes_on is not None:
        others = others.where(Phase.opens_on < row.closes_on)
    if row.id is not None:
        others = others.where(Phase.id != row.id)
    clash = session.scalar(others.order_by(Phase.opens_on).limit(1))
    if clash is not None:
        raise _refused(Reason.PHASE_EXISTS, date=clash)


def _lock(session: Session, reach: Reach, actor: Actor) -> None:
    """Let one manager at a time change the phases there: overlaps are found by reading."""
    site_ids = queries.reached_sites(session, reach)
    if not site_ids or not all(actor.may(Permission.PHASE_WRITE, one) for one in site_ids):
        raise NotFound
    lock(session, site_ids)


def lock(session: Session, site_ids: Collection[int]) -> None:
    """Keep the sites from whoever else changes where and for whom booking is open."""
    session.execute(
        select(Site.id).where(Site.id.in_(site_ids)).order_by(Site.id).with_for_update()
    )


def _refused(reason: StrEnum, **detail: date) -> RefusedAct:
    return RefusedAct(Refused(reason, "phases", detail=detail), rules.SENTENCES)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _record(
    session: Session,
    action: str,
    row: Phase,
    actor: Actor,
    now: datetime,
    more: dict[str, str | None],
) -> None:
    detail = {
        "site": row.site_id,
        "district": row.district,
        "group": row.group_code,
        "opens_on": row.opens_on.isoformat(),
        "closes_on": _iso(row.closes_on),
        **more,
    }
    audit.record(
        session, actor=actor, action=action, subject=f"phase:{row.id}", now=now, detail=detail
    )
