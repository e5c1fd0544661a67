"""Alerts: opened with their notices in one transaction, answered by a person, cleared by facts.

One cause opens one alert. That the condition went away clears an alert but does not answer it;
only a person does that, or the end of a silence, which leaves nothing to decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from sensors.domain.alerts import (
    ALERTS,
    Alert,
    AlertKind,
    AlertState,
    EventKind,
    NoticeReason,
    Severity,
    next_notice,
    notice_after,
)
from sensors.services import notices
from sensors.store.dialect import insert_if_absent
from sensors.store.episodes import AlertRow, Event
from sensors.store.moves import move

log = structlog.get_logger()

# History that turns up later than this is recorded, and holds its lots, but calls nobody: a
# week covers a device that was without a network over the longest holidays.
NEWS = timedelta(days=7)
SYSTEM = "system:watch"


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
    session: Session, cause: Cause, *, now: datetime, happened_at: datetime, tell: bool = True
) -> int | None:
    """Open an alert and call the site's people; None where this cause has opened one before.

    *happened_at* is the newest moment that the alert is about: old history calls nobody. With
    *tell* false the caller sends one notice for several alerts itself.
    """
    news = now - happened_at <= NEWS
    opened = insert_if_absent(
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
        notices=1 if news else 0,
        next_notice_at=notice_after(NoticeReason.FIRST, now) if news else None,
    )
    if not opened:
        return None
    row = session.scalars(select(AlertRow).where(AlertRow.cause == cause.key)).one()
    if news and tell:
        notices.tell(session, row, NoticeReason.FIRST, now=now)
    return row.id


def acknowledge(
    session: Session, *, alert_id: int, actor_id: str, note: str, now: datetime
) -> None:
    """Write down who answers the alert; ends the repeats. Raises `AlreadyMoved` for the second."""
    move(
        session,
        AlertRow,
        alert_id,
        ALERTS,
        source=AlertState.OPEN,
        target=AlertState.ACKNOWLEDGED,
        acknowledged_at=now,
        acknowledged_by=actor_id,
        note=note,
        next_notice_at=None,
    )


def resolve(
    session: Session, *, alert_id: int, actor_id: str, now: datetime, note: str | None = None
) -> None:
    """Close the alert: nothing is left to do. Raises `AlreadyMoved` when it is closed already.

    Closing an alert that nobody had acknowledged names *actor_id* as the one who answered it.
    """
    row = session.get_one(AlertRow, alert_id, populate_existing=True)
    answer: dict[str, object] = {} if note is None else {"note": note}
    if row.state == AlertState.OPEN:
        answer |= {"acknowledged_at": now, "acknowledged_by": actor_id}
    move(
        session,
        AlertRow,
        alert_id,
        ALERTS,
        source=AlertState(row.state),
        target=AlertState.RESOLVED,
        resolved_at=now,
        next_notice_at=None,
        **answer,
    )


def clear_excursion(
    session: Session,
    excursion_id: int,
    *,
    cleared_at: datetime,
    now: datetime,
    close: bool = False,
) -> int | None:
    """Note that an excursion is over, and tell it once; None when that was known.

    With *close* the alert is resolved too: there is nothing for a person to decide about it.
    """
    row = session.scalars(
        select(AlertRow).where(AlertRow.excursion_id == excursion_id, AlertRow.cleared_at.is_(None))
    ).one_or_none()
    return None if row is None else _clear(session, row, cleared_at, now, close=close)


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
        .values(cleared_at=None)
    )


def _clear(
    session: Session, row: AlertRow, cleared_at: datetime, now: datetime, *, close: bool
) -> int:
    state = AlertState(row.state)
    reason = next_notice(Alert(state, row.notices, row.next_notice_at, cleared_at), now)
    row.cleared_at = cleared_at
    session.flush()
    if reason is NoticeReason.RECOVERY and not _opened_now(row, now):
        notices.tell(session, row, reason, now=now)
    if close and state is not AlertState.RESOLVED:
        resolve(session, alert_id=row.id, actor_id=SYSTEM, now=now)
    return row.id


def _opened_now(row: AlertRow, now: datetime) -> bool:
    """Tell whether the first notice, written a moment ago, says already that it is over."""
    return row.opened_at == now


def repeat_due(session: Session, *, now: datetime) -> int:
    """Call again for every alert that nobody has answered in time; return how many were due."""
    due: Sequence[int] = session.scalars(
        select(AlertRow.id)
        .where(AlertRow.state == AlertState.OPEN, AlertRow.next_notice_at <= now)
        .order_by(AlertRow.next_notice_at)
    ).all()
    for alert_id in due:
        try:
            with session.begin_nested():
                _repeat(session, alert_id, now)
        except SQLAlchemyError:  # One alert that fails must not keep the others quiet.
            log.exception("notice_not_repeated", alert_id=alert_id)
    return len(due)


def _repeat(session: Session, alert_id: int, now: datetime) -> None:
    row = session.get_one(AlertRow, alert_id, with_for_update=True, populate_existing=True)
    # The recovery was told when the condition went away.
    known = Alert(AlertState(row.state), row.notices, row.next_notice_at, row.cleared_at, True)
    reason = next_notice(known, now)
    if reason.sends:
        row.notices += 1
        row.next_notice_at = notice_after(reason, now)
        session.flush()
        notices.tell(session, row, reason, now=now)


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
