"""Who is called now: due alerts, told group by group, along the chain of their site."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from sensors.domain.alerts import (
    BEFORE_THE_FIRST,
    QUIET,
    Alert,
    AlertState,
    NoticeReason,
    Severity,
    next_notice,
    notice_after,
)
from sensors.domain.grouping import Group, Topic, topic_of
from sensors.services import notices, outages, people
from sensors.store.episodes import AlertRow
from sensors.store.places import Site, StorageUnit

log = structlog.get_logger()


def repeat_due(session: Session, *, now: datetime) -> int:
    """Call wherever a call is due; return how many groups of alerts were looked at."""
    due: Sequence[int] = session.scalars(
        select(AlertRow.id)
        .where(AlertRow.state == AlertState.OPEN, AlertRow.next_notice_at <= now)
        .order_by(AlertRow.next_notice_at)
    ).all()
    seen: set[int] = set()
    looked = 0
    for alert_id in due:
        if alert_id in seen:
            continue
        looked += 1
        try:
            with session.begin_nested():
                seen.update(call_group(session, alert_id, now=now))
        except SQLAlchemyError:  # One alert that fails must not keep the others quiet.
            log.exception("notice_not_repeated", alert_id=alert_id)
    return looked


def call_group(session: Session, alert_id: int, *, now: datetime) -> list[int]:
    """Call about the group of *alert_id* where that is due; return the ids of its open alerts."""
    members = group_of(session, alert_id, lock=True)
    standing = [row for row in members if row.state == AlertState.OPEN]
    if not standing:
        return []
    site = site_of(session, standing[0].unit_id)
    severity = worst(standing)
    chain = people.chain_of(session, site, severity)
    notice = next_notice(_joint(session, members, standing, site), chain, now=now)
    due_at = notice_after(notice, chain, now=now)
    if due_at is None:
        return [row.id for row in standing]
    for row in standing:
        row.next_notice_at = due_at
        if notice.reason.sends:
            row.notices += 1
            row.step = notice.step
        if notice.reason is NoticeReason.UNANSWERED and row.unanswered_at is None:
            row.unanswered_at = now
    session.flush()
    if notice.reason.sends:
        notices.tell(session, standing, notice, chain.steps[notice.step], now=now)
    return [row.id for row in standing]


def _joint(
    session: Session,
    members: Sequence[AlertRow],
    standing: Sequence[AlertRow],
    site: Site,
) -> Alert:
    """Take the open alerts of a group as one: the furthest step, the earliest call."""
    planned = [row.next_notice_at for row in standing if row.next_notice_at is not None]
    answered = any(row.state in QUIET and row.cleared_at is None for row in members)
    monitoring = topic_of(standing[0].kind) is Topic.MONITORING
    return Alert(
        state=AlertState.OPEN,
        notices=max(row.notices for row in standing),
        next_notice_at=min(planned, default=None),
        recovery_told=True,  # It was told when the condition went away.
        step=max(row.step for row in standing),
        inhibited=monitoring and answered and outages.look(session, site.id).down,
    )


def group_of(session: Session, alert_id: int, *, lock: bool = False) -> Sequence[AlertRow]:
    """Return the alerts that are told together with *alert_id*, oldest first."""
    group_id = session.scalar(select(AlertRow.group_id).where(AlertRow.id == alert_id))
    wanted = (
        select(AlertRow)
        .where(AlertRow.id == alert_id if group_id is None else AlertRow.group_id == group_id)
        .order_by(AlertRow.id)
        .execution_options(populate_existing=True)
    )
    return session.scalars(wanted.with_for_update() if lock else wanted).all()


def standing_groups(session: Session, site_id: int) -> list[Group]:
    """Return the groups of a site with an alert in them that lasts and is not resolved."""
    rows = session.scalars(
        select(AlertRow)
        .join(StorageUnit, StorageUnit.id == AlertRow.unit_id)
        .where(
            StorageUnit.site_id == site_id,
            AlertRow.state != AlertState.RESOLVED,
            AlertRow.cleared_at.is_(None),
        )
        .order_by(AlertRow.id)
    ).all()
    groups: dict[int, list[AlertRow]] = {}
    for row in rows:
        groups.setdefault(row.group_id or row.id, []).append(row)
    return [_group(group_id, found) for group_id, found in groups.items()]


def _group(group_id: int, rows: Sequence[AlertRow]) -> Group:
    planned = [
        row.next_notice_at
        for row in rows
        if row.state == AlertState.OPEN and row.next_notice_at is not None
    ]
    return Group(
        group_id=group_id,
        topic=topic_of(rows[0].kind),
        opened_at=min(row.opened_at for row in rows),
        notices=max(row.notices for row in rows),
        step=max(row.step for row in rows),
        next_notice_at=min(planned, default=None),
        found_late=rows[0].found_late,
        kind=rows[0].kind,
    )


def tell_over(session: Session, row: AlertRow, *, now: datetime, alone: bool) -> None:
    """Tell those who were told that it began that it is over: once, when all of its group is.

    With *alone* it concerns this alert only: that it never was.
    """
    members = [row] if alone else group_of(session, row.id)
    if all(member.cleared_at is not None for member in members):
        notices.tell_over(session, members, now=now)


def call_back(session: Session, alert_id: int, *, now: datetime) -> None:
    """Open an alert again whose acknowledgement lapsed, whose snooze or shelving ended."""
    session.execute(
        update(AlertRow)
        .where(AlertRow.id == alert_id)
        .values(next_notice_at=now, step=BEFORE_THE_FIRST, returns_at=None, unanswered_at=None)
    )


def site_of(session: Session, unit_id: int) -> Site:
    """Return the site of a unit."""
    return session.scalars(
        select(Site)
        .join(StorageUnit, StorageUnit.site_id == Site.id)
        .where(StorageUnit.id == unit_id)
    ).one()


def worst(rows: Sequence[AlertRow]) -> Severity:
    """Return the severity of a group: critical where one of its alerts is."""
    critical = any(row.severity == Severity.CRITICAL for row in rows)
    return Severity.CRITICAL if critical else Severity.WARNING
