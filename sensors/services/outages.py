"""Is a whole site down? Then its probes say nothing that the outage does not say already."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.places import Sensor, StorageUnit
from sensors.store.readings import ReadingRow, SensorState


@dataclass(frozen=True)
class Outage:
    """What the probes of a site say about the site itself."""

    probes: int
    silent: int
    without_power: int  # Whose newest reading says that the mains are off.
    with_power: int

    @property
    def down(self) -> bool:
        """Tell whether the site itself is down: several probes, and all silent or without mains."""
        return self.probes > 1 and (self.silent == self.probes or self.power_cut)

    @property
    def power_cut(self) -> bool:
        """Tell whether every probe that knows of the mains says that they are off."""
        return self.without_power > 0 and self.with_power == 0 and self.probes > 1


def look(session: Session, site_id: int) -> Outage:
    """Return what the probes that hang at a site say of it now."""
    rows = session.execute(
        select(SensorState.silent_since, ReadingRow.power_on)
        .select_from(Sensor)
        .join(StorageUnit, StorageUnit.id == Sensor.unit_id)
        .outerjoin(SensorState, SensorState.sensor_id == Sensor.id)
        .outerjoin(
            ReadingRow,
            (ReadingRow.sensor_id == Sensor.id)
            & (ReadingRow.measured_at == SensorState.measured_at),
        )
        .where(StorageUnit.site_id == site_id)
    ).all()
    return Outage(
        probes=len(rows),
        silent=sum(row.silent_since is not None for row in rows),
        without_power=sum(row.power_on is False for row in rows),
        with_power=sum(row.power_on is True for row in rows),
    )
