"""What the probes of a unit read in a month: day by day, and when no temperature came.

Gaps are those of all judgements of the house: longer than one reading may speak
(`sensors.domain.rules.MAX_GAP_S`), never bridged. A gap across the end of a month is told in both.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import BigInteger, cast, extract, func, or_, select
from sqlalchemy.orm import Session

from sensors.domain.calibration import Point
from sensors.domain.readings import Source
from sensors.domain.rules import MAX_GAP_S
from sensors.domain.units import Band
from sensors.store.places import ProbePlacement, Sensor
from sensors.store.readings import ReadingDay, ReadingRow
from vaxsite.coldchain.queries import series
from vaxsite.logbook.facts import GapFact, ProbeDay, Stay
from vaxsite.logbook.months import Month, begin_of

MAX_GAP = timedelta(seconds=MAX_GAP_S)
AROUND = timedelta(days=1)


@dataclass(frozen=True)
class Placed:
    """A probe in the unit during [from_at, to_at); `to_at` is null while it hangs there."""

    sensor: Sensor
    from_at: datetime
    to_at: datetime | None

    @property
    def probe(self) -> str:
        """The probe as people call it."""
        return name(self.sensor)

    def cut(self, since: datetime, until: datetime) -> tuple[datetime, datetime]:
        """Return the part of the stay in [since, until); it may be empty."""
        return max(self.from_at, since), min(self.to_at or until, until)


def name(sensor: Sensor) -> str:
    """Return a probe as people call it: its device, and its channel where it has one."""
    return f"{sensor.device} / {sensor.channel}" if sensor.channel else sensor.device


def written(points: Iterable[Point]) -> str:
    """Return the points of a certificate as facts hold them; nothing where it has none."""
    return " ".join(f"{one.reading_centi}:{one.reference_centi}" for one in points)


def placed(session: Session, *, unit_id: int, since: datetime, until: datetime) -> list[Placed]:
    """Return the stays of probes in a unit that touch [since, until), by name and time."""
    rows = session.execute(
        select(Sensor, ProbePlacement)
        .join(ProbePlacement, ProbePlacement.sensor_id == Sensor.id)
        .where(
            ProbePlacement.unit_id == unit_id,
            ProbePlacement.from_at < until,
            or_(ProbePlacement.to_at.is_(None), ProbePlacement.to_at > since),
        )
        .order_by(Sensor.device, Sensor.channel, ProbePlacement.from_at)
    )
    return [Placed(sensor, row.from_at, row.to_at) for sensor, row in rows]


def gone_at(
    session: Session, *, unit_id: int, bounds: tuple[datetime, datetime]
) -> datetime | None:
    """Return when readings that the log tells of went by the rule of retention; None if none did.

    A gap at either end of a month is told from the reading beyond it, so a day more counts.
    """
    since, until = bounds[0] - AROUND, bounds[1] + AROUND
    ids = {one.sensor.id for one in placed(session, unit_id=unit_id, since=since, until=until)}
    return session.scalar(
        select(func.max(ReadingDay.deleted_at)).where(
            ReadingDay.sensor_id.in_(ids), ReadingDay.day >= since, ReadingDay.day < until
        )
    )


def stays(found: Iterable[Placed], bounds: tuple[datetime, datetime]) -> tuple[Stay, ...]:
    """Return the stays, cut to the month."""
    return tuple(Stay(one.probe, *one.cut(*bounds)) for one in found)


def days(
    session: Session, found: Sequence[Placed], month: Month, band: Band, timezone: str
) -> tuple[ProbeDay, ...]:
    """Return what each probe read on each day of the month, as far as it hung in the unit."""
    told = [
        _merge(day, probe, [one for one in parts if one.probe == probe])
        for day in month.days
        for parts in [[_part(session, one, day, band, timezone) for one in found]]
        for probe in dict.fromkeys(one.probe for one in parts)
    ]
    return tuple(one for one in told if one.readings)


def _part(session: Session, one: Placed, day: date, band: Band, timezone: str) -> ProbeDay:
    ends = begin_of(day + timedelta(days=1), timezone)
    since, until = one.cut(begin_of(day, timezone), ends)
    if since >= until:
        return ProbeDay(day, one.probe, None, None, 0, 0, 0)
    # One slice: the lowest, the highest and the counts of the whole day.
    read = series.read_series(
        session, sensor=one.sensor, band=band, since=since, until=until, points=1
    )
    return ProbeDay(
        day,
        one.probe,
        read.low_centi,
        read.high_centi,
        sum(bucket.readings for bucket in read.buckets),
        sum(bucket.faults for bucket in read.buckets),
        _imported(session, one.sensor.id, since, until),
    )


def _imported(session: Session, sensor_id: int, since: datetime, until: datetime) -> int:
    count = session.scalar(
        select(func.count()).where(
            ReadingRow.sensor_id == sensor_id,
            ReadingRow.measured_at >= since,
            ReadingRow.measured_at < until,
            ReadingRow.source == Source.IMPORTED,
        )
    )
    return count or 0


def _merge(day: date, probe: str, parts: Sequence[ProbeDay]) -> ProbeDay:
    """Join the stays of one probe on one day."""
    return ProbeDay(
        day,
        probe,
        min(series.known(one.low_centi for one in parts), default=None),
        max(series.known(one.high_centi for one in parts), default=None),
        sum(one.readings for one in parts),
        sum(one.faults for one in parts),
        sum(one.imported for one in parts),
    )


def gaps(
    session: Session,
    found: Iterable[Placed],
    bounds: tuple[datetime, datetime],
    now: datetime,
) -> tuple[GapFact, ...]:
    """Return the times without a temperature of each probe in the unit, up to *now*."""
    begins, ends = bounds
    known = [
        (one.probe, max(begins, since), min(ends, until))
        for one in found
        for since, until in _holes(session, one, bounds, now)
    ]
    return tuple(GapFact(*one) for one in sorted(known) if one[1] < one[2])


def _holes(
    session: Session, one: Placed, bounds: tuple[datetime, datetime], now: datetime
) -> Iterator[tuple[datetime, datetime]]:
    # A little beyond the month: what a reading on the other side of its ends speaks for.
    since, until = one.cut(bounds[0] - MAX_GAP, min(bounds[1] + MAX_GAP, now))
    at = cast(extract("epoch", ReadingRow.measured_at), BigInteger)
    told = (
        select(at.label("at"), (at - func.lag(at).over(order_by=at)).label("step"))
        .where(
            ReadingRow.sensor_id == one.sensor.id,
            ReadingRow.measured_at >= since,
            ReadingRow.measured_at < until,
            ReadingRow.centi.is_not(None),
        )
        .subquery()
    )
    first, last = session.execute(select(func.min(told.c.at), func.max(told.c.at))).one()
    if first is None or last is None:
        first_at, last_at = until, until
    else:
        first_at, last_at = _instant(first), _instant(last)
    if first_at - since > MAX_GAP:
        yield since, first_at
    rows = session.execute(select(told.c.at, told.c.step).where(told.c.step > MAX_GAP_S))
    for ended_s, step_s in rows:
        yield _instant(ended_s - step_s), _instant(ended_s)
    if until - last_at > MAX_GAP:
        yield last_at, until


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(int(seconds), tz=UTC)
