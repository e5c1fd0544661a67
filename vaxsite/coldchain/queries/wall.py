"""The wall: every unit of the actor's sites with its newest reading and what is wrong with it."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sensors.domain.alerts import AlertState
from sensors.domain.units import Band
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.places import Sensor
from sensors.store.readings import SensorState
from vaxsite.coldchain import rules
from vaxsite.coldchain.queries import places
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.coldchain.rules import UnitState
from vaxsite.core.actor import Actor
from vaxsite.stock import queries as stock_queries


@dataclass(frozen=True)
class ProbeView:
    """A probe's newest reading. `age_s` is null when nothing was ever read."""

    sensor_id: int
    device: str
    channel: str
    centi: int | None
    fault: str | None
    seen_at: datetime | None
    age_s: int | None
    stale: bool
    state: UnitState


@dataclass(frozen=True)
class UnitView:
    """A unit on the wall. `probe` is the one that tells the worst."""

    unit: UnitName
    state: UnitState
    probe: ProbeView | None
    probes: tuple[ProbeView, ...]
    open_alerts: int
    held_lots: int
    excursion_since: datetime | None

    @property
    def stale(self) -> bool:
        """Tell whether any probe of the unit says nothing about now."""
        return any(probe.stale for probe in self.probes)


@dataclass(frozen=True)
class Wall:
    """Every unit, the worst first, as things stood at `at`."""

    at: datetime
    units: tuple[UnitView, ...]

    @property
    def open_alerts(self) -> int:
        """Count the alerts that nobody has answered."""
        return sum(unit.open_alerts for unit in self.units)

    @property
    def many_sites(self) -> bool:
        """Tell whether a unit's name needs its site beside it."""
        return len({unit.unit.site_id for unit in self.units}) > 1


def read_wall(session: Session, *, actor: Actor, now: datetime, unit_id: int | None = None) -> Wall:
    """Return the wall of *actor*'s sites at *now*, or of one unit of them alone."""
    names = places.units_by_id(session, actor=actor, unit_id=unit_id)
    lasting = _lasting_excursions(session, list(names))
    probes = _probes(session, names, lasting, now)
    alerts = _open_alerts(session, list(names))
    held = _held_lots(session, now)
    views = [
        _view(
            name,
            probes[name.unit_id],
            alerts[name.unit_id],
            held[name.unit_id],
            lasting.by_unit.get(name.unit_id),
        )
        for name in names.values()
    ]
    order = list(UnitState)
    views.sort(key=lambda view: order.index(view.state))
    return Wall(at=now, units=tuple(views))


def _view(
    name: UnitName,
    probes: list[ProbeView],
    open_alerts: int,
    held_lots: int,
    excursion_since: datetime | None,
) -> UnitView:
    """Judge a unit; an excursion lasts on it even when the probe that found it hangs elsewhere."""
    own = [UnitState.EXCURSION] if excursion_since else []
    state = rules.worst([*own, *(probe.state for probe in probes)])
    telling = [probe for probe in probes if probe.state is state] or probes
    return UnitView(
        unit=name,
        state=state,
        probe=telling[0] if telling else None,
        probes=tuple(probes),
        open_alerts=open_alerts,
        held_lots=held_lots,
        excursion_since=excursion_since,
    )


@dataclass(frozen=True)
class _Lasting:
    """Which probes are in an excursion, and since when each unit is."""

    sensors: frozenset[int]
    by_unit: dict[int, datetime]


def _lasting_excursions(session: Session, unit_ids: list[int]) -> _Lasting:
    rows = session.execute(
        select(ExcursionRow.unit_id, ExcursionRow.began_at, ExcursionRow.sensor_id)
        .where(
            ExcursionRow.unit_id.in_(unit_ids),
            ExcursionRow.ended_at.is_(None),
            ExcursionRow.withdrawn_at.is_(None),
        )
        .order_by(ExcursionRow.began_at.desc())
    ).all()
    by_unit = {unit_id: began_at for unit_id, began_at, _ in rows}  # The earliest stands last.
    return _Lasting(frozenset(sensor_id for _, _, sensor_id in rows), by_unit)


def _open_alerts(session: Session, unit_ids: list[int]) -> Counter[int]:
    rows = session.execute(
        select(AlertRow.unit_id, func.count())
        .where(AlertRow.unit_id.in_(unit_ids), AlertRow.state == AlertState.OPEN)
        .group_by(AlertRow.unit_id)
    )
    return Counter(dict(rows.all()))


def _held_lots(session: Session, now: datetime) -> Counter[int]:
    """Count the lots that each unit's undecided excursions hold, wherever they stand now."""
    held = stock_queries.held_lots(session, at=now)
    pairs = {(hold.unit_id, lot_id) for lot_id, holds in held.items() for hold in holds}
    return Counter(unit_id for unit_id, _ in pairs)


def _probes(
    session: Session, names: dict[int, UnitName], lasting: _Lasting, now: datetime
) -> dict[int, list[ProbeView]]:
    rows = session.execute(
        select(Sensor, SensorState)
        .outerjoin(SensorState, SensorState.sensor_id == Sensor.id)
        .where(Sensor.unit_id.in_(names))
        .order_by(Sensor.device, Sensor.channel)
    )
    found: dict[int, list[ProbeView]] = defaultdict(list)
    for sensor, state in rows:
        if sensor.unit_id is not None:
            band = names[sensor.unit_id].band
            view = _probe_view(sensor, state, band, sensor.id in lasting.sensors, now)
            found[sensor.unit_id].append(view)
    return found


def _probe_view(
    sensor: Sensor, state: SensorState | None, band: Band, in_excursion: bool, now: datetime
) -> ProbeView:
    seen_at = _seen_at(state)
    probe = rules.Probe(
        centi=state.centi if state else None,
        fault=state.fault if state else None,
        seen_at=seen_at,
        silent_after_s=sensor.silent_after_s,
        in_excursion=in_excursion,
    )
    return ProbeView(
        sensor_id=sensor.id,
        device=sensor.device,
        channel=sensor.channel,
        centi=probe.centi,
        fault=probe.fault,
        seen_at=seen_at,
        age_s=max(0, int((now - seen_at).total_seconds())) if seen_at else None,
        stale=rules.is_stale(probe, now),
        state=rules.judge_probe(probe, band, now),
    )


def _seen_at(state: SensorState | None) -> datetime | None:
    """Return the instant that the newest reading speaks of.

    The earlier of measured and received: a device's clock that is ahead must not keep an old
    reading fresh, and a reading sent late is as old as its measurement.
    """
    if state is None or state.measured_at is None:
        return None
    return min(state.measured_at, state.received_at or state.measured_at)
