"""Certificates of calibration, and how what they correct is read: in Python and in sums."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    SmallInteger,
    case,
    literal,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from sensors.domain.calibration import Correction
from sensors.store.base import Base, UtcDateTime


class CalibrationCertificate(Base):
    """What a laboratory found of a probe. Applies from `from_at` until the next certificate does.

    A wrong one is withdrawn and stays; a corrected one is another row.
    """

    __tablename__ = "calibration_certificate"
    __table_args__ = (CheckConstraint("expires_on > calibrated_on", name="expires_after"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id"), index=True)
    number: Mapped[str]
    laboratory: Mapped[str]
    calibrated_on: Mapped[date]
    expires_on: Mapped[date]
    offset_centi: Mapped[int] = mapped_column(SmallInteger)  # Reference less probe.
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by: Mapped[str]
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[str | None]
    withdrawn_because: Mapped[str | None]
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def corrections(session: Session, sensor_id: int | None = None) -> dict[int, list[Correction]]:
    """Return the corrections in force of every probe, or of one, in the order of time."""
    wanted = (
        select(
            CalibrationCertificate.sensor_id,
            CalibrationCertificate.from_at,
            CalibrationCertificate.offset_centi,
        )
        .where(CalibrationCertificate.withdrawn_at.is_(None))
        .order_by(CalibrationCertificate.from_at, CalibrationCertificate.id)
    )
    if sensor_id is not None:
        wanted = wanted.where(CalibrationCertificate.sensor_id == sensor_id)
    found: dict[int, list[Correction]] = defaultdict(list)
    for row in session.execute(wanted):
        found[row.sensor_id].append(Correction(row.from_at, row.offset_centi))
    return found


def offset_column(
    corrections: Sequence[Correction], at: InstrumentedAttribute[datetime]
) -> ColumnElement[int]:
    """Return what `calibration.corrected` adds at *at*, for sums that the database makes."""
    if not corrections:
        return literal(0)
    newest_first = [(at >= one.from_at, one.offset_centi) for one in reversed(corrections)]
    return case(*newest_first, else_=0)
