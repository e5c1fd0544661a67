"""Certificates of probes: entered, corrected, reminded of. The past is judged again by them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sensors.domain.calibration import Point
from sensors.services import certificate_texts, known, outbox, placing
from sensors.store import dialect
from sensors.store.calibration import CalibrationCertificate, CalibrationPoint
from sensors.store.places import NoticeTarget, Sensor, StorageUnit

REMIND_BEFORE = timedelta(days=30)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Certificate:
    """What stands on a laboratory's paper: points that rise, or one offset for all temperatures.

    The offset is reference less probe, in centi-degrees. A certificate with points has that of the
    middle one, by which a release that knows no points reads the probe.
    """

    number: str
    laboratory: str
    calibrated_on: date
    expires_on: date
    offset_centi: int
    points: tuple[Point, ...] = ()


def add(
    session: Session,
    *,
    sensor_id: int,
    certificate: Certificate,
    from_at: datetime,
    actor_id: str,
    now: datetime,
) -> int:
    """Apply *certificate* to what the probe read from *from_at* on; return its id."""
    dialect.lock_states(session.connection(), [sensor_id])
    row = CalibrationCertificate(
        sensor_id=sensor_id,
        number=certificate.number,
        laboratory=certificate.laboratory,
        calibrated_on=certificate.calibrated_on,
        expires_on=certificate.expires_on,
        offset_centi=certificate.offset_centi,
        from_at=from_at,
        entered_at=now,
        entered_by=actor_id,
    )
    session.add(row)
    session.flush()
    session.add_all(
        CalibrationPoint(
            certificate_id=row.id,
            reading_centi=point.reading_centi,
            reference_centi=point.reference_centi,
        )
        for point in certificate.points
    )
    session.flush()
    _judge(session, sensor_id, from_at, now)
    return row.id


def withdraw(
    session: Session, *, certificate_id: int, actor_id: str, reason: str, now: datetime
) -> bool:
    """Take a wrong certificate back, as if it had never been; False where it was already."""
    row = session.get_one(CalibrationCertificate, certificate_id)
    dialect.lock_states(session.connection(), [row.sensor_id])
    taken = session.execute(
        update(CalibrationCertificate)
        .where(
            CalibrationCertificate.id == certificate_id,
            CalibrationCertificate.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now, withdrawn_by=actor_id, withdrawn_because=reason)
        .returning(CalibrationCertificate.id)
    ).all()
    if not taken:
        return False
    _judge(session, row.sensor_id, row.from_at, now)
    return True


def _judge(session: Session, sensor_id: int, from_at: datetime, now: datetime) -> None:
    known.changed(session)
    placing.judge_from(session, sensor_id, from_at - _MOMENT, now=now)


def remind_due(session: Session, *, now: datetime) -> int:
    """Tell each site once of every certificate of its probes that runs out within 30 days.

    A probe that has a newer certificate, or hangs nowhere, needs no reminder. Returns how many
    certificates were told of.
    """
    newest = newest_certificates(session)
    due = [
        row
        for row in newest.values()
        if row.reminded_at is None and row.expires_on <= (now + REMIND_BEFORE).date()
    ]
    told = 0
    for row in due:
        told += _remind(session, row, now)
    return told


def newest_certificates(session: Session) -> dict[int, CalibrationCertificate]:
    """Return the certificate in force of each probe that has one, by sensor id."""
    rows = session.scalars(
        select(CalibrationCertificate)
        .where(CalibrationCertificate.withdrawn_at.is_(None))
        .order_by(CalibrationCertificate.from_at, CalibrationCertificate.id)
    )
    return {row.sensor_id: row for row in rows}  # The newest stands last.


def _remind(session: Session, row: CalibrationCertificate, now: datetime) -> bool:
    place = session.execute(
        select(Sensor.device, Sensor.channel, StorageUnit)
        .join(StorageUnit, StorageUnit.id == Sensor.unit_id)
        .where(Sensor.id == row.sensor_id)
    ).one_or_none()
    if place is None:
        return False
    device, channel, unit = place
    probe = f"{device} {channel}".rstrip()
    targets = session.scalars(select(NoticeTarget).where(NoticeTarget.site_id == unit.site_id))
    for target in targets.all():
        subject, body = certificate_texts.certificate_runs_out(
            probe=probe,
            unit=(f"{unit.name_en} ({unit.code})", f"{unit.name_zh} ({unit.code})"),
            number=row.number,
            expires_on=row.expires_on,
            language="zh" if target.language == "zh" else "en",
        )
        outbox.enqueue(
            session,
            kind="certificate:expiry",
            about=f"certificate:{row.id}",
            channel=target.channel,
            address=target.address,
            language=target.language,
            subject=subject,
            body=body,
            delivery_key=f"certificate:{row.id}:{target.id}",
            now=now,
        )
    row.reminded_at = now
    session.flush()
    return True
