"""What is blind: units nobody measures, probes nobody hears or can trust, alarms nobody gets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sensors.domain.readings import Clock
from sensors.services import calibrating
from sensors.store.places import NoticeTarget, Site
from sensors.store.readings import ReadingRow
from vaxsite.coldchain.blind import BlindSpot
from vaxsite.coldchain.queries import wall
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.coldchain.queries.wall import ProbeView, UnitView
from vaxsite.core.actor import Actor
from vaxsite.core.permissions import Permission
from vaxsite.stock import queries as stock

CLOCKS_WITHIN = timedelta(hours=24)


@dataclass(frozen=True)
class Blind:
    """One thing that is blind. `unit` is null where a whole site is."""

    spot: BlindSpot
    site_en: str
    site_zh: str
    unit: UnitName | None = None
    probe: str | None = None
    sensor_id: int | None = None

    def site(self, language: str) -> str:
        """Return the site's name in *language*."""
        return self.site_zh if language == "zh" else self.site_en


def read_coverage(session: Session, *, actor: Actor, now: datetime) -> list[Blind]:
    """Return everything that is blind at the actor's sites, by kind, the worst first."""
    units = wall.read_wall(session, actor=actor, now=now).units
    found = [*_units(session, units, now), *_probes(session, units, now), *_sites(session, actor)]
    order = list(BlindSpot)
    return sorted(found, key=lambda one: order.index(one.spot))


def _units(session: Session, units: tuple[UnitView, ...], now: datetime) -> Iterator[Blind]:
    for view in units:
        if not view.probes:
            yield _blind(BlindSpot.NO_PROBE, view.unit)
        if not stock.lots_in_unit(session, unit_id=view.unit.unit_id, at=now):
            yield _blind(BlindSpot.NO_LOTS, view.unit)


def _probes(session: Session, units: tuple[UnitView, ...], now: datetime) -> Iterator[Blind]:
    certificates = calibrating.newest_certificates(session)
    doubtful = set(
        session.scalars(
            select(ReadingRow.sensor_id)
            .where(
                ReadingRow.sensor_id.in_([p.sensor_id for view in units for p in view.probes]),
                ReadingRow.measured_at >= now - CLOCKS_WITHIN,
                ReadingRow.clock != Clock.DEVICE,
            )
            .distinct()
        )
    )
    for view in units:
        for probe in view.probes:
            certificate = certificates.get(probe.sensor_id)
            if probe.stale:
                yield _blind(BlindSpot.SILENT, view.unit, probe)
            if certificate is None:
                yield _blind(BlindSpot.UNCALIBRATED, view.unit, probe)
            elif certificate.expires_on <= now.date():
                yield _blind(BlindSpot.CERTIFICATE_EXPIRED, view.unit, probe)
            if probe.sensor_id in doubtful:
                yield _blind(BlindSpot.DOUBTFUL_CLOCK, view.unit, probe)


def _sites(session: Session, actor: Actor) -> Iterator[Blind]:
    targets = select(func.count()).where(NoticeTarget.site_id == Site.id).scalar_subquery()
    rows = session.execute(
        select(Site.name_en, Site.name_zh)
        .where(Site.id.in_(actor.sites(Permission.COLDCHAIN_READ)), targets == 0)
        .order_by(Site.code)
    )
    for row in rows:
        yield Blind(BlindSpot.NOBODY_TOLD, row.name_en, row.name_zh)


def _blind(spot: BlindSpot, unit: UnitName, probe: ProbeView | None = None) -> Blind:
    name = None
    if probe is not None:
        name = f"{probe.device} / {probe.channel}" if probe.channel else probe.device
    sensor_id = probe.sensor_id if probe else None
    return Blind(spot, unit.site_en, unit.site_zh, unit, name, sensor_id)
