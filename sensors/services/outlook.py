"""Where the temperatures of probes go now, from their stored readings of the last half hour."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain import calibration, foresight
from sensors.domain.foresight import Point, Trend, Unclear
from sensors.domain.units import Band
from sensors.store.calibration import corrections
from sensors.store.readings import ReadingRow, standing


@dataclass(frozen=True)
class Outlook:
    """The trend of one probe; `door_at` is when its door was last seen open, within the window."""

    points: tuple[Point, ...]
    trend: Trend | Unclear
    door_at: datetime | None

    def leaves_at(self, band: Band) -> datetime | Unclear | None:
        """Return when it will leave *band* (UTC); None where it does not go towards a limit."""
        if isinstance(self.trend, Unclear):
            return self.trend
        return foresight.leaves_at(self.points, band.low_centi, band.high_centi)


def read(session: Session, sensor_ids: Collection[int], *, now: datetime) -> Mapping[int, Outlook]:
    """Return the outlook of each of *sensor_ids* that was read within the window before *now*."""
    known_of = corrections(session)
    rows = session.execute(
        select(ReadingRow.sensor_id, ReadingRow.measured_at, ReadingRow.centi, ReadingRow.door_open)
        .where(
            ReadingRow.sensor_id.in_(sensor_ids),
            ReadingRow.measured_at >= now - foresight.WINDOW,
            ReadingRow.measured_at <= now,
            standing(),
        )
        .order_by(ReadingRow.sensor_id, ReadingRow.measured_at)
    )
    points: dict[int, list[Point]] = defaultdict(list)
    doors: dict[int, datetime] = {}
    for sensor_id, at, centi, door_open in rows:
        if door_open:
            doors[sensor_id] = at
        real = calibration.corrected(centi, at, known_of.get(sensor_id, ()))
        if real is not None:
            points[sensor_id].append(Point(at, real))
    return {key: _outlook(found, doors.get(key)) for key, found in points.items()}


def _outlook(points: Sequence[Point], door_at: datetime | None) -> Outlook:
    """Look at the newest of *points* and those before it, none closer than `SPACING` to another."""
    spaced: list[Point] = []
    for point in reversed(points):
        if not spaced or spaced[-1].at - point.at >= foresight.SPACING:
            spaced.append(point)
    own = tuple(reversed(spaced))
    return Outlook(own, Unclear.DOOR if door_at else foresight.trend(own), door_at)
