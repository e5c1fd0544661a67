"""A probe's readings over a window, in at most `POINTS` buckets that keep minimum and maximum.

The database makes the buckets, so that a year of readings costs no more to send than a day. A
hole is a hole: it is never bridged, neither in the line nor in the minutes out of range.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Select, case, cast, extract, func, select
from sqlalchemy.orm import Session

from sensors.domain.units import Band
from sensors.store.places import Sensor
from sensors.store.readings import ReadingRow
from vaxsite.coldchain.queries.places import Span

POINTS = 2_000


@dataclass(frozen=True)
class Bucket:
    """What was read in one slice of the window; temperatures null where only faults came."""

    first_at: datetime
    last_at: datetime
    low_centi: int | None
    high_centi: int | None
    readings: int
    faults: int
    missing_s: int  # Length of the holes that end in this bucket; 0 where there is none.
    door_open: bool
    power_off: bool


@dataclass(frozen=True)
class Series:
    """A probe's window with the sums that its sentence and its table need.

    `silent_s` is how long the probe has been silent at the end, null while it is not.
    """

    sensor_id: int
    device: str
    channel: str
    since: datetime
    until: datetime
    buckets: tuple[Bucket, ...]
    door_open: tuple[Span, ...]
    power_off: tuple[Span, ...]
    low_centi: int | None
    high_centi: int | None
    above_s: int
    below_s: int
    missing_s: int
    silent_s: int | None


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
    the probe silent.
    """
    since = since or _first_at(session, sensor.id) or until
    width_s = max(1, math.ceil((until - since).total_seconds() / points))
    rows = session.execute(_by_bucket(sensor, band, since, until, width_s)).all()
    buckets = tuple(
        Bucket(
            first_at=_instant(row.first_s),
            last_at=_instant(row.last_s),
            low_centi=row.low,
            high_centi=row.high,
            readings=int(row.readings),
            faults=int(row.readings) - int(row.values),
            missing_s=int(row.missing or 0),
            door_open=bool(row.door),
            power_off=bool(row.power),
        )
        for row in rows
    )
    return Series(
        sensor_id=sensor.id,
        device=sensor.device,
        channel=sensor.channel,
        since=since,
        until=until,
        buckets=buckets,
        door_open=_spans(buckets, lambda bucket: bucket.door_open),
        power_off=_spans(buckets, lambda bucket: bucket.power_off),
        low_centi=min(_known(bucket.low_centi for bucket in buckets), default=None),
        high_centi=max(_known(bucket.high_centi for bucket in buckets), default=None),
        above_s=sum(int(row.above or 0) for row in rows),
        below_s=sum(int(row.below or 0) for row in rows),
        missing_s=sum(bucket.missing_s for bucket in buckets),
        silent_s=_silence(buckets, until, sensor.silent_after_s),
    )


@dataclass(frozen=True)
class Row:
    """One line of the table that stands for the chart: what was read from `at` on."""

    at: datetime
    low_centi: int | None
    high_centi: int | None
    readings: int
    faults: int
    missing_s: int


# Lengths of a line of the table, in seconds; the first that needs few enough lines is taken.
STEPS_S = (1_800, 3_600, 21_600, 86_400, 7 * 86_400, 28 * 86_400, 365 * 86_400)
ROWS = 49


def table(series: Series, timezone: str) -> tuple[Row, ...]:
    """Return *series* in at most `ROWS` lines that begin at whole hours or days of the place."""
    length_s = (series.until - series.since).total_seconds()
    step_s = next((step for step in STEPS_S if length_s / step < ROWS), STEPS_S[-1])
    offset = series.since.astimezone(ZoneInfo(timezone)).utcoffset() or timedelta()
    offset_s = int(offset.total_seconds())
    lines: dict[int, list[Bucket]] = defaultdict(list)
    for bucket in series.buckets:
        lines[(int(bucket.first_at.timestamp()) + offset_s) // step_s].append(bucket)
    return tuple(
        Row(
            at=_instant(line * step_s - offset_s),
            low_centi=min(_known(b.low_centi for b in buckets), default=None),
            high_centi=max(_known(b.high_centi for b in buckets), default=None),
            readings=sum(bucket.readings for bucket in buckets),
            faults=sum(bucket.faults for bucket in buckets),
            missing_s=sum(bucket.missing_s for bucket in buckets),
        )
        for line, buckets in lines.items()
    )


def _first_at(session: Session, sensor_id: int) -> datetime | None:
    return session.scalar(
        select(func.min(ReadingRow.measured_at)).where(ReadingRow.sensor_id == sensor_id)
    )


def _by_bucket(
    sensor: Sensor, band: Band, since: datetime, until: datetime, width_s: int
) -> Select[*tuple[Any, ...]]:  # Any: sums and counts, whose number types differ by database.
    """Group the readings of the window; each hands its time to the next until a hole."""
    at = cast(extract("epoch", ReadingRow.measured_at), BigInteger)
    in_order = ReadingRow.measured_at
    one = (
        select(
            at.label("at"),
            ReadingRow.centi,
            ReadingRow.door_open,
            ReadingRow.power_on,
            (at - func.lag(at).over(order_by=in_order)).label("step"),
            func.lag(ReadingRow.centi).over(order_by=in_order).label("before"),
        )
        .where(
            ReadingRow.sensor_id == sensor.id,
            ReadingRow.measured_at >= since,
            ReadingRow.measured_at < until,
        )
        .subquery()
    )
    hole = one.c.step > sensor.silent_after_s
    bucket = (one.c.at - int(since.timestamp())) // width_s

    def seconds(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, one.c.step), else_=0))

    return (
        select(
            func.min(one.c.at).label("first_s"),
            func.max(one.c.at).label("last_s"),
            func.min(one.c.centi).label("low"),
            func.max(one.c.centi).label("high"),
            func.count().label("readings"),
            func.count(one.c.centi).label("values"),
            seconds(hole).label("missing"),
            seconds(~hole & (one.c.before > band.high_centi)).label("above"),
            seconds(~hole & (one.c.before < band.low_centi)).label("below"),
            func.max(case((one.c.door_open.is_(True), 1), else_=0)).label("door"),
            func.max(case((one.c.power_on.is_(False), 1), else_=0)).label("power"),
        )
        .group_by(bucket)
        .order_by(func.min(one.c.at))
    )


def _known(values: Iterable[int | None]) -> list[int]:
    return [value for value in values if value is not None]


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


def _silence(buckets: Sequence[Bucket], until: datetime, silent_after_s: int) -> int | None:
    if not buckets:
        return None
    silent_s = int((until - buckets[-1].last_at).total_seconds())
    return silent_s if silent_s > silent_after_s else None
