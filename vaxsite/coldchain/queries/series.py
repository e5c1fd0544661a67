"""A probe's readings over a window, in at most `POINTS` buckets that keep minimum and maximum.

The database makes the buckets: of readings where the window is short, of the hourly or daily
roll-up where it is long, so that five years cost no more to draw than a day. A hole is a hole: it
is never bridged, neither in the line nor in the time out of range.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    Subquery,
    case,
    cast,
    extract,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session

from sensors.domain.calibration import Correction
from sensors.domain.units import Band
from sensors.store.calibration import corrections, offset_column
from sensors.store.places import Sensor
from sensors.store.readings import ReadingHour, ReadingRow
from vaxsite.coldchain.queries import pieces
from vaxsite.coldchain.queries.pieces import Step
from vaxsite.coldchain.queries.places import Span

Sums = Select[*tuple[Any, ...]]  # Any: sums and counts, whose number types differ by database.
POINTS = 2_000
# A longer window is drawn from the roll-up: at a reading a minute this one reads 11,520.
READINGS_FOR = timedelta(days=8)


@dataclass(frozen=True)
class Bucket:
    """What was read in one slice of the window; temperatures null where only faults came.

    Seconds count the time up to a reading of this bucket since the reading before it; of a bucket
    made of hours or days, those in which a reading was out of range.
    """

    first_at: datetime
    last_at: datetime
    low_centi: int | None
    high_centi: int | None
    sum_centi: int
    readings: int
    faults: int
    missing_s: int  # Length of the holes that end in this bucket; 0 where there is none.
    above_s: int
    below_s: int
    door_open: bool
    power_off: bool


@dataclass(frozen=True)
class Series:
    """The window [since, until) of one probe in slices of `width_s`.

    `step` says what these are made of.
    """

    sensor_id: int
    device: str
    channel: str
    silent_after_s: int
    since: datetime
    until: datetime
    buckets: tuple[Bucket, ...]
    width_s: int
    step: Step

    def hole_before(self, place: int) -> bool:
        """Tell whether readings are missing, for a whole slice or more, before bucket *place*."""
        if not place or not self.buckets[place].missing_s:
            return False
        return self._slice(self.buckets[place]) - self._slice(self.buckets[place - 1]) > 1

    def _slice(self, bucket: Bucket) -> int:
        return int((bucket.first_at - self.since).total_seconds()) // self.width_s

    @property
    def mean_centi(self) -> int | None:
        """The mean of all temperatures that were read."""
        count = sum(bucket.readings - bucket.faults for bucket in self.buckets)
        return round(sum(bucket.sum_centi for bucket in self.buckets) / count) if count else None

    @property
    def low_centi(self) -> int | None:
        """The lowest temperature that was read."""
        return min(known(bucket.low_centi for bucket in self.buckets), default=None)

    @property
    def high_centi(self) -> int | None:
        """The highest temperature that was read."""
        return max(known(bucket.high_centi for bucket in self.buckets), default=None)

    @property
    def above_s(self) -> int:
        """How long it was above the band, holes not counted."""
        return sum(bucket.above_s for bucket in self.buckets)

    @property
    def below_s(self) -> int:
        """How long it was below the band, holes not counted."""
        return sum(bucket.below_s for bucket in self.buckets)

    @property
    def missing_s(self) -> int:
        """How long readings are missing between two that came."""
        return sum(bucket.missing_s for bucket in self.buckets)

    @property
    def silent_s(self) -> int | None:
        """How long the probe has been silent at the end; null while it is not."""
        if not self.buckets:
            return None
        silent_s = int((self.until - self.buckets[-1].last_at).total_seconds())
        return silent_s if silent_s > self.silent_after_s else None

    @property
    def door_open(self) -> tuple[Span, ...]:
        """When readings told that the door was open."""
        return _spans(self.buckets, lambda bucket: bucket.door_open)

    @property
    def power_off(self) -> tuple[Span, ...]:
        """When readings told that the power was off."""
        return _spans(self.buckets, lambda bucket: bucket.power_off)

    def in_all_s(self, spans: Iterable[Span]) -> int:
        """Return how many seconds *spans* last together until the window ends."""
        return sum(span.lasted_s(self.until) for span in spans)


def read_series(
    session: Session,
    *,
    sensor: Sensor,
    band: Band,
    since: datetime | None,
    until: datetime,
    points: int = POINTS,
) -> Series:
    """Return the window [since, until) of *sensor*; from its first reading when *since* is None.

    A hole is more than `silent_after_s` without a reading, the time after which the watch calls
    the probe silent; in a window made of hours or days, one without any.
    """
    since = since or _first_at(session, sensor.id) or until
    known_of = corrections(session, sensor.id).get(sensor.id, [])
    step = _step(until - since, points)
    origin = pieces.floor(since, step)
    width_s = _width_s(until - origin, step, points)
    if step is Step.READINGS:
        one, sums = _of_readings(sensor, known_of, since, until, band)
        buckets = [_bucket(row) for row in session.execute(_by_slice(one, sums, origin, width_s))]
    else:
        one, sums = _of_periods(sensor, known_of, (since, until), band, step)
        rows = session.execute(_by_slice(one, sums, origin, width_s)).all()
        buckets = _joined([_bucket(row) for row in rows], [row.periods for row in rows], step)
        if buckets:
            last_at = _last_at(session, sensor.id, until) or buckets[-1].last_at
            buckets = _clipped(buckets, since, last_at)
    return Series(
        sensor_id=sensor.id,
        device=sensor.device,
        channel=sensor.channel,
        silent_after_s=sensor.silent_after_s,
        since=origin,
        until=until,
        buckets=tuple(buckets),
        width_s=width_s,
        step=step,
    )


def _step(length: timedelta, points: int) -> Step:
    if length <= READINGS_FOR:
        return Step.READINGS
    return Step.HOURS if length <= points * timedelta(hours=1) else Step.DAYS


def _width_s(length: timedelta, step: Step, points: int) -> int:
    unit_s = max(1, step)
    return unit_s * max(1, math.ceil(length.total_seconds() / unit_s / points))


def _joined(buckets: list[Bucket], periods: Sequence[int], step: Step) -> list[Bucket]:
    """Give each bucket the length of the holes before and inside it: periods without a reading."""
    found: list[Bucket] = []
    ended_at = buckets[0].first_at if buckets else None
    for bucket, count in zip(buckets, periods, strict=True):
        since = ended_at or bucket.first_at
        missing_s = int((bucket.last_at - since).total_seconds()) - count * step
        found.append(replace(bucket, missing_s=missing_s))
        ended_at = bucket.last_at
    return found


def _clipped(buckets: list[Bucket], since: datetime, last_at: datetime) -> list[Bucket]:
    """Let the first bucket not begin before *since*, and the last one end at *last_at*."""
    buckets[0] = replace(buckets[0], first_at=max(since, buckets[0].first_at))
    buckets[-1] = replace(buckets[-1], last_at=last_at)
    return buckets


def known(values: Iterable[int | None]) -> list[int]:
    """Return the temperatures among *values*."""
    return [value for value in values if value is not None]


def _first_at(session: Session, sensor_id: int) -> datetime | None:
    """Return when the probe's first hour begins: it stays when the readings themselves go."""
    hour = session.scalar(
        select(func.min(ReadingHour.hour)).where(ReadingHour.sensor_id == sensor_id)
    )
    first = session.scalar(
        select(func.min(ReadingRow.measured_at)).where(ReadingRow.sensor_id == sensor_id)
    )
    if hour is None or first is None or first < hour + timedelta(hours=1):
        return first or hour
    return hour


