"""Certificates of calibration of one probe, as its page shows them."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.calibration import Point
from sensors.services import calibrating
from sensors.store.calibration import CalibrationCertificate, points_of


@dataclass(frozen=True)
class CertificateView:
    """One certificate; `in_force` is what corrects the probe now.

    Without points `offset_centi`, in centi-degrees, is added at all temperatures. `remind_on` is
    the day from which the site is told that it runs out, `reminded_at` when it was.
    """

    certificate_id: int
    number: str
    laboratory: str
    calibrated_on: date
    expires_on: date
    from_at: datetime
    offset_centi: int
    points: tuple[Point, ...]
    in_force: bool
    entered_at: datetime
    entered_by: str
    remind_on: date
    reminded_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_because: str | None


def list_certificates(session: Session, *, sensor_id: int) -> list[CertificateView]:
    """Return the certificates of a probe, the newest first, withdrawn ones too."""
    rows = session.scalars(
        select(CalibrationCertificate)
        .where(CalibrationCertificate.sensor_id == sensor_id)
        .order_by(CalibrationCertificate.from_at.desc(), CalibrationCertificate.id.desc())
    ).all()
    points = points_of(session, sensor_id)
    in_force = next((row.id for row in rows if row.withdrawn_at is None), None)
    return [_view(row, points.get(row.id, ()), row.id == in_force) for row in rows]


def sensor_of(session: Session, *, certificate_id: int) -> int | None:
    """Return whose certificate it is; None where there is none, or it was withdrawn."""
    return session.scalar(
        select(CalibrationCertificate.sensor_id).where(
            CalibrationCertificate.id == certificate_id,
            CalibrationCertificate.withdrawn_at.is_(None),
        )
    )


def _view(
    row: CalibrationCertificate, points: tuple[Point, ...], in_force: bool
) -> CertificateView:
    return CertificateView(
        certificate_id=row.id,
        number=row.number,
        laboratory=row.laboratory,
        calibrated_on=row.calibrated_on,
        expires_on=row.expires_on,
        from_at=row.from_at,
        offset_centi=row.offset_centi,
        points=points,
        in_force=in_force,
        entered_at=row.entered_at,
        entered_by=row.entered_by,
        remind_on=row.expires_on - calibrating.REMIND_BEFORE,
        reminded_at=row.reminded_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_by=row.withdrawn_by,
        withdrawn_because=row.withdrawn_because,
    )
