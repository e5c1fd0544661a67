"""The log of a unit's month, gathered from what the other parts of the system have written."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.units import BANDS, Profile
from sensors.services import rule_choices
from sensors.store.calibration import CalibrationCertificate, points_of
from sensors.store.maintenance import MaintenanceWindow
from sensors.store.places import RuleChoice, Site, StorageUnit
from vaxsite.coldchain.models import LateNote
from vaxsite.coldchain.queries import daily_checks
from vaxsite.core.errors import NotFound
from vaxsite.logbook.facts import (
    CertificateFact,
    CheckFact,
    MonthLog,
    NoteFact,
    RulesFact,
    UnitFacts,
    WorkFact,
)
from vaxsite.logbook.months import Month
from vaxsite.logbook.queries import excursions, probes
from vaxsite.logbook.queries.probes import Placed


@dataclass(frozen=True)
class _Asked:
    """Of which unit and month something is asked."""

    unit: StorageUnit
    site: Site
    month: Month

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        return self.month.bounds(self.site.timezone)


def read_month(session: Session, *, unit_id: int, month: Month, now: datetime) -> MonthLog:
    """Return the log as it reads at *now*; who may see it is the caller's to ask.

    Raises `NotFound` for a unit that does not exist.
    """
    row = session.execute(
        select(StorageUnit, Site)
        .join(Site, Site.id == StorageUnit.site_id)
        .where(StorageUnit.id == unit_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    asked = _Asked(row[0], row[1], month)
    since, until = asked.bounds
    found = probes.placed(session, unit_id=unit_id, since=since, until=until)
    kept = excursions.of_unit(session, unit_id=unit_id, bounds=asked.bounds)
    band, zone = BANDS[Profile(asked.unit.profile)], asked.site.timezone
    return MonthLog(
        month=month,
        unit=_unit(asked),
        probes=probes.stays(found, asked.bounds),
        certificates=_certificates(session, found, asked),
        rules=_rules(session, asked),
        checks=_checks(session, asked),
        temperatures=probes.days(session, found, month, band, zone),
        excursions=tuple(kept),
        lots=tuple(excursions.lots_of(session, kept, now=now)),
        gaps=probes.gaps(session, found, asked.bounds, now),
        maintenance=_work(session, asked),
        notes=_notes(session, asked),
    )


def _unit(asked: _Asked) -> UnitFacts:
    band = BANDS[Profile(asked.unit.profile)]
    return UnitFacts(
        asked.site.code,
        asked.unit.code,
        asked.unit.profile,
        band.low_centi,
        band.high_centi,
        asked.site.timezone,
    )


def _certificates(
    session: Session, found: list[Placed], asked: _Asked
) -> tuple[CertificateFact, ...]:
    """Return what corrected the probes: the last of before the month, and those of the month."""
    since, until = asked.bounds
    names = {one.sensor.id: one.probe for one in found}
    rows = session.scalars(
        select(CalibrationCertificate)
        .where(
            CalibrationCertificate.sensor_id.in_(names),
            CalibrationCertificate.withdrawn_at.is_(None),
            CalibrationCertificate.from_at < until,
        )
        .order_by(CalibrationCertificate.from_at, CalibrationCertificate.id)
    ).all()
    last = {row.sensor_id: row.id for row in rows if row.from_at <= since}
    points = points_of(session)
    return tuple(
        CertificateFact(
            names[row.sensor_id],
            row.number,
            row.laboratory,
            row.calibrated_on,
            row.expires_on,
            row.offset_centi,
            probes.written(points.get(row.id, ())),
            row.from_at,
        )
        for row in rows
        if row.from_at > since or row.id in last.values()
    )


def _rules(session: Session, asked: _Asked) -> tuple[RulesFact, ...]:
    since, until = asked.bounds
    first = rule_choices.chosen(session, unit_id=asked.unit.id, at=since)
    chosen = session.scalars(
        select(RuleChoice)
        .where(
            RuleChoice.unit_id == asked.unit.id,
            RuleChoice.from_at > since,
            RuleChoice.from_at < until,
        )
        .order_by(RuleChoice.from_at)
    )
    later = [RulesFact(row.from_at, row.rule_set) for row in chosen]
    return (RulesFact(since, first or asked.unit.rule_set), *later)


def _checks(session: Session, asked: _Asked) -> tuple[CheckFact, ...]:
    days = asked.month.days
    found = daily_checks.of_days(
        session, unit_ids=[asked.unit.id], since=days[0], until=days[-1]
    ).get(asked.unit.id, [])
    return tuple(
        CheckFact(
            one.day, one.part.value, one.at, one.by, one.shown_centi, one.probe_centi, one.note
        )
        for one in found
    )


def _work(session: Session, asked: _Asked) -> tuple[WorkFact, ...]:
    since, until = asked.bounds
    rows = session.scalars(
        select(MaintenanceWindow)
        .where(
            MaintenanceWindow.unit_id == asked.unit.id,
            MaintenanceWindow.from_at < until,
            MaintenanceWindow.to_at > since,
        )
        .order_by(MaintenanceWindow.from_at, MaintenanceWindow.id)
    )
    return tuple(
        WorkFact(row.id, row.kind, row.reason, row.from_at, row.to_at, row.entered_by)
        for row in rows
    )


def _notes(session: Session, asked: _Asked) -> tuple[NoteFact, ...]:
    days = asked.month.days
    # Read here and not through the pages of today, which know no numbers of notes.
    rows = session.scalars(
        select(LateNote)
        .where(LateNote.unit_id == asked.unit.id, LateNote.day.between(days[0], days[-1]))
        .order_by(LateNote.day, LateNote.id)
    )
    return tuple(
        NoteFact(row.id, row.day, row.written_at, row.written_by, row.note) for row in rows
    )
