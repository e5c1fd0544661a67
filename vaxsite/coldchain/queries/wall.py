"""The wall: every unit of the actor's sites with its newest reading and what is wrong with it."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from sensors.domain import foresight
from sensors.domain.alerts import AlertState
from sensors.domain.units import Band
from sensors.services import canary, outlook, pulse
from sensors.services.canary import Unproven
from sensors.services.pulse import Stopped
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.places import Sensor
from sensors.store.readings import SensorState
from vaxsite.coldchain import rules
from vaxsite.coldchain.queries import outside as outside_queries
from vaxsite.coldchain.queries import places
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.coldchain.rules import Trend, UnitState
from vaxsite.core.actor import Actor
from vaxsite.stock import queries as stock_queries


@dataclass(frozen=True)
class Outlook:
    """Where a probe's temperature goes, as far as it can be said; the rate is centi-degrees/h.

    `door` says that the door was seen open lately: then nothing is said of the trend.
    """

    trend: Trend | None
    centi_per_h: int | None
    leaves_in_min: int | None
    door: bool


UNKNOWN = Outlook(None, None, None, door=False)


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
    outlook: Outlook
    state: UnitState
    by_file: bool = False

    @property
    def tells_now(self) -> bool:
        """Tell whether the newest reading says how things stand, not how they stood."""
        return not self.stale and not self.by_file


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
    outside_since: datetime | None = None  # Out of its range, and no excursion yet.

    @property
    def stale(self) -> bool:
        """Tell whether any probe of the unit says nothing about now."""
        return any(probe.stale for probe in self.probes)


@dataclass(frozen=True)
class Wall:
    """Every unit, the worst first, as things stood at `at`; `stopped` says what does not run."""

    at: datetime
    units: tuple[UnitView, ...]
    stopped: tuple[Stopped, ...]
    unanswered: int = 0  # Open alerts whose whole chain was called.
    unproven: tuple[Unproven, ...] = ()  # Addresses at which messages may not arrive.

    @property
    def open_alerts(self) -> int:
        """Count the alerts that nobody has answered."""
        return sum(unit.open_alerts for unit in self.units)

    @property
    def many_sites(self) -> bool:
        """Tell whether a unit's name needs its site beside it."""
        return len({unit.unit.site_id for unit in self.units}) > 1


def read_wall(session: Session, *, actor: Actor, now: datetime, unit_id: int | None = None) -> Wall:
    """Return the wall of *actor*'s sites at *now*, or of one unit alone, also one out of use."""
    names = places.units_in_use(session, actor=actor, unit_id=unit_id)
    units = places.visible_ids(actor, unit_id)  # No probe hangs in one that is out of use.
    lasting = _lasting_excursions(session, units)
    probes = _probes(session, units, names, lasting, now)
    alerts = _open_alerts(session, units)
    outside = _outside(session, names, probes, now)
    held = _held_lots(session, now)
    stopped = pulse.stopped(session, now=now)
    views = [
        _view(
            name,
            probes[name.unit_id],
            alerts[name.unit_id],
            held[name.unit_id],
            lasting.by_unit.get(name.unit_id),
            outside.get(name.unit_id),
            watched=not stopped,
        )
        for name in names.values()
    ]
    order = list(UnitState)
    views.sort(key=lambda view: order.index(view.state))
    site_ids = {name.site_id for name in names.values()}
    return Wall(
        at=now,
        units=tuple(views),
        stopped=stopped,
        unanswered=_unanswered(session, units),
        unproven=tuple(canary.unproven(session, site_ids, now=now)),
    )


def _view(
    name: UnitName,
    probes: list[ProbeView],
    open_alerts: int,
    held_lots: int,
    excursion_since: datetime | None,
    outside_since: datetime | None,
    *,
    watched: bool,
) -> UnitView:
    """Judge a unit; an excursion lasts on it even when the probe that found it hangs elsewhere."""
    own = [UnitState.EXCURSION] if excursion_since else []
    state = rules.worst([*own, *(probe.state for probe in probes)])
    telling = [probe for probe in probes if probe.state is state] or probes
    return UnitView(
        unit=name,
        state=rules.as_watched(state, watched=watched),
        probe=telling[0] if telling else None,
        probes=tuple(probes),
        open_alerts=open_alerts,
        held_lots=held_lots,
        excursion_since=excursion_since,
        outside_since=outside_since,
    )


@dataclass(frozen=True)
class _Lasting:
    """Which probes are in an excursion, and since when each unit is."""

    sensors: frozenset[int]
    by_unit: dict[int, datetime]


def _outside(
    session: Session,
    names: dict[int, UnitName],
    probes: dict[int, list[ProbeView]],
    now: datetime,
) -> dict[int, datetime]:
    """Return since when each unit has been out of its range without an excursion."""
    unit_of = {
        probe.sensor_id: unit_id
        for unit_id, views in probes.items()
        for probe in views
        if probe.state is UnitState.OUT_OF_BAND
    }
    bands = {sensor_id: names[unit_id].band for sensor_id, unit_id in unit_of.items()}
    found: dict[int, datetime] = {}
    for sensor_id, since in outside_queries.outside_since(session, bands, now=now).items():
        unit_id = unit_of[sensor_id]
        found[unit_id] = min(since, found.get(unit_id, since))
    return found


