"""When which probe hung in a unit: what a chart of the unit may draw."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sensors.domain.readings import EARLIEST
from sensors.store.places import ProbePlacement, Sensor


@dataclass(frozen=True)
class Stay:
    """A probe in a unit during [from_at, to_at)."""

    placement_id: int
    unit_id: int
    sensor: Sensor
    from_at: datetime
    to_at: datetime | None

    @property
    def since(self) -> datetime | None:
        """Where all readings begin; None for a probe that was never in another unit before."""
        return None if self.from_at == EARLIEST else self.from_at


def stays(
    session: Session, unit_ids: Collection[int], since: datetime | None, until: datetime
) -> list[Stay]:
    """Return every stay of each probe in the units during the window, a probe's oldest first."""
    query = (
        select(
            ProbePlacement.id,
            ProbePlacement.unit_id,
            Sensor,
            ProbePlacement.from_at,
            ProbePlacement.to_at,
        )
        .join(ProbePlacement, ProbePlacement.sensor_id == Sensor.id)
        .where(ProbePlacement.unit_id.in_(unit_ids), ProbePlacement.from_at < until)
        .order_by(Sensor.device, Sensor.channel, ProbePlacement.from_at)
    )
    if since is not None:
        query = query.where(or_(ProbePlacement.to_at.is_(None), ProbePlacement.to_at > since))
    return [Stay(*row) for row in session.execute(query)]
