"""Since when a probe has been out of its range without an excursion yet: from its readings."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Integer, Select, and_, cast, extract, func, or_, select
from sqlalchemy.orm import Session

from sensors.domain.calibration import Correction
from sensors.domain.rules import MAX_GAP_S
from sensors.domain.units import Band
from sensors.store.calibration import corrections, offset_column
from sensors.store.readings import ReadingRow

# Who is out of range for longer is so by all that a wall has room to say.
LOOK_BACK = timedelta(hours=24)


def outside_since(
    session: Session, bands: Mapping[int, Band], *, now: datetime
) -> dict[int, datetime]:
    """Return since when each probe of *bands*, out of its band now, has been so; 24 h at most.

    It is the first reading of the run of readings out of range that lasts now. A gap too long to
    be bridged begins a new run: nothing is known of it.
    """
    if not bands:
        return {}
    known = corrections(session)
    alike: dict[tuple[Band, tuple[Correction, ...]], list[int]] = defaultdict(list)
    for sensor_id, band in bands.items():
        alike[band, tuple(known.get(sensor_id, ()))].append(sensor_id)
    return {
        row.sensor_id: row.since
        for (band, corrected_by), sensor_ids in alike.items()
        for row in session.execute(_runs(sensor_ids, band, corrected_by, now))
    }


def _runs(
    sensor_ids: Sequence[int], band: Band, corrected_by: Sequence[Correction], now: datetime
) -> Select[int, datetime]:
    """Select where the last run of readings out of *band* begins, by probe."""
    at = ReadingRow.measured_at
    looked_at = and_(
        ReadingRow.sensor_id.in_(sensor_ids),
        at > now - LOOK_BACK,
        at <= now,
        ReadingRow.centi.is_not(None),
    )
    centi = ReadingRow.centi + offset_column(corrected_by, at, ReadingRow.centi)
    inside = centi.between(band.low_centi, band.high_centi)
    probe = ReadingRow.sensor_id
    seconds = cast(extract("epoch", at), Integer)
    one = (
        select(
            ReadingRow.sensor_id,
            at,
            inside.label("inside"),
            func.lag(inside).over(partition_by=probe, order_by=at).label("inside_before"),
            (seconds - func.lag(seconds).over(partition_by=probe, order_by=at)).label("step"),
        )
        .where(looked_at)
        .subquery()
    )
    begins = or_(one.c.step.is_(None), one.c.step > MAX_GAP_S, one.c.inside_before)
    return (
        select(one.c.sensor_id, func.max(one.c.measured_at).label("since"))
        .where(~one.c.inside, begins)
        .group_by(one.c.sensor_id)
    )
