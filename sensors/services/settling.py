"""What is found in readings that came late: told once, when no more of them come.

While the backlog of a probe comes in, excursions begin, end and vanish with every batch. Each is
written at once and holds its lots from that commit on; people are called about what is left.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session, aliased

from sensors.domain.alerts import AlertKind, AlertState
from sensors.domain.grouping import (
    LASTING_WAITS_AT_MOST,
    NEWS,
    OVER_WAITS_AT_MOST,
    SETTLED_AFTER,
    topic_of,
)
from sensors.services import calling
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.places import StorageUnit

_UNTOLD = (
    AlertRow.state == AlertState.OPEN,
    AlertRow.found_late,
    AlertRow.notices == 0,
    AlertRow.next_notice_at.is_not(None),
)


def untold_group(session: Session, site_id: int, kind: AlertKind) -> int | None:
    """Return the group of what was found late at a site and has not been told yet."""
    alike = [one for one in AlertKind if topic_of(one) is topic_of(kind)]
    return session.scalar(
        select(AlertRow.group_id)
        .join(StorageUnit, StorageUnit.id == AlertRow.unit_id)
        .where(StorageUnit.site_id == site_id, AlertRow.kind.in_(alike), *_UNTOLD)
        .order_by(AlertRow.id.desc())
        .limit(1)
    )


def hold_back(session: Session, sensor_ids: Collection[int], *, now: datetime) -> None:
    """Wait with what is untold of *sensor_ids*, and with what is told with it: more came late."""
    theirs = aliased(AlertRow)
    groups = select(theirs.group_id).where(
        theirs.sensor_id.in_(sensor_ids),
        theirs.state == AlertState.OPEN,
        theirs.found_late,
        theirs.notices == 0,
    )
    session.execute(
        update(AlertRow)
        .where(
            AlertRow.group_id.in_(groups),
            *_UNTOLD,
            AlertRow.next_notice_at < now + SETTLED_AFTER,
            or_(
                and_(
                    AlertRow.cleared_at.is_(None), AlertRow.opened_at > now - LASTING_WAITS_AT_MOST
                ),
                and_(
                    AlertRow.cleared_at.is_not(None), AlertRow.opened_at > now - OVER_WAITS_AT_MOST
                ),
            ),
        )
        .values(next_notice_at=now + SETTLED_AFTER)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(AlertRow)
        .where(
            AlertRow.over_notice_at.is_not(None),
            AlertRow.cleared_at > now - OVER_WAITS_AT_MOST,
            AlertRow.sensor_id.in_(sensor_ids),
        )
        .values(over_notice_at=now + SETTLED_AFTER)
        .execution_options(synchronize_session=False)
    )


def tell_after_all(
    session: Session, excursion_id: int, *, happened_at: datetime, now: datetime
) -> None:
    """Plan to tell an excursion that was too old for a call and, as it proves, reaches into now."""
    if now - happened_at > NEWS:
        return
    session.execute(
        update(AlertRow)
        .where(
            AlertRow.excursion_id == excursion_id,
            AlertRow.state == AlertState.OPEN,
            AlertRow.notices == 0,
            AlertRow.next_notice_at.is_(None),
        )
        .values(next_notice_at=now + SETTLED_AFTER, found_late=True)
        .execution_options(synchronize_session=False)
    )


def tell_now(session: Session, sensor_id: int, *, now: datetime) -> None:
    """Tell at once what waits about a probe: its history is here as a whole, as in a file."""
    groups = session.scalars(
        select(AlertRow.group_id).where(AlertRow.sensor_id == sensor_id, *_UNTOLD).distinct()
    ).all()
    for group_id in groups:
        session.execute(
            update(AlertRow)
            .where(AlertRow.group_id == group_id, *_UNTOLD)
            .values(next_notice_at=now)
            .execution_options(synchronize_session=False)
        )
        if group_id is not None:
            calling.call_group(session, group_id, now=now)
    _tell_over(
        session, (AlertRow.over_notice_at.is_not(None), AlertRow.sensor_id == sensor_id), now
    )


def tell_over_due(session: Session, *, now: datetime) -> int:
    """Tell what late readings said to be over, or never to have been; return of how many alerts."""
    return _tell_over(session, (AlertRow.over_notice_at <= now,), now)


def _tell_over(session: Session, which: Sequence[ColumnElement[bool]], now: datetime) -> int:
    due = session.scalars(select(AlertRow).where(*which).order_by(AlertRow.id)).all()
    for row in due:
        row.over_notice_at = None
        excursion = session.get(ExcursionRow, row.excursion_id) if row.excursion_id else None
        withdrawn = excursion is not None and excursion.withdrawn_at is not None
        calling.tell_over(session, row, now=now, alone=withdrawn)
    session.flush()
    return len(due)
