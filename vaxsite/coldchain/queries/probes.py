"""Registered probes: where each hangs and hung, what it reads, and what calibrates it.

A probe belongs to the site of the unit where it hung last, also while it hangs nowhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from sensors.domain.readings import EARLIEST
from sensors.services import calibrating
from sensors.store.places import ProbePlacement, Sensor, Site, StorageUnit
from sensors.store.readings import SensorState
from vaxsite.coldchain.certified import Validity, validity
from vaxsite.coldchain.queries import places
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.core.actor import Actor
from vaxsite.core.audit import AuditEntry
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission


@dataclass(frozen=True)
class ProbeRow:
    """A probe in the register. `unit` is where it hangs, None while nowhere; `last` where it did.

    `centi` is corrected, in centi-degrees; `seen_at` is None for one that was never heard.
    """

    sensor_id: int
    device: str
    channel: str
    unit: UnitName | None
    last: UnitName
    expected_every_s: int
    centi: int | None
    fault: str | None
    seen_at: datetime | None
    silent: bool
    validity: Validity

    @property
    def name(self) -> str:
        """The device with its channel, as people tell it apart."""
        return f"{self.device} / {self.channel}" if self.channel else self.device


@dataclass(frozen=True)
class StayView:
    """A probe in a unit during [from_at, to_at); `unit` is None where the reader may not see it.

    `from_at` is None for since ever. `moved_by` and `reason` are of the move that began it.
    """

    unit: UnitName | None
    from_at: datetime | None
    to_at: datetime | None
    moved_by: str | None
    reason: str | None
    left_by: str | None
    left_because: str | None


def list_probes(session: Session, *, actor: Actor, now: datetime) -> list[ProbeRow]:
    """Return the probes of the actor's sites by site, unit and name; those in no unit last."""
    expiries = _expiries(session)
    rows = [_row(one, expiries, now) for one in _found(session, _registered(), actor)]
    return sorted(rows, key=_order)


def get_probe(session: Session, *, actor: Actor, sensor_id: int, now: datetime) -> ProbeRow:
    """Return one; raise `NotFound` where it is not of a site whose cold chain *actor* may read."""
    wanted = _registered().where(Sensor.id == sensor_id)
    found = _found(session, wanted, actor)
    if not found:
        raise NotFound
    return _row(found[0], _expiries(session), now)


def list_stays(session: Session, *, actor: Actor, sensor_id: int) -> list[StayView]:
    """Return where a probe hung, the newest first, with who moved it and why."""
    units = places.units_by_id(session, actor=actor)
    moves = _moves(session, sensor_id)
    rows = session.scalars(
        select(ProbePlacement)
        .where(ProbePlacement.sensor_id == sensor_id)
        .order_by(ProbePlacement.from_at.desc())
    )
    return [_stay(row, units, moves) for row in rows]


@dataclass(frozen=True)
class _Found:
    sensor: Sensor
    centi: int | None
    fault: str | None
    seen_at: datetime | None
    last: UnitName


# Of its state columns and no row: the memory of a probe's rules is long.
Registered = Select[Sensor, int | None, str | None, datetime | None, StorageUnit, Site]


def _registered() -> Registered:
    """Select each probe with its newest reading and the unit of its newest placement."""
    other = aliased(ProbePlacement)
    newest = select(func.max(other.from_at)).where(other.sensor_id == Sensor.id).scalar_subquery()
    return (
        select(
            Sensor,
            SensorState.centi,
            SensorState.fault,
            SensorState.measured_at,
            StorageUnit,
            Site,
        )
        .join(ProbePlacement, ProbePlacement.sensor_id == Sensor.id)
        .join(StorageUnit, StorageUnit.id == ProbePlacement.unit_id)
        .join(Site, Site.id == StorageUnit.site_id)
        .outerjoin(SensorState, SensorState.sensor_id == Sensor.id)
        .where(ProbePlacement.from_at == newest)
    )


def _found(session: Session, wanted: Registered, actor: Actor) -> list[_Found]:
    mine = wanted.where(Site.id.in_(actor.sites(Permission.COLDCHAIN_READ)))
    return [
        _Found(sensor, centi, fault, seen_at, places.unit_name(unit, site))
        for sensor, centi, fault, seen_at, unit, site in session.execute(mine)
    ]


def _expiries(session: Session) -> dict[int, date]:
    newest = calibrating.newest_certificates(session)
    return {sensor_id: row.expires_on for sensor_id, row in newest.items()}


def _row(found: _Found, expiries: Mapping[int, date], now: datetime) -> ProbeRow:
    sensor, seen_at = found.sensor, found.seen_at
    silent_after = timedelta(seconds=sensor.silent_after_s)
    return ProbeRow(
        sensor_id=sensor.id,
        device=sensor.device,
        channel=sensor.channel,
        unit=None if sensor.unit_id is None else found.last,
        last=found.last,
        expected_every_s=sensor.expected_every_s,
        centi=found.centi,
        fault=found.fault,
        seen_at=seen_at,
        silent=seen_at is None or now - seen_at > silent_after,
        validity=validity(expiries.get(sensor.id), now.date(), soon=calibrating.REMIND_BEFORE),
    )


def _order(row: ProbeRow) -> tuple[str, int, bool, str, str]:
    return (row.last.site_en, row.last.site_id, row.unit is None, row.last.code, row.name)


Moves = Mapping[str, tuple[str, str]]


def _moves(session: Session, sensor_id: int) -> Moves:
    """Return who moved the probe and why, by the instant of the move."""
    entries = session.scalars(
        select(AuditEntry).where(
            AuditEntry.subject == f"sensor:{sensor_id}", AuditEntry.action == "sensor:move"
        )
    )
    return {one.detail["at"]: (one.actor_id, one.detail["reason"]) for one in entries}


def _move_at(at: datetime | None, moves: Moves) -> tuple[str | None, str | None]:
    return (None, None) if at is None else moves.get(at.isoformat(), (None, None))


def _stay(row: ProbePlacement, units: Mapping[int, UnitName], moves: Moves) -> StayView:
    moved_by, reason = _move_at(row.from_at, moves)
    left_by, left_because = _move_at(row.to_at, moves)
    return StayView(
        unit=units.get(row.unit_id),
        from_at=None if row.from_at == EARLIEST else row.from_at,
        to_at=row.to_at,
        moved_by=moved_by,
        reason=reason,
        left_by=left_by,
        left_because=left_because,
    )
