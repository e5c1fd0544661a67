"""The register of a site's probes: where each hung, and every certificate that was entered."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.readings import EARLIEST
from sensors.services.calibrating import REMIND_BEFORE
from sensors.store.calibration import CalibrationCertificate, points_of
from sensors.store.places import ProbePlacement, Sensor, StorageUnit
from vaxsite.core.sites import SiteName
from vaxsite.logbook.queries import probes


class Standing(StrEnum):
    """Whether a probe is calibrated today."""

    NONE = "none"
    EXPIRED = "expired"
    SOON = "soon"  # Runs out within the time in which people are reminded.
    GOOD = "good"


@dataclass(frozen=True)
class UnitStay:
    """A probe in a unit during [from_at, to_at); null is since ever, or until now."""

    code: str
    name_en: str
    name_zh: str
    from_at: datetime | None
    to_at: datetime | None

    def name(self, language: str) -> str:
        """Return the unit's name in *language*."""
        return self.name_zh if language == "zh" else self.name_en


@dataclass(frozen=True)
class CertificateView:
    """A certificate as it was entered; the offset is reference less probe, centi-degrees."""

    number: str
    laboratory: str
    calibrated_on: date
    expires_on: date
    offset_centi: int  # Of a certificate with points, that of the middle one.
    points: str
    from_at: datetime
    entered_at: datetime
    entered_by: str
    reminded_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_because: str | None


@dataclass(frozen=True)
class ProbeEntry:
    """One probe of the register."""

    probe: str
    here: bool  # Hangs in a unit of the site now.
    stays: tuple[UnitStay, ...]
    certificates: tuple[CertificateView, ...]
    standing: Standing


def read_register(session: Session, *, site: SiteName, now: datetime) -> tuple[ProbeEntry, ...]:
    """Return every probe that hangs or hung in a unit of *site*, by name, as it stands at *now*."""
    rows = session.execute(
        select(Sensor, ProbePlacement, StorageUnit)
        .join(ProbePlacement, ProbePlacement.sensor_id == Sensor.id)
        .join(StorageUnit, StorageUnit.id == ProbePlacement.unit_id)
        .where(StorageUnit.site_id == site.id)
        .order_by(Sensor.device, Sensor.channel, ProbePlacement.from_at)
    ).all()
    sensors: dict[int, Sensor] = {}
    stays: dict[int, list[UnitStay]] = defaultdict(list)
    for sensor, placement, unit in rows:
        sensors[sensor.id] = sensor
        stays[sensor.id].append(_stay(placement, unit))
    certificates = _certificates(session, list(sensors))
    today = site.day(now)
    return tuple(
        ProbeEntry(
            probe=probes.name(sensor),
            here=any(one.to_at is None for one in stays[sensor_id]),
            stays=tuple(stays[sensor_id]),
            certificates=tuple(certificates[sensor_id]),
            standing=standing_of(certificates[sensor_id], today),
        )
        for sensor_id, sensor in sensors.items()
    )


def standing_of(certificates: list[CertificateView], today: date) -> Standing:
    """Return whether a probe is calibrated *today*: by its newest certificate in force."""
    in_force = [one for one in certificates if one.withdrawn_at is None]
    if not in_force:
        return Standing.NONE
    expires_on = in_force[-1].expires_on
    if expires_on <= today:  # On that day it has run out.
        return Standing.EXPIRED
    return Standing.SOON if expires_on - today <= REMIND_BEFORE else Standing.GOOD


def _stay(placement: ProbePlacement, unit: StorageUnit) -> UnitStay:
    since = None if placement.from_at <= EARLIEST else placement.from_at
    return UnitStay(unit.code, unit.name_en, unit.name_zh, since, placement.to_at)


def _certificates(session: Session, sensor_ids: list[int]) -> dict[int, list[CertificateView]]:
    rows = session.scalars(
        select(CalibrationCertificate)
        .where(CalibrationCertificate.sensor_id.in_(sensor_ids))
        .order_by(CalibrationCertificate.from_at, CalibrationCertificate.id)
    )
    points = points_of(session)
    found: dict[int, list[CertificateView]] = defaultdict(list)
    for row in rows:
        found[row.sensor_id].append(
            CertificateView(
                row.number,
                row.laboratory,
                row.calibrated_on,
                row.expires_on,
                row.offset_centi,
                probes.written(points.get(row.id, ())),
                row.from_at,
                row.entered_at,
                row.entered_by,
                row.reminded_at,
                row.withdrawn_at,
                row.withdrawn_because,
            )
        )
    return found
