"""A counted reading that comes again with another time: its device has put its clock right.

What came first stays as it came. The reading is stored once more at its corrected time, without
the count, which is taken; a row names both, and from then on only the corrected one is judged.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from sensors.domain.readings import Clock, Reading
from sensors.store import dialect
from sensors.store.readings import ClockCorrection, ReadingRow

_AT_ONCE = 200
# Nearer than this it is the same time: readings that claim one instant are moved on a little.
ALIKE = timedelta(seconds=1)

_MICROSECOND = timedelta(microseconds=1)

Key = tuple[int, str, int]  # Probe, boot, count.


class Standing(NamedTuple):
    """The reading that stands for a count by now."""

    at: datetime
    centi: int | None
    fault: str | None


class Corrected(NamedTuple):
    """A reading at its corrected time, and the time at which it was judged until now."""

    reading: Reading
    was_at: datetime


def standing(session: Session, keys: Sequence[Key]) -> dict[Key, Standing]:
    """Return what stands for each of *keys* that is stored."""
    found: dict[Key, Standing] = {}
    for start in range(0, len(keys), _AT_ONCE):
        part = keys[start : start + _AT_ONCE]
        count = tuple_(ReadingRow.sensor_id, ReadingRow.boot, ReadingRow.seq)
        rows = session.execute(
            select(
                ReadingRow.sensor_id,
                ReadingRow.boot,
                ReadingRow.seq,
                ReadingRow.measured_at,
                ReadingRow.centi,
                ReadingRow.fault,
            ).where(count.in_(part))
        )
        for row in rows:
            assert row[1] is not None  # Asked for by its count.
            assert row[2] is not None
            found[row[0], row[1], row[2]] = Standing(row[3], row[4], row[5])
        for again in _corrections(session, part):
            key = (again.sensor_id, again.boot, again.seq)
            found[key] = found[key]._replace(at=again.now_at)
    return found


def _corrections(session: Session, keys: Sequence[Key]) -> Sequence[ClockCorrection]:
    count = tuple_(ClockCorrection.sensor_id, ClockCorrection.boot, ClockCorrection.seq)
    return session.scalars(
        select(ClockCorrection)
        .where(count.in_(keys), ClockCorrection.sensor_id.in_({key[0] for key in keys}))
        .order_by(ClockCorrection.received_at)
    ).all()


def correct(
    session: Session, again: Sequence[Reading], known: dict[Key, Standing]
) -> list[Corrected]:
    """Store those of *again*, whose counts are *known*, that bring another time of their own."""
    wanted: dict[Key, Corrected] = {}
    for reading in again:
        key = key_of(reading)
        if key is not None and key in known and _is_correction(reading, known[key]):
            wanted[key] = Corrected(_stored(session, reading), known[key].at)
    for (sensor_id, boot, seq), one in wanted.items():
        session.add(
            ClockCorrection(
                sensor_id=sensor_id,
                was_at=one.was_at,
                now_at=one.reading.measured_at,
                boot=boot,
                seq=seq,
                received_at=one.reading.received_at,
            )
        )
    session.flush()
    return [*wanted.values()]


def _stored(session: Session, reading: Reading) -> Reading:
    """Store *reading* without its count at the first free instant from its own time on.

    Where a clock ran ahead, another reading still stands there with its wrong time.
    """
    copy = reading._replace(boot=None, seq=None)
    while not dialect.insert_readings(session.connection(), [copy])[0]:
        copy = copy._replace(measured_at=copy.measured_at + _MICROSECOND)
    return copy


def key_of(reading: Reading) -> Key | None:
    """Return how its device counts *reading*; None where it does not."""
    if reading.boot is None or reading.seq is None:
        return None
    return reading.sensor_id, reading.boot, reading.seq


def _is_correction(reading: Reading, stands: Standing) -> bool:
    """Tell whether it is the same reading at another time that its device itself gives."""
    same = (reading.centi, reading.fault) == (stands.centi, stands.fault)
    return same and reading.clock is Clock.DEVICE and abs(reading.measured_at - stands.at) > ALIKE
