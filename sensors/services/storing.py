"""Readings into their table, each once; and two readings never taken for one.

A device whose clock stands still, or has none, gives many readings one instant. They are told
apart by their count within a boot, or by being placed at the receipt time, and moved on by
microseconds until each has an instant of its own.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sensors.domain.readings import Clock, Fault, Reading
from sensors.services import correcting
from sensors.services.known import KnownSensor
from sensors.store import dialect
from sensors.store.readings import ReadingRow, standing

_ROUNDS = 5
_NEAR = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)


class NoInstantFree(Exception):
    """More readings claim one instant than there are microseconds near it."""


class Taken(NamedTuple):
    """What of some readings was new, and from when on a probe's past was put right by it."""

    new: list[Reading]
    put_right: dict[int, datetime]


def store(session: Session, readings: Sequence[Reading]) -> Taken:
    """Insert *readings*; return those that were new, as they were stored."""
    connection = session.connection()
    taken = Taken([], {})
    left = list(readings)
    for _ in range(_ROUNDS):
        told = dialect.insert_readings(connection, left)
        taken.new.extend(reading for reading, is_new in zip(left, told, strict=True) if is_new)
        if len(taken.new) == len(readings):
            return taken
        there = [reading for reading, is_new in zip(left, told, strict=True) if not is_new]
        left = _moved_on(session, _not_stored(session, there, taken))
        if not left:
            return taken
    raise NoInstantFree(NoInstantFree.__doc__)


def _not_stored(session: Session, there: Sequence[Reading], taken: Taken) -> list[Reading]:
    """Return those whose instant was taken by another reading; the others stand already.

    What stands with another time than its device gives it now is put right.
    """
    keys = [key for reading in there if (key := correcting.key_of(reading)) is not None]
    stored = correcting.standing(session, keys) if keys else {}
    for reading, was_at in correcting.correct(session, there, stored) if stored else ():
        taken.new.append(reading)
        since = min(was_at, reading.measured_at, taken.put_right.get(reading.sensor_id, was_at))
        taken.put_right[reading.sensor_id] = since
    return [
        reading
        for reading in there
        if (
            key not in stored
            if (key := correcting.key_of(reading)) is not None
            else reading.clock is not Clock.DEVICE
        )
    ]


def _moved_on(session: Session, readings: Sequence[Reading]) -> list[Reading]:
    """Place each behind what stands at its instant already, in the order in which they came."""
    free: dict[tuple[int, datetime], datetime] = {}
    moved: list[Reading] = []
    for reading in readings:
        key = (reading.sensor_id, reading.measured_at)
        at = free.get(key) or _last_near(session, reading)
        free[key] = at + _MICROSECOND
        moved.append(reading._replace(measured_at=free[key]))
    return moved


def _last_near(session: Session, reading: Reading) -> datetime:
    last = session.scalar(
        select(func.max(ReadingRow.measured_at)).where(
            ReadingRow.sensor_id == reading.sensor_id,
            ReadingRow.measured_at >= reading.measured_at,
            ReadingRow.measured_at < reading.measured_at + _NEAR,
        )
    )
    return last or reading.measured_at


def stored(session: Session, sensor: KnownSensor, since: datetime | None = None) -> list[Reading]:
    """Return what judges need of the readings of a probe, corrected, in order of time.

    From *since* on, or all of them.
    """
    wanted = select(
        ReadingRow.measured_at,
        ReadingRow.received_at,
        ReadingRow.centi,
        ReadingRow.fault,
        ReadingRow.door_open,
        ReadingRow.power_on,
    ).where(ReadingRow.sensor_id == sensor.id, standing())
    if since is not None:
        wanted = wanted.where(ReadingRow.measured_at >= since)
    return [
        sensor.corrected(
            Reading(
                sensor.id,
                row.measured_at,
                row.received_at,
                row.centi,
                None if row.fault is None else Fault(row.fault),
                door_open=row.door_open,
                power_on=row.power_on,
            )
        )
        for row in session.execute(wanted.order_by(ReadingRow.measured_at))
    ]
