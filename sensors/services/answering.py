"""What a person does with an alert: has it in hand, asks to be told later, hands it on, closes it.

Nothing that a person chose is for ever: it carries an end, and at that end the alert is open
again and calls again.
"""

from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.alerts import (
    ACKNOWLEDGED_FOR,
    ALERTS,
    QUIET,
    SHELVED_AT_MOST,
    SNOOZED_AT_MOST,
    AlertKind,
    AlertState,
    Severity,
)
from sensors.domain.states import AlreadyMoved
from sensors.services import calling
from sensors.store.episodes import AlertAct, AlertRow
from sensors.store.moves import move

log = structlog.get_logger()

SYSTEM = "system:watch"
HAND_OVER = "alert:hand-over"


class TooLong(ValueError):
    """A snooze or a shelving must end, later than now and within its longest time."""


def acknowledge(
    session: Session, *, alert_id: int, actor_id: str, note: str, now: datetime
) -> None:
    """Write down who answers the alert, while it lasts or after; the calls stop until it lapses.

    Raises `AlreadyMoved` for the second of two.
    """
    row = session.get_one(AlertRow, alert_id, populate_existing=True)
    if row.kind == AlertKind.TEST and row.cleared_at is None:
        row.cleared_at = now  # A drill is over with its answer.
        session.flush()
    until = now + ACKNOWLEDGED_FOR[Severity(row.severity)]
    _choose(
        session,
        row,
        AlertState.ACKNOWLEDGED,
        actor_id,
        note,
        until if row.cleared_at is None else None,
        now,
        acknowledged_at=now,
        acknowledged_by=actor_id,
        owner=actor_id,
        note=note,
        first_answered_at=row.first_answered_at or now,
    )


def snooze(
    session: Session, *, alert_id: int, actor_id: str, note: str, until: datetime, now: datetime
) -> None:
    """Be told again at *until*, at most 24 hours from *now*; raises `TooLong` beyond it."""
    if not now < until <= now + SNOOZED_AT_MOST:
        raise TooLong
    row = session.get_one(AlertRow, alert_id, populate_existing=True)
    _choose(session, row, AlertState.SNOOZED, actor_id, note, until, now)


def shelve(
    session: Session, *, alert_id: int, actor_id: str, note: str, until: datetime, now: datetime
) -> None:
    """Set an alert aside until *until*, at most 7 days from *now*; raises `TooLong` beyond it."""
    if not now < until <= now + SHELVED_AT_MOST:
        raise TooLong
    row = session.get_one(AlertRow, alert_id, populate_existing=True)
    _choose(session, row, AlertState.SHELVED, actor_id, note, until, now)


def hand_over(
    session: Session, *, alert_id: int, actor_id: str, to: str, note: str, now: datetime
) -> None:
    """Give an acknowledged alert into the hands of *to*; raises `AlreadyMoved` when it is not."""
    row = session.get_one(AlertRow, alert_id, populate_existing=True, with_for_update=True)
    if row.state != AlertState.ACKNOWLEDGED:
        raise AlreadyMoved(f"alert {alert_id} is not acknowledged")
    row.owner = to
    _write(session, row, HAND_OVER, actor_id, note, now, to=to)
    session.flush()


def resolve(
    session: Session, *, alert_id: int, actor_id: str, now: datetime, note: str | None = None
) -> None:
    """Close the alert: nothing is left to do. Raises `AlreadyMoved` when it is closed already.

    Closing an alert that nobody had acknowledged names *actor_id* as the one who answered it.
    """
    row = session.get_one(AlertRow, alert_id, populate_existing=True)
    answer: dict[str, object] = {} if note is None else {"note": note}
    if row.acknowledged_at is None:
        answer |= {"acknowledged_at": now, "acknowledged_by": actor_id}
    if row.first_answered_at is None and actor_id != SYSTEM:
        answer |= {"first_answered_at": now}
    done = move(
        session,
        AlertRow,
        alert_id,
        ALERTS,
        source=AlertState(row.state),
        target=AlertState.RESOLVED,
        resolved_at=now,
        next_notice_at=None,
        returns_at=None,
        **answer,
    )
    _write(session, row, done.audit, actor_id, note or "", now)


def return_due(session: Session, *, now: datetime) -> int:
    """Open every alert again whose acknowledgement, snooze or shelving has ended; count them."""
    due = session.scalars(
        select(AlertRow.id)
        .where(AlertRow.returns_at <= now, AlertRow.state.in_(QUIET))
        .order_by(AlertRow.id)
    ).all()
    for alert_id in due:
        row = session.get_one(AlertRow, alert_id, populate_existing=True)
        try:
            open_again(session, row, now=now)
        except AlreadyMoved:  # Somebody answered in this very moment.
            continue
        log.info("alert_returned", alert_id=alert_id)
    return len(due)


def open_again(session: Session, row: AlertRow, *, now: datetime) -> None:
    """Open an answered alert again, which then calls from the first step on.

    Raises `AlreadyMoved` where somebody moved it meanwhile.
    """
    source = AlertState(row.state)
    done = move(session, AlertRow, row.id, ALERTS, source=source, target=AlertState.OPEN)
    calling.call_back(session, row.id, now=now)
    _write(session, row, done.audit, SYSTEM, "", now)


def _choose(
    session: Session,
    row: AlertRow,
    target: AlertState,
    actor_id: str,
    said: str,
    until: datetime | None,
    now: datetime,
    **values: object,
) -> None:
    done = move(
        session,
        AlertRow,
        row.id,
        ALERTS,
        source=AlertState(row.state),
        target=target,
        next_notice_at=None,
        unanswered_at=None,
        returns_at=until,
        **values,
    )
    _write(session, row, done.audit, actor_id, said, now, until=until)


def _write(
    session: Session,
    row: AlertRow,
    act: str,
    actor_id: str,
    note: str,
    now: datetime,
    *,
    until: datetime | None = None,
    to: str | None = None,
) -> None:
    session.add(
        AlertAct(alert_id=row.id, at=now, by=actor_id, act=act, until=until, to=to, note=note)
    )
