"""Acts on certificates of calibration: enter one, take a wrong one back. Each judges the past."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain import calibration
from sensors.domain.calibration import Point
from sensors.services import calibrating
from sensors.services.calibrating import Certificate
from sensors.store.calibration import CalibrationCertificate
from sensors.store.places import Sensor, Site, StorageUnit
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import N_
from vaxsite.core.errors import DomainError
from vaxsite.core.probes import NoSuchProbe

# Beyond this a probe is broken, not inexact; a larger number is a slip of the pen. Our own choice.
LARGEST_OFFSET_CENTI = 500


class OffsetTooLarge(DomainError):
    """The correction is larger than any sound probe needs."""

    sentence = N_("A correction of more than 5 °C means that the probe is broken.")


class PointsDoNotRise(DomainError):
    """Two points contradict each other, or one stands twice."""

    sentence = N_(
        "The points of a certificate must rise: a warmer reading goes with a warmer reference."
    )


class CertificateDates(DomainError):
    """The dates of the certificate cannot be."""

    sentence = N_(
        "A certificate runs out after the day of calibration, which is not in the future."
    )


class NoSuchCertificate(DomainError):
    """There is no such certificate, or it was withdrawn already."""

    sentence = N_("There is no such certificate, or it was withdrawn already.")
    status = 404


def add_certificate(
    session: Session,
    *,
    sensor_id: int,
    certificate: Certificate,
    from_on: date | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Enter a certificate that applies from the beginning of *from_on* at the probe's site.

    Without *from_on* from the day of calibration. What the probe read since is judged again.
    Raises `NoSuchProbe`, `OffsetTooLarge`, `PointsDoNotRise` or `CertificateDates`.
    """
    if session.get(Sensor, sensor_id) is None:
        raise NoSuchProbe
    _check_offsets(certificate)
    from_at = _begin_of(session, sensor_id, from_on or certificate.calibrated_on)
    if certificate.expires_on <= certificate.calibrated_on or from_at > now:
        raise CertificateDates
    certificate_id = calibrating.add(
        session,
        sensor_id=sensor_id,
        certificate=certificate,
        from_at=from_at,
        actor_id=actor.id,
        now=now,
    )
    audit.record(
        session,
        actor=actor,
        action="certificate:add",
        subject=f"certificate:{certificate_id}",
        now=now,
        detail={"sensor": sensor_id, "from": from_at.isoformat(), **_on_paper(certificate)},
    )
    return certificate_id


def _on_paper(certificate: Certificate) -> dict[str, object]:
    return {
        "number": certificate.number,
        "offset_centi": certificate.offset_centi,
        "points": [list(point) for point in certificate.points],
    }


def _check_offsets(certificate: Certificate) -> None:
    offsets = [certificate.offset_centi, *(point.offset_centi for point in certificate.points)]
    if max(map(abs, offsets)) > LARGEST_OFFSET_CENTI:
        raise OffsetTooLarge
    if calibration.rising(certificate.points) != certificate.points:
        raise PointsDoNotRise


def with_points(
    *,
    number: str,
    laboratory: str,
    calibrated_on: date,
    expires_on: date,
    points: Iterable[Point],
) -> Certificate:
    """Return a certificate of *points* in any order; raises `PointsDoNotRise`, also for none."""
    ordered = calibration.rising(points)
    if not ordered:
        raise PointsDoNotRise
    offset = calibration.single_offset(ordered)
    return Certificate(number, laboratory, calibrated_on, expires_on, offset, ordered)


def withdraw_certificate(
    session: Session, *, certificate_id: int, reason: str, actor: Actor, now: datetime
) -> None:
    """Take a wrong certificate back; what it corrected is judged again without it."""
    row = session.get(CalibrationCertificate, certificate_id)
    taken = row is not None and calibrating.withdraw(
        session, certificate_id=certificate_id, actor_id=actor.id, reason=reason, now=now
    )
    if not taken:
        raise NoSuchCertificate
    audit.record(
        session,
        actor=actor,
        action="certificate:withdraw",
        subject=f"certificate:{certificate_id}",
        now=now,
        detail={"reason": reason},
    )


def _begin_of(session: Session, sensor_id: int, day: date) -> datetime:
    timezone = session.scalar(
        select(Site.timezone)
        .join(StorageUnit, StorageUnit.site_id == Site.id)
        .join(Sensor, Sensor.unit_id == StorageUnit.id)
        .where(Sensor.id == sensor_id)
    )
    return datetime.combine(day, time(), ZoneInfo(timezone) if timezone else UTC)
