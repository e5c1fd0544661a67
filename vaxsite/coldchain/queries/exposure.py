"""How long a probe was outside its band during a window, and its mean kinetic temperature."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain import exposure
from sensors.domain.exposure import Exposure, Sample
from sensors.domain.rules import MAX_GAP_S
from sensors.domain.units import Band
from sensors.store.calibration import corrections, offset_column
from sensors.store.episodes import ExcursionRow
from sensors.store.readings import ReadingRow

MAX_GAP = timedelta(seconds=MAX_GAP_S)


def read_exposure(
    session: Session, *, sensor_id: int, band: Band, since: datetime, until: datetime
) -> Exposure:
    """Return what the readings of a probe say of [since, until); gaps are unknown."""
    known_of = corrections(session, sensor_id).get(sensor_id, [])
    centi = ReadingRow.centi + offset_column(known_of, ReadingRow.measured_at, ReadingRow.centi)
    rows = session.execute(
        select(ReadingRow.measured_at, centi.label("centi"))
        .where(
            ReadingRow.sensor_id == sensor_id,
            ReadingRow.measured_at >= since - MAX_GAP,
            ReadingRow.measured_at <= until + MAX_GAP,
        )
        .order_by(ReadingRow.measured_at)
    )
    samples = (Sample(row.measured_at, row.centi) for row in rows)
    return exposure.measure(samples, band, since, until, MAX_GAP)


def around(session: Session, excursion: ExcursionRow, *, band: Band, now: datetime) -> Exposure:
    """Return the 24 hours that end with *excursion*, or all of it where it lasted longer."""
    until = min(excursion.ended_at or now, now)
    since = min(excursion.began_at, until - exposure.WINDOW)
    return read_exposure(
        session, sensor_id=excursion.sensor_id, band=band, since=since, until=until
    )
