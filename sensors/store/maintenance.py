"""Table of the times in which people work on a unit."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from sensors.store.base import Base, UtcDateTime


class MaintenanceWindow(Base):
    """Work on a unit during [from_at, to_at); ended early, `to_at` is when it ended."""

    __tablename__ = "maintenance_window"
    __table_args__ = (
        CheckConstraint("to_at > from_at", name="period_not_empty"),
        # Is the unit worked on? Asked for every alert.
        Index("ix_maintenance_window_unit_id_to_at", "unit_id", "to_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("storage_unit.id"))
    kind: Mapped[str]  # sensors.domain.units.MaintenanceKind
    reason: Mapped[str]
    from_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    to_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by: Mapped[str]
    ended_by: Mapped[str | None]  # Who said that it was over before its time.
