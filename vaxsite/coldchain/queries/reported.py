"""What the readings of a probe told beside the temperature, of late."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sensors.store.places import Sensor
from sensors.store.readings import ReadingRow
from vaxsite.coldchain import reported
from vaxsite.coldchain.reported import Reported, Told

# How far back it is looked: what was told longer ago says nothing about now. Our own choice.
LATELY = timedelta(hours=24)


def read_reported(
    session: Session, *, sensor: Sensor, since: datetime, until: datetime
) -> tuple[Reported, ...]:
    """Return the newest word of *sensor* on each thing in the 24 hours before *until*.

    What it told before *since* was told elsewhere, and is not looked at.
    """
    rows = session.execute(
        select(
            ReadingRow.measured_at,
            ReadingRow.door_open,
            ReadingRow.power_on,
            ReadingRow.ambient_centi,
            ReadingRow.battery_pct,
            ReadingRow.compressor_on,
        ).where(
            ReadingRow.sensor_id == sensor.id,
            ReadingRow.measured_at >= max(since, until - LATELY),
            ReadingRow.measured_at <= until,
            or_(
                ReadingRow.door_open.is_not(None),
                ReadingRow.power_on.is_not(None),
                ReadingRow.ambient_centi.is_not(None),
                ReadingRow.battery_pct.is_not(None),
                ReadingRow.compressor_on.is_not(None),
            ),
        )
    )
    return reported.report(
        (Told(*row) for row in rows), hole=timedelta(seconds=sensor.silent_after_s)
    )
