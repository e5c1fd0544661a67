"""Work on a unit as its page shows it: what, why, who wrote it down, from when until when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.units import MaintenanceKind
from sensors.store.maintenance import MaintenanceWindow


@dataclass(frozen=True)
class WorkView:
    """Work during [from_at, to_at); ended early, `to_at` is when it ended."""

    kind: MaintenanceKind
    reason: str
    from_at: datetime
    to_at: datetime
    entered_by: str
    ended_by: str | None

    def goes_on(self, now: datetime) -> bool:
        """Tell whether people work on the unit at *now*."""
        return self.from_at <= now < self.to_at


def list_work(session: Session, *, unit_id: int, since: datetime) -> list[WorkView]:
    """Return the work on a unit that was not over at *since*, newest first."""
    rows = session.scalars(
        select(MaintenanceWindow)
        .where(MaintenanceWindow.unit_id == unit_id, MaintenanceWindow.to_at > since)
        .order_by(MaintenanceWindow.from_at.desc())
    )
    return [
        WorkView(
            kind=MaintenanceKind(row.kind),
            reason=row.reason,
            from_at=row.from_at,
            to_at=row.to_at,
            entered_by=row.entered_by,
            ended_by=row.ended_by,
        )
        for row in rows
    ]
