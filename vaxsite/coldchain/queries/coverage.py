"""What is blind: units nobody measures, probes nobody hears or can trust, alarms nobody gets."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from sensors.domain.clocks import ClockDoubt
from sensors.services import calibrating, canary, clocks
from sensors.services.canary import Unproven
from sensors.store.duty import ContactPost
from sensors.store.places import NoticeTarget, Sensor, Site
from vaxsite.coldchain.blind import BlindSpot
from vaxsite.coldchain.queries import wall
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.coldchain.queries.wall import ProbeView, UnitView
from vaxsite.core.actor import Actor
from vaxsite.core.permissions import Permission
from vaxsite.stock import queries as stock


@dataclass(frozen=True)
class Blind:
    """One thing that is blind. `unit` is null where a whole site is."""

    spot: BlindSpot
    site_en: str
    site_zh: str
    unit: UnitName | None = None
    probe: str | None = None
    sensor_id: int | None = None
    clock: ClockDoubt | None = None
    address: Unproven | None = None

    def site(self, language: str) -> str:
        """Return the site's name in *language*."""
        return self.site_zh if language == "zh" else self.site_en


def read_coverage(session: Session, *, actor: Actor, now: datetime) -> list[Blind]:
    """Return everything that is blind at the actor's sites, by kind, the worst first."""
    units = wall.read_wall(session, actor=actor, now=now).units
    found = [
        *_units(session, units, now),
        *_probes(session, units, now),
        *_sites(session, actor, now),
    ]
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
    ids = [probe.sensor_id for view in units for probe in view.probes]
    doubtful = clocks.doubts(session, ids, now=now)
    loggers = set(session.scalars(select(Sensor.id).where(Sensor.files_every_s.is_not(None))))
    for view in units:
        for probe in view.probes:
            certificate = certificates.get(probe.sensor_id)
            if probe.stale:
                by_file = probe.sensor_id in loggers
                spot = BlindSpot.FILE_OVERDUE if by_file else BlindSpot.SILENT
                yield _blind(spot, view.unit, probe)
            if certificate is None:
                yield _blind(BlindSpot.UNCALIBRATED, view.unit, probe)
            elif certificate.expires_on <= now.date():
                yield _blind(BlindSpot.CERTIFICATE_EXPIRED, view.unit, probe)
            if probe.sensor_id in doubtful:
                doubt = doubtful[probe.sensor_id]
                yield replace(_blind(BlindSpot.DOUBTFUL_CLOCK, view.unit, probe), clock=doubt)


def _sites(session: Session, actor: Actor, now: datetime) -> Iterator[Blind]:
    targets = exists().where(NoticeTarget.site_id == Site.id)
    people = exists().where(ContactPost.site_id == Site.id)
    rows = session.execute(
        select(Site.id, Site.name_en, Site.name_zh, or_(targets, people).label("told"))
        .where(Site.id.in_(actor.sites(Permission.COLDCHAIN_READ)))
        .order_by(Site.code)
    )
    for row in rows.all():
        if not row.told:
            yield Blind(BlindSpot.NOBODY_TOLD, row.name_en, row.name_zh)
        for one in canary.unproven(session, [row.id], now=now):
            yield Blind(BlindSpot.UNPROVEN, row.name_en, row.name_zh, address=one)


def _blind(spot: BlindSpot, unit: UnitName, probe: ProbeView | None = None) -> Blind:
    name = None
    if probe is not None:
        name = f"{probe.device} / {probe.channel}" if probe.channel else probe.device
    sensor_id = probe.sensor_id if probe else None
    return Blind(spot, unit.site_en, unit.site_zh, unit, name, sensor_id)
