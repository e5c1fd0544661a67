"""Is somebody working on the unit? Then what happens is recorded, and people are called later.

They are called only when the work should be over and the condition lasts.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sensors.domain.alerts import AlertState
from sensors.domain.units import Maintenance, MaintenanceKind
from sensors.store.episodes import AlertRow
from sensors.store.maintenance import MaintenanceWindow


def find(session: Session, unit_id: int, at: datetime) -> Maintenance | None:
    """Return the work that goes on at *at*; of several the one that ends last."""
    row = session.scalars(
        select(MaintenanceWindow)
        .where(
            MaintenanceWindow.unit_id == unit_id,
            MaintenanceWindow.from_at <= at,
            MaintenanceWindow.to_at > at,
        )
        .order_by(MaintenanceWindow.to_at.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else as_maintenance(row)


def is_under(session: Session, unit_id: int, at: datetime) -> bool:
    """Tell whether somebody works on the unit at *at*."""
    return find(session, unit_id, at) is not None


def during(
    session: Session, unit_id: int, since: datetime, until: datetime | None
) -> list[Maintenance]:
    """Return the work on a unit that touches [since, until), oldest first."""
    wanted = select(MaintenanceWindow).where(
        MaintenanceWindow.unit_id == unit_id, MaintenanceWindow.to_at > since
    )
    if until is not None:
        wanted = wanted.where(MaintenanceWindow.from_at < until)
    rows = session.scalars(wanted.order_by(MaintenanceWindow.from_at))
    return [as_maintenance(row) for row in rows]


def begin(
    session: Session, *, unit_id: int, work: Maintenance, actor_id: str, now: datetime
) -> int:
    """Write down that people work on a unit; return the id of the window."""
    row = MaintenanceWindow(
        unit_id=unit_id,
        kind=work.kind.value,
        reason=work.reason,
        from_at=work.from_at,
        to_at=work.to_at,
        entered_at=now,
        entered_by=actor_id,
    )
    session.add(row)
    session.flush()
    return row.id


def end(session: Session, *, unit_id: int, actor_id: str, now: datetime) -> int:
    """End the work on a unit now; return how many windows that ended.

    Alerts that waited for its end call at the watch's next look.
    """
    ended = session.execute(
        update(MaintenanceWindow)
        .where(
            MaintenanceWindow.unit_id == unit_id,
            MaintenanceWindow.from_at < now,
            MaintenanceWindow.to_at > now,
        )
        .values(to_at=now, ended_by=actor_id)
        .returning(MaintenanceWindow.id)
    ).all()
    if ended:
        session.execute(
            update(AlertRow)
            .where(
                AlertRow.unit_id == unit_id,
                AlertRow.state == AlertState.OPEN,
                AlertRow.notices == 0,
                AlertRow.next_notice_at > now,
            )
            .values(next_notice_at=now)
        )
    return len(ended)


def as_maintenance(row: MaintenanceWindow) -> Maintenance:
    """Return a row as the value that it holds."""
    return Maintenance(MaintenanceKind(row.kind), row.reason, row.from_at, row.to_at)
