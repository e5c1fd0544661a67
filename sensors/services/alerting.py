"""Alerts: opened with their notices in one transaction, answered by a person, cleared by facts.

One cause opens one alert. That the condition went away clears an alert but does not answer it;
only a person does that, or the end of a silence, which leaves nothing to decide.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from sensors.domain import grouping
from sensors.domain.alerts import (
    BEFORE_THE_FIRST,
    OF_EXCURSIONS,
    AlertKind,
    AlertState,
    EventKind,
    Severity,
)
from sensors.services import answering, calling, maintenance, outages, settling
from sensors.services.answering import SYSTEM
from sensors.store.dialect import insert_if_absent
from sensors.store.episodes import AlertRow, Event


@dataclass(frozen=True)
class Cause:
    """What opens an alert; `key` names it, so that the same cause never opens a second one."""

    key: str
    kind: AlertKind
    severity: Severity
    unit_id: int
    sensor_id: int
    excursion_id: int | None = None


def open_alert(
    session: Session,
    cause: Cause,
    *,
    now: datetime,
    happened_at: datetime,
    found_late: bool = False,
) -> int | None:
    """Open an alert in its group and call about it; None where this cause opened one before.

    *happened_at* is the newest moment that the alert is about: old history calls nobody. A first
    temperature alert is told in this transaction, the others by the watch after the group wait,
    and what is *found_late* when its history has come.
    """
    news = now - happened_at <= grouping.NEWS
    foretold = _foretold(session, cause) if news and not found_late else None
    if foretold is not None:
        return _come_true(session, foretold, cause, now=now, happened_at=happened_at)
    where = _place(session, cause, happened_at, now, found_late=found_late) if news else None
    if not _insert(session, cause, where, now, found_late=found_late):
        return None
    row = session.scalars(select(AlertRow).where(AlertRow.cause == cause.key)).one()
    if row.group_id is None:
        row.group_id = row.id
        session.flush()
    if where is not None and where.group_id is None and where.next_notice_at <= now:
        calling.call_group(session, row.id, now=now)
    return row.id


def _insert(
    session: Session, cause: Cause, where: grouping.Place | None, now: datetime, *, found_late: bool
) -> bool:
    """Write the alert into its place; False where this cause opened one before."""
    return insert_if_absent(
        session,
        AlertRow,
        cause=cause.key,
        kind=cause.kind,
        severity=cause.severity,
        unit_id=cause.unit_id,
        sensor_id=cause.sensor_id,
        excursion_id=cause.excursion_id,
        state=AlertState.OPEN,
        opened_at=now,
        notices=where.notices if where else 0,
        step=where.step if where else BEFORE_THE_FIRST,
        next_notice_at=where.next_notice_at if where else None,
        group_id=where.group_id if where else None,
        found_late=found_late,
    )


def _foretold(session: Session, cause: Cause) -> AlertRow | None:
    """Return the alert of what an excursion makes true; it is the same story."""
    if cause.kind is not AlertKind.EXCURSION:
        return None
    return session.scalars(
        select(AlertRow)
        .where(
            AlertRow.sensor_id == cause.sensor_id,
            AlertRow.unit_id == cause.unit_id,
            AlertRow.kind.in_(OF_EXCURSIONS),
            AlertRow.state != AlertState.RESOLVED,
            AlertRow.cleared_at.is_(None),
        )
        .order_by(AlertRow.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()


def _come_true(
    session: Session, row: AlertRow, cause: Cause, *, now: datetime, happened_at: datetime
) -> int:
    """Make what was told before an alert of the excursion; a breach calls, answered or not.

    The notice is another one than the first, because its count goes on.
    """
    if row.state != AlertState.OPEN:
        answering.open_again(session, row, now=now)
        session.refresh(row)
    work = maintenance.find(session, cause.unit_id, happened_at)
    row.cause, row.kind, row.severity = cause.key, cause.kind, cause.severity
    row.excursion_id = cause.excursion_id
    row.step, row.unanswered_at = BEFORE_THE_FIRST, None
    row.next_notice_at = now if work is None else max(work.to_at, now + grouping.GROUP_WAIT)
    session.flush()
    if work is None:
        calling.call_group(session, row.id, now=now)
    return row.id


def _place(
    session: Session, cause: Cause, happened_at: datetime, now: datetime, *, found_late: bool
) -> grouping.Place:
    """Decide with what the alert is told, and when: not while people work on the unit."""
    work = maintenance.find(session, cause.unit_id, happened_at)
    if work is not None and cause.kind is not AlertKind.TEST:
        return grouping.Place(None, max(work.to_at, now + grouping.GROUP_WAIT))
    site_id = calling.site_of(session, cause.unit_id).id
    if found_late:
        return grouping.settle(settling.untold_group(session, site_id, cause.kind), now=now)
    groups = calling.standing_groups(session, site_id)
    monitoring = grouping.topic_of(cause.kind) is grouping.Topic.MONITORING
    down = monitoring and bool(groups) and outages.look(session, site_id).down
    return grouping.place(cause.kind, groups, site_down=down, now=now)


def clear_excursion(
    session: Session,
    excursion_id: int,
    *,
    cleared_at: datetime,
    now: datetime,
    late: bool = False,
) -> int | None:
    """Note that an excursion is over, and tell it once; None when that was known.

    With *late* it is told when no more history comes that could say otherwise.
    """
    row = session.scalars(
        select(AlertRow).where(AlertRow.excursion_id == excursion_id, AlertRow.cleared_at.is_(None))
    ).one_or_none()
    return None if row is None else _clear(session, row, cleared_at, now, close=False, late=late)


def withdraw_excursion(
    session: Session, excursion_id: int, *, now: datetime, merged: bool, late: bool = False
) -> int | None:
    """Close what is open about an excursion that never was, also when it was said to be over.

    With *merged* it is part of another one, whose own alert stands: saying that it was none would
    be wrong, so nobody is told.
    """
    rows = session.scalars(
        select(AlertRow)
        .where(
            AlertRow.excursion_id == excursion_id,
            or_(AlertRow.cleared_at.is_(None), AlertRow.state != AlertState.RESOLVED),
        )
        .order_by(AlertRow.id)
    ).all()
    for row in rows:
        _clear(session, row, now, now, close=True, quiet=merged, late=late)
    return rows[-1].id if rows else None


def clear_silence(session: Session, sensor_id: int, *, now: datetime) -> int | None:
    """Note that a probe measures again: its alert is told to be over, and closed."""
    row = session.scalars(
        select(AlertRow)
        .where(
            AlertRow.sensor_id == sensor_id,
            AlertRow.kind.in_((AlertKind.SILENCE, AlertKind.FAULT)),
            AlertRow.cleared_at.is_(None),
        )
        .order_by(AlertRow.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _clear(session, row, now, now, close=True)


def clear_cause(session: Session, cause: str, *, cleared_at: datetime, now: datetime) -> None:
    """Note that what *cause* names is over, and close its alerts: nothing is left to decide."""
    rows = session.scalars(
        select(AlertRow).where(
            or_(AlertRow.cause == cause, AlertRow.cause.startswith(f"{cause}:")),
            AlertRow.cleared_at.is_(None),
        )
    ).all()
    for row in rows:
        _clear(session, row, cleared_at, now, close=True)


def hand_on(session: Session, cause: str, *, to: str) -> None:
    """Make the alert of *cause* that still stands that of *to*, which then opens none."""
    row = session.scalars(
        select(AlertRow)
        .where(
            or_(AlertRow.cause == cause, AlertRow.cause.startswith(f"{cause}:")),
            AlertRow.cleared_at.is_(None),
        )
        .order_by(AlertRow.id.desc())
        .limit(1)
    ).one_or_none()
    if row is not None:
        row.cause = to
        session.flush()


def is_answered(session: Session, excursion_id: int) -> bool:
    """Tell whether every alert of an excursion is closed, so that nobody looks at it any more."""
    return (
        session.scalar(
            select(AlertRow.id)
            .where(AlertRow.excursion_id == excursion_id, AlertRow.state != AlertState.RESOLVED)
            .limit(1)
        )
        is None
    )


def take_back_clear(session: Session, excursion_id: int) -> None:
    """Take back that an excursion is over: late readings showed that it lasts."""
    session.execute(
        update(AlertRow)
        .where(AlertRow.excursion_id == excursion_id, AlertRow.state != AlertState.RESOLVED)
        .values(cleared_at=None, over_notice_at=None)
    )


def _clear(
    session: Session,
    row: AlertRow,
    cleared_at: datetime,
    now: datetime,
    *,
    close: bool,
    quiet: bool = False,
    late: bool = False,
) -> int:
    row.cleared_at, row.over_notice_at = cleared_at, None
    if row.notices == 0 and maintenance.is_under(session, row.unit_id, cleared_at):
        row.next_notice_at = None  # It came and went while people worked on the unit.
    if row.state == AlertState.ACKNOWLEDGED:
        row.returns_at = None  # What is over does not lapse; it waits to be closed.
    session.flush()
    withdrawn = close and row.excursion_id is not None
    if row.notices > 0 and row.opened_at != now and not quiet:
        if late:
            row.over_notice_at = now + grouping.SETTLED_AFTER
        else:
            calling.tell_over(session, row, now=now, alone=withdrawn)
    if close and row.state != AlertState.RESOLVED:
        answering.resolve(session, alert_id=row.id, actor_id=SYSTEM, now=now)
    return row.id


def record_event(
    session: Session,
    kind: EventKind,
    *,
    unit_id: int,
    now: datetime,
    excursion_id: int | None = None,
    alert_id: int | None = None,
    **detail: object,
) -> None:
    """Write a fact for downstream, in the transaction of the fact."""
    session.add(
        Event(
            at=now,
            kind=kind,
            unit_id=unit_id,
            excursion_id=excursion_id,
            alert_id=alert_id,
            detail=detail,
        )
    )


def excursion_cause(excursion_id: int) -> str:
    """Return the key of the alert that belongs to an excursion."""
    return f"excursion:{excursion_id}"
