"""Certificates of calibration, and how what they correct is read: in Python and in sums."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    SmallInteger,
    SQLColumnExpression,
    case,
    cast,
    literal,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from sensors.domain.calibration import Correction, Point
from sensors.store.base import Base, UtcDateTime

_LIFT = 100_000  # Above every offset that 16 bits can hold.


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
    # Reference less probe; of a certificate with points, that of the middle one.
    offset_centi: Mapped[int] = mapped_column(SmallInteger)
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by: Mapped[str]
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_by: Mapped[str | None]
    withdrawn_because: Mapped[str | None]
    reminded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CalibrationPoint(Base):
    """One point of a certificate, in centi-degrees: what the probe read, what the reference was."""

    __tablename__ = "calibration_point"

    certificate_id: Mapped[int] = mapped_column(
        ForeignKey("calibration_certificate.id"), primary_key=True
    )
    reading_centi: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    reference_centi: Mapped[int] = mapped_column(SmallInteger)


def points_of(session: Session, sensor_id: int | None = None) -> dict[int, tuple[Point, ...]]:
    """Return the points of every certificate, or of those of one probe, rising, by its id."""
    wanted = select(
        CalibrationPoint.certificate_id,
        CalibrationPoint.reading_centi,
        CalibrationPoint.reference_centi,
    ).order_by(CalibrationPoint.reading_centi)
    if sensor_id is not None:
        wanted = wanted.join(
            CalibrationCertificate,
            CalibrationCertificate.id == CalibrationPoint.certificate_id,
        ).where(CalibrationCertificate.sensor_id == sensor_id)
    found: dict[int, tuple[Point, ...]] = defaultdict(tuple)
    for certificate_id, reading, reference in session.execute(wanted):
        found[certificate_id] += (Point(reading, reference),)
    return found


def corrections(session: Session, sensor_id: int | None = None) -> dict[int, list[Correction]]:
    """Return the corrections in force of every probe, or of one, in the order of time."""
    wanted = (
        select(
            CalibrationCertificate.id,
            CalibrationCertificate.sensor_id,
            CalibrationCertificate.from_at,
            CalibrationCertificate.offset_centi,
        )
        .where(CalibrationCertificate.withdrawn_at.is_(None))
        .order_by(CalibrationCertificate.from_at, CalibrationCertificate.id)
    )
    if sensor_id is not None:
        wanted = wanted.where(CalibrationCertificate.sensor_id == sensor_id)
    points = points_of(session, sensor_id)
    found: dict[int, list[Correction]] = defaultdict(list)
    for row in session.execute(wanted):
        correction = Correction(row.from_at, row.offset_centi, points.get(row.id, ()))
        found[row.sensor_id].append(correction)
    return found


def offset_column(
    corrections: Sequence[Correction],
    at: InstrumentedAttribute[datetime],
    centi: SQLColumnExpression[int | None],
) -> ColumnElement[int]:
    """Return what `calibration.corrected` adds to the raw *centi* at *at*, where sums are made."""
    if not corrections:
        return literal(0)
    newest_first = [(at >= one.from_at, _offset(one, centi)) for one in reversed(corrections)]
    return case(*newest_first, else_=0)


def _offset(correction: Correction, centi: SQLColumnExpression[int | None]) -> ColumnElement[int]:
    """Return `Correction.offset_at` as the database computes it."""
    points = correction.points
    if len(points) < 2:
        return literal(correction.offset_at(0))
    raw = cast(centi, BigInteger)
    pieces: list[tuple[ColumnElement[bool], ColumnElement[int]]]
    pieces = [(raw <= points[0].reading_centi, literal(points[0].offset_centi))]
    for low, high in pairwise(points):
        width = high.reading_centi - low.reading_centi
        rise = high.offset_centi - low.offset_centi
        share = 2 * rise * (raw - low.reading_centi) + width
        # Databases cut a quotient towards zero: far above zero that is downwards, as `//` does.
        lifted = (share + 2 * width * _LIFT) // (2 * width)
        pieces.append((raw < high.reading_centi, low.offset_centi + lifted - _LIFT))
    return case(*pieces, else_=points[-1].offset_centi)
