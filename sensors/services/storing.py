"""Readings into their table, each once; and two readings never taken for one.

A device whose clock stands still, or has none, gives many readings one instant. They are told
apart by their count within a boot, or by being placed at the receipt time, and moved on by
microseconds until each has an instant of its own.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from sensors.domain.readings import Clock, Fault, Reading
from sensors.services.known import KnownSensor
from sensors.store import dialect
from sensors.store.readings import ReadingRow

_ROUNDS = 5
_AT_ONCE = 200
_NEAR = timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)


class NoInstantFree(Exception):
    """More readings claim one instant than there are microseconds near it."""


def store(session: Session, readings: Sequence[Reading]) -> list[Reading]:
    """Insert *readings*; return those that were new, as they were stored."""
    connection = session.connection()
    new: list[Reading] = []
    left = list(readings)
    for _ in range(_ROUNDS):
        told = dialect.insert_readings(connection, left)
        new += [reading for reading, is_new in zip(left, told, strict=True) if is_new]
        if len(new) == len(readings):
            return new
        taken = [reading for reading, is_new in zip(left, told, strict=True) if not is_new]
        left = _moved_on(session, _not_stored(session, taken))
        if not left:
            return new
    raise NoInstantFree(NoInstantFree.__doc__)


def _not_stored(session: Session, taken: Sequence[Reading]) -> list[Reading]:
    """Return those whose instant was taken by another reading; the others stand already."""
    counted = [r for r in taken if r.boot is not None and r.seq is not None]
    stored: set[tuple[int, str | None, int | None]] = set()
    for start in range(0, len(counted), _AT_ONCE):
        keys = [(r.sensor_id, r.boot, r.seq) for r in counted[start : start + _AT_ONCE]]
        rows = session.execute(
            select(ReadingRow.sensor_id, ReadingRow.boot, ReadingRow.seq).where(
                tuple_(ReadingRow.sensor_id, ReadingRow.boot, ReadingRow.seq).in_(keys)
            )
        )
        stored |= {(row[0], row[1], row[2]) for row in rows}
    return [
        reading
        for reading in taken
        if (
            (reading.sensor_id, reading.boot, reading.seq) not in stored
            if reading.boot is not None and reading.seq is not None
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
    ).where(ReadingRow.sensor_id == sensor.id)
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
