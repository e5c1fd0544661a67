"""Table of what warns without being a breach: the door, the supply, an early temperature."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class ConditionRow(Base):
    """A time in which a rule that warns stood. A table of its own: it never holds a lot.

    Bounds and withdrawal as of an excursion. `peak_centi` is the temperature furthest beyond for
    an early warning, and says nothing for a door or a supply.
    """

    __tablename__ = "condition"
    __table_args__ = (
        UniqueConstraint("sensor_id", "rule", "began_at"),
        # The page of a unit: what stands, and what was of late.
        Index("ix_condition_unit_id_began_at", "unit_id", "began_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("storage_unit.id"))
    signal: Mapped[str]  # sensors.domain.rules.Signal: early, door, power
    rule: Mapped[str]  # Rule id with its version, as in sensors.domain.rules.
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str | None]  # sensors.domain.excursions.EndReason
    peak_centi: Mapped[int] = mapped_column(SmallInteger)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)  # When the system found it.
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