def _last_at(session: Session, sensor_id: int, until: datetime) -> datetime | None:
    """Return when the last reading before *until* was; None where readings have gone."""
    return session.scalar(
        select(func.max(ReadingRow.measured_at)).where(
            ReadingRow.sensor_id == sensor_id, ReadingRow.measured_at < until
        )
    )


def _of_readings(
    sensor: Sensor, known_of: Sequence[Correction], since: datetime, until: datetime, band: Band
) -> tuple[Subquery, Sums]:
    """Select each reading with the seconds since the one before, and that one's temperature."""
    centi = ReadingRow.centi + offset_column(known_of, ReadingRow.measured_at, ReadingRow.centi)
    at = cast(extract("epoch", ReadingRow.measured_at), BigInteger)
    in_order = ReadingRow.measured_at
    one = (
        select(
            at.label("at"),
            centi.label("centi"),
            ReadingRow.door_open,
            ReadingRow.power_on,
            (at - func.lag(at).over(order_by=in_order)).label("step"),
            func.lag(centi).over(order_by=in_order).label("before"),
        )
        .where(
            ReadingRow.sensor_id == sensor.id,
            ReadingRow.measured_at >= since,
            ReadingRow.measured_at < until,
        )
        .subquery()
    )
    return one, _sums(one, band, sensor.silent_after_s)


