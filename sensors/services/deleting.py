"""Deleting the readings of whole days whose term is over. Who may decide that is downstream.

What the days added up to stays, marked, so that charts of years and `verify` know that the readings
went by rule. A reading of such a time that comes once more is a repetition and is not stored.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, update
from sqlalchemy.orm import Session

from sensors.services import known
from sensors.store import dialect
from sensors.store.places import Sensor
from sensors.store.readings import ReadingDay, ReadingRow

DAY = timedelta(days=1)


class DayNotAsAddedUp(Exception):
    """A day holds another number of readings than its roll-up tells: nothing is deleted."""


def hold(session: Session, sensor_id: int) -> None:
    """Keep the ingest from adding readings to a probe until the transaction ends."""
    dialect.lock_states(session.connection(), [sensor_id])


def delete_days(
    session: Session, *, sensor_id: int, days: Collection[datetime], now: datetime
) -> int:
    """Delete the readings of *days*, each the instant in UTC at which it begins; return how many.

    The caller holds the probe (`hold`). Raises `DayNotAsAddedUp`.
    """
    gone = 0
    for day in sorted(days):
        row = session.get_one(ReadingDay, {"sensor_id": sensor_id, "day": day})
        deleted = session.execute(
            delete(ReadingRow).where(
                ReadingRow.sensor_id == sensor_id,
                ReadingRow.measured_at >= day,
                ReadingRow.measured_at < day + DAY,
            )
        )
        assert isinstance(deleted, CursorResult)
        if deleted.rowcount != row.temperatures + row.faults:
            raise DayNotAsAddedUp(f"{day:%Y-%m-%d}: {deleted.rowcount} readings")
        gone += deleted.rowcount
    session.execute(
        update(ReadingDay)
        .where(ReadingDay.sensor_id == sensor_id, ReadingDay.day.in_(days))
        .values(deleted_at=now)
    )
    session.execute(update(Sensor).where(Sensor.id == sensor_id).values(kept_from=max(days) + DAY))
    known.changed(session)
    return gone