def _lasting_excursions(session: Session, units: Select[int]) -> _Lasting:
    rows = session.execute(
        select(ExcursionRow.unit_id, ExcursionRow.began_at, ExcursionRow.sensor_id)
        .where(
            ExcursionRow.unit_id.in_(units),
            ExcursionRow.ended_at.is_(None),
            ExcursionRow.withdrawn_at.is_(None),
        )
        .order_by(ExcursionRow.began_at.desc())
    ).all()
    by_unit = {unit_id: began_at for unit_id, began_at, _ in rows}  # The earliest stands last.
    return _Lasting(frozenset(sensor_id for _, _, sensor_id in rows), by_unit)


def _open_alerts(session: Session, units: Select[int]) -> Counter[int]:
    rows = session.execute(
        select(AlertRow.unit_id, func.count())
        .where(AlertRow.unit_id.in_(units), AlertRow.state == AlertState.OPEN)
        .group_by(AlertRow.unit_id)
    )
    return Counter(dict(rows.all()))


def _unanswered(session: Session, units: Select[int]) -> int:
    """Count the open alerts whose chain came to its end without an answer."""
    return session.scalars(
        select(func.count())
        .select_from(AlertRow)
        .where(
            AlertRow.unit_id.in_(units),
            AlertRow.state == AlertState.OPEN,
            AlertRow.unanswered_at.is_not(None),
        )
    ).one()


def _held_lots(session: Session, now: datetime) -> Counter[int]:
    """Count the lots that each unit's undecided excursions hold, wherever they stand now."""
    held = stock_queries.held_lots(session, at=now)
    pairs = {(hold.unit_id, lot_id) for lot_id, holds in held.items() for hold in holds}
    return Counter(unit_id for unit_id, _ in pairs)


def _probes(
    session: Session,
    units: Select[int],
    names: dict[int, UnitName],
    lasting: _Lasting,
    now: datetime,
) -> dict[int, list[ProbeView]]:
    # Columns, not rows: the memory of a probe's rules is long, and the wall does not look at it.
    rows = session.execute(
        select(
            Sensor.id,
            Sensor.device,
            Sensor.channel,
            Sensor.unit_id,
            Sensor.silent_after_s,
            Sensor.files_every_s,
            SensorState.measured_at,
            SensorState.received_at,
            SensorState.centi,
            SensorState.fault,
        )
        .outerjoin(SensorState, SensorState.sensor_id == Sensor.id)
        .where(Sensor.unit_id.in_(units))
        .order_by(Sensor.device, Sensor.channel)
    ).all()
    seen = outlook.read(session, [row.id for row in rows], now=now)
    found: dict[int, list[ProbeView]] = defaultdict(list)
    for row in rows:
        band = names[row.unit_id].band
        looks = _outlook(seen.get(row.id), band, now)
        view = _probe_view(row, band, looks, row.id in lasting.sensors, now)
        found[row.unit_id].append(view)
    return found


def _outlook(seen: outlook.Outlook | None, band: Band, now: datetime) -> Outlook:
    if seen is None:
        return UNKNOWN
    line, way = seen.trend, rules.trend(seen.trend)
    moves = way in {Trend.RISING, Trend.FALLING}
    leaves_at = seen.leaves_at(band)
    return Outlook(
        trend=way,
        centi_per_h=line.centi_per_h if moves and isinstance(line, foresight.Trend) else None,
        leaves_in_min=(
            rules.about_minutes(leaves_at - now) if isinstance(leaves_at, datetime) else None
        ),
        door=line is foresight.Unclear.DOOR,
    )


def _probe_view(
    row: Any, band: Band, outlook: Outlook, in_excursion: bool, now: datetime
) -> ProbeView:  # Any: a row as `_probes` selects it.
    seen_at = _seen_at(row.measured_at, row.received_at)
    probe = rules.Probe(
        centi=row.centi,
        fault=row.fault,
        seen_at=seen_at,
        silent_after_s=row.silent_after_s,
        in_excursion=in_excursion,
        by_file=row.files_every_s is not None,
    )
    return ProbeView(
        sensor_id=row.id,
        device=row.device,
        channel=row.channel,
        centi=probe.centi,
        fault=probe.fault,
        seen_at=seen_at,
        age_s=max(0, int((now - seen_at).total_seconds())) if seen_at else None,
        stale=rules.is_stale(probe, now),
        outlook=outlook,
        state=rules.judge_probe(probe, band, now),
        by_file=probe.by_file,
    )


def _seen_at(measured_at: datetime | None, received_at: datetime | None) -> datetime | None:
    """Return the instant that the newest reading speaks of.

    The earlier of measured and received: a device's clock that is ahead must not keep an old
    reading fresh, and a reading sent late is as old as its measurement.
    """
    return None if measured_at is None else min(measured_at, received_at or measured_at)
