"""A window in hours or days of the roll-up, cut off to the second at both ends.

An hour in which a probe was moved holds readings of two units. So the periods that lie in the
window only in part are added up from what is finer: a day from its hours, an hour from its
readings. That is 46 hours and 120 minutes at most beside the periods themselves.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    case,
    cast,
    extract,
    func,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from sensors.domain.calibration import Correction
from sensors.store.calibration import offset_column
from sensors.store.places import Sensor
from sensors.store.readings import ReadingDay, ReadingHour, ReadingRow

Selected = Select[*tuple[Any, ...]]  # Any: sums, whose number types differ by database.


class Step(IntEnum):
    """What the buckets are made of: single readings, or whole periods of that many seconds."""

    READINGS = 0
    HOURS = 3_600
    DAYS = 86_400


FINER = {Step.DAYS: Step.HOURS, Step.HOURS: Step.READINGS}


class Piece(NamedTuple):
    """A part [since, until) of a window, and what it is read from."""

    step: Step
    since: datetime
    until: datetime


def floor(at: datetime, step: Step) -> datetime:
    """Return *at*, or the beginning of the hour or day of UTC that it falls into."""
    if step is Step.READINGS:
        return at
    return datetime.fromtimestamp(int(at.timestamp()) // step * step, tz=UTC)


def cut(since: datetime, until: datetime, step: Step) -> list[Piece]:
    """Cut [since, until) into whole periods of *step* and, at its ends, what is finer."""
    if since >= until:
        return []
    if step is Step.READINGS:
        return [Piece(step, since, until)]
    begins = datetime.fromtimestamp(math.ceil(since.timestamp() / step) * step, tz=UTC)
    ends = floor(until, step)
    if begins >= ends:
        return cut(since, until, FINER[step])
    return [
        *cut(since, begins, FINER[step]),
        Piece(step, begins, ends),
        *cut(ends, until, FINER[step]),
    ]


def periods(
    sensor: Sensor, known_of: Sequence[Correction], parts: Iterable[Piece], step: Step
) -> Subquery:
    """Select each period of *step* of *sensor* from *parts*, corrected by its certificates.

    A whole period is corrected by what applied as it began, its sum as at its mean.
    """
    told = [
        _readings(sensor, known_of, part)
        if part.step is Step.READINGS
        else _rolled_up(sensor, known_of, part)
        for part in parts
    ]
    one = union_all(*told).subquery()
    period = one.c.at - one.c.at % int(step)
    return (
        select(
            period.label("at"),
            func.min(one.c.low_centi).label("low_centi"),
            func.max(one.c.high_centi).label("high_centi"),
            func.sum(one.c.sum_centi).label("sum_centi"),
            func.sum(one.c.temperatures).label("temperatures"),
            func.sum(one.c.faults).label("faults"),
            func.max(one.c.door_open).label("door_open"),
            func.max(one.c.power_off).label("power_off"),
        )
        .group_by(period)
        .subquery()
    )


def _rolled_up(sensor: Sensor, known_of: Sequence[Correction], part: Piece) -> Selected:
    row = ReadingHour if part.step is Step.HOURS else ReadingDay
    begins_at = ReadingHour.hour if part.step is Step.HOURS else ReadingDay.day
    offset = partial(offset_column, known_of, begins_at)
    mean = row.sum_centi // func.nullif(row.temperatures, 0)
    return select(
        _epoch(begins_at).label("at"),
        (row.low_centi + offset(row.low_centi)).label("low_centi"),
        (row.high_centi + offset(row.high_centi)).label("high_centi"),
        (row.sum_centi + offset(mean) * row.temperatures).label("sum_centi"),
        row.temperatures.label("temperatures"),
        row.faults.label("faults"),
        row.door_open.label("door_open"),
        row.power_off.label("power_off"),
    ).where(row.sensor_id == sensor.id, begins_at >= part.since, begins_at < part.until)


def _readings(sensor: Sensor, known_of: Sequence[Correction], part: Piece) -> Selected:
    at = ReadingRow.measured_at
    centi = ReadingRow.centi + offset_column(known_of, at, ReadingRow.centi)
    known = ReadingRow.centi.is_not(None)
    return select(
        _epoch(at).label("at"),
        centi.label("low_centi"),
        centi.label("high_centi"),
        func.coalesce(centi, 0).label("sum_centi"),
        _one(known).label("temperatures"),
        _one(~known).label("faults"),
        _one(ReadingRow.door_open.is_(True)).label("door_open"),
        _one(ReadingRow.power_on.is_(False)).label("power_off"),
    ).where(ReadingRow.sensor_id == sensor.id, at >= part.since, at < part.until)


def _one(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, literal(1)), else_=literal(0))


def _epoch(at: InstrumentedAttribute[datetime]) -> ColumnElement[int]:
    return cast(extract("epoch", at), BigInteger)
