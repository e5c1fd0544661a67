"""Tables of imported logger files: the file as it came, and the device's own sums of each day."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class LoggerFileRow(Base):
    """A file of a USB logger, kept as evidence. Never altered; the same bytes stand here once."""

    __tablename__ = "logger_file"
    __table_args__ = (
        # The files of a unit, newest first.
        Index("ix_logger_file_unit_id_imported_at", "unit_id", "imported_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)  # SHA-256 of the file.
    name: Mapped[str]
    size: Mapped[int]  # Bytes of the file.
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # The file, zlib.
    kind: Mapped[str]  # A key of sensors.payloads.files.registry.FORMATS.
    model: Mapped[str]
    serial: Mapped[str]
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("storage_unit.id"))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    zone: Mapped[str]  # As the times were read: an IANA name, or UTC+08:00.
    readings: Mapped[int]  # In the file.
    new_readings: Mapped[int]  # Of these, stored by this import.
    excursions: Mapped[int]  # Found by this import.
    doubts: Mapped[dict[str, Any]] = mapped_column(JSON)  # Any: counts by sensors' Doubt.
    alarms: Mapped[list[Any]] = mapped_column(JSON)  # Any: direction, centi-degrees, min, kind.
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    imported_by: Mapped[str]  # The actor's id, as vaxsite gives it.


class DeviceDay(Base):
    """A day as the device itself summed it up: evidence beside the readings, never one of them.

    [from_at, to_at) is the day of the device's calendar. Two files that speak of one day are two
    rows: each is what the device said when that file was written.
    """

    __tablename__ = "device_day"
    __table_args__ = (UniqueConstraint("file_id", "on_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("logger_file.id"))
    on_day: Mapped[date]
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    to_at: Mapped[datetime] = mapped_column(UtcDateTime)
    low_centi: Mapped[int] = mapped_column(SmallInteger)
    high_centi: Mapped[int] = mapped_column(SmallInteger)
    mean_centi: Mapped[int | None] = mapped_column(SmallInteger)
    cold_minutes: Mapped[int]  # Beyond the device's own alarm limits.
    hot_minutes: Mapped[int]
    cold_alarm: Mapped[bool]
    hot_alarm: Mapped[bool]
    fault_minutes: Mapped[int]
