"""Tables of readings and of what each probe's rules remember between readings."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    exists,
)
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class ReadingRow(Base):
    """A reading as the device gave it. Never altered; deleted by the rule of retention only.

    The key is the chart's index too. A device that counts its readings is recognised by its count
    even when its clock is absent, so the same reading sent twice is stored once.
    """

    __tablename__ = "reading"
    __table_args__ = (
        # The same reading sent again by a device whose clock is missing or doubtful.
        Index("uq_reading_sensor_id_boot_seq", "sensor_id", "boot", "seq", unique=True),
    )

    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"), primary_key=True)
    measured_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    centi: Mapped[int | None] = mapped_column(SmallInteger)  # Null where the probe is at fault.
    fault: Mapped[str | None]  # sensors.domain.readings.Fault
    clock: Mapped[str]  # sensors.domain.readings.Clock: how far measured_at can be trusted.
    source: Mapped[str]  # sensors.domain.readings.Source
    boot: Mapped[str | None]
    seq: Mapped[int | None] = mapped_column(BigInteger)
    ambient_centi: Mapped[int | None] = mapped_column(SmallInteger)
    humidity_pct: Mapped[int | None] = mapped_column(SmallInteger)
    battery_pct: Mapped[int | None] = mapped_column(SmallInteger)
    door_open: Mapped[bool | None]
    power_on: Mapped[bool | None]
    compressor_on: Mapped[bool | None]  # It ran at some time since the reading before.


class ClockCorrection(Base):
    """A reading that its device sent again with another time: two rows, of which one counts.

    The row at `was_at` stays as it came and is judged no more; the one at `now_at` stands for it.
    """

    __tablename__ = "clock_correction"

    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"), primary_key=True)
    was_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    now_at: Mapped[datetime] = mapped_column(UtcDateTime)
    boot: Mapped[str]
    seq: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)


def standing() -> ColumnElement[bool]:
    """Return the condition that a reading was not replaced by one with a corrected time."""
    return ~exists().where(
        ClockCorrection.sensor_id == ReadingRow.sensor_id,
        ClockCorrection.was_at == ReadingRow.measured_at,
    )


class _RolledUp(Base):
    """What a probe read in one period of UTC: raw values, added up as readings come in.

    Stays when the readings themselves go by the rule of retention.
    """

    __abstract__ = True

    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"), primary_key=True)
    low_centi: Mapped[int | None] = mapped_column(SmallInteger)  # Null where only faults came.
    high_centi: Mapped[int | None] = mapped_column(SmallInteger)
    sum_centi: Mapped[int] = mapped_column(BigInteger)
    temperatures: Mapped[int]  # Readings that `sum_centi` adds up.
    faults: Mapped[int]  # Readings without a temperature.
    door_open: Mapped[int]  # Readings that told of an open door.
    power_off: Mapped[int]


class ReadingHour(_RolledUp):
    """The hour that begins at `hour`."""

    __tablename__ = "reading_hour"

    hour: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)


class ReadingDay(_RolledUp):
    """The day of UTC that begins at `day`: what charts of years are drawn from."""

    __tablename__ = "reading_day"

    day: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    deleted_at: Mapped[datetime | None] = mapped_column(
        UtcDateTime
    )  # When its readings went by the rule of retention; these sums stay.


class SensorState(Base):
    """What is known of a probe now: newest reading, memory of its rules, deadline of silence.

    `centi` is corrected by the probe's certificate, as everything is that is not the raw reading.
    """

    __tablename__ = "sensor_state"

    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"), primary_key=True)
    measured_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    centi: Mapped[int | None] = mapped_column(SmallInteger)
    fault: Mapped[str | None]
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)  # Any: as sensors.domain.excursions dumps.
    # Deadline of the silence sweep; null while the silence is already told.
    silent_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    silent_since: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SetAside(Base):
    """A payload that could not become a reading: kept as it came, acknowledged, shown to people."""

    __tablename__ = "set_aside"

    id: Mapped[int] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    topic: Mapped[str]
    reason: Mapped[str]
    taken_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # Read after all.
    payload: Mapped[bytes] = mapped_column(LargeBinary)  # At most the first 64 KiB.
    size: Mapped[int]  # Bytes that came, before any cut.
    fingerprint: Mapped[bytes] = mapped_column(
        LargeBinary, unique=True
    )  # A redelivery is the same row.