def _sums(one: Subquery, band: Band, hole_after_s: int) -> Sums:
    hole = one.c.step > hole_after_s

    def seconds(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, one.c.step), else_=0))

    return select(
        func.min(one.c.at).label("first_s"),
        func.max(one.c.at).label("last_s"),
        func.min(one.c.centi).label("low"),
        func.max(one.c.centi).label("high"),
        func.sum(one.c.centi).label("total"),
        func.count().label("readings"),
        func.count(one.c.centi).label("values"),
        seconds(hole).label("missing"),
        seconds(~hole & (one.c.before > band.high_centi)).label("above"),
        seconds(~hole & (one.c.before < band.low_centi)).label("below"),
        func.max(case((one.c.door_open.is_(True), 1), else_=0)).label("door"),
        func.max(case((one.c.power_on.is_(False), 1), else_=0)).label("power"),
    )


def _of_periods(
    sensor: Sensor,
    known_of: Sequence[Correction],
    window: tuple[datetime, datetime],
    band: Band,
    step: Step,
) -> tuple[Subquery, Sums]:
    """Select each hour or day of the window."""
    one = pieces.periods(sensor, known_of, pieces.cut(*window, step), step)

    def seconds(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, int(step)), else_=0))

    sums = select(
        func.min(one.c.at).label("first_s"),
        (func.max(one.c.at) + int(step)).label("last_s"),
        func.min(one.c.low_centi).label("low"),
        func.max(one.c.high_centi).label("high"),
        func.sum(one.c.sum_centi).label("total"),
        func.sum(one.c.temperatures + one.c.faults).label("readings"),
        func.sum(one.c.temperatures).label("values"),
        func.count().label("periods"),
        literal(0).label("missing"),
        seconds(one.c.high_centi > band.high_centi).label("above"),
        seconds(one.c.low_centi < band.low_centi).label("below"),
        func.max(one.c.door_open).label("door"),
        func.max(one.c.power_off).label("power"),
    )
    return one, sums


def _by_slice(one: Subquery, sums: Sums, since: datetime, width_s: int) -> Sums:
    return sums.group_by((one.c.at - int(since.timestamp())) // width_s).order_by("first_s")


def _bucket(row: Row[*tuple[Any, ...]]) -> Bucket:  # Any: as `_sums` selects them.
    return Bucket(
        first_at=_instant(row.first_s),
        last_at=_instant(row.last_s),
        low_centi=row.low,
        high_centi=row.high,
        sum_centi=int(row.total or 0),
        readings=int(row.readings),
        faults=int(row.readings) - int(row.values),
        missing_s=int(row.missing),
        above_s=int(row.above),
        below_s=int(row.below),
        door_open=bool(row.door),
        power_off=bool(row.power),
    )


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(int(seconds), tz=UTC)


def _spans(buckets: Sequence[Bucket], is_marked: Callable[[Bucket], bool]) -> tuple[Span, ...]:
    """Join neighbouring marked buckets; a mark holds until the next bucket unless a hole comes."""
    spans: list[Span] = []
    for place, bucket in enumerate(buckets):
        if not is_marked(bucket):
            continue
        after = buckets[place + 1] if place + 1 < len(buckets) else None
        ends_at = bucket.last_at if after is None or after.missing_s else after.first_at
        if spans and spans[-1].ended_at == bucket.first_at:
            spans[-1] = Span(spans[-1].began_at, ends_at)
        else:
            spans.append(Span(bucket.first_at, ends_at))
    return tuple(spans)
