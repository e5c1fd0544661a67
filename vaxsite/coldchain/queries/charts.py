"""One unit as its page shows it: its state now and the window of each of its probes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from sensors.domain.units import Maintenance
from sensors.services import maintenance
from vaxsite.coldchain.queries import alerts, excursions, reported, series, wall
from vaxsite.coldchain.queries.alerts import AlertView, ExcursionFacts
from vaxsite.coldchain.queries.places import Span
from vaxsite.coldchain.queries.series import Series
from vaxsite.coldchain.queries.stays import Stay, stays
from vaxsite.coldchain.queries.wall import UnitView
from vaxsite.coldchain.reported import Reported
from vaxsite.coldchain.zoom import Period
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound


@dataclass(frozen=True)
class ProbeChart:
    """The window of one stay of a probe in the unit, and the excursions that it found in it.

    `key` names the stay; `from_at` is None where the probe has been here since ever, `to_at` while
    it is here. `reported` is what it tells now beside the temperature.
    """

    key: int
    series: Series
    excursions: tuple[Span, ...]
    from_at: datetime | None
    to_at: datetime | None
    reported: tuple[Reported, ...]
    work: tuple[Maintenance, ...] = ()  # On the unit, within the window.


@dataclass(frozen=True)
class UnitPage:
    """A unit with its charts, what waits for an answer, and its latest excursions."""

    view: UnitView
    charts: tuple[ProbeChart, ...]
    alerts: tuple[AlertView, ...]
    excursions: tuple[ExcursionFacts, ...]


def get_unit_page(
    session: Session, *, actor: Actor, unit_id: int, period: Period | None, now: datetime
) -> UnitPage:
    """Return the page of one unit over *period*, or over all readings.

    Raises `NotFound` when *actor* may not see the unit.
    """
    view = _view(session, actor, unit_id, now)
    return UnitPage(
        view=view,
        charts=_charts(session, view, period, now),
        alerts=tuple(alerts.unit_alerts(session, actor=actor, unit_id=unit_id, now=now)),
        excursions=tuple(excursions.list_excursions(session, unit=view.unit, now=now)),
    )


def get_charts(
    session: Session, *, actor: Actor, unit_id: int, period: Period, now: datetime
) -> tuple[UnitView, tuple[ProbeChart, ...]]:
    """Return a unit and its charts over *period*; raise `NotFound` as `get_unit_page` does."""
    view = _view(session, actor, unit_id, now)
    return view, _charts(session, view, period, now)


def _view(session: Session, actor: Actor, unit_id: int, now: datetime) -> UnitView:
    units = wall.read_wall(session, actor=actor, now=now, unit_id=unit_id).units
    if not units:
        raise NotFound
    return units[0]


def _charts(
    session: Session, view: UnitView, period: Period | None, now: datetime
) -> tuple[ProbeChart, ...]:
    unit_id = view.unit.unit_id
    until = period.until if period else now
    found = stays(session, [unit_id], period.since if period else None, until)
    return tuple(_chart(session, view, stay, period, now) for stay in found)


def _chart(
    session: Session, view: UnitView, stay: Stay, period: Period | None, now: datetime
) -> ProbeChart:
    until = period.until if period else now
    window = series.read_series(
        session,
        sensor=stay.sensor,
        band=view.unit.band,
        since=max(period.since, stay.from_at) if period else stay.since,
        until=min(until, stay.to_at or until),
    )
    spans = excursions.unit_excursions(
        session, unit_id=view.unit.unit_id, since=window.since, until=window.until
    )
    return ProbeChart(
        key=stay.placement_id,
        series=window,
        excursions=tuple(span for sensor_id, span in spans if sensor_id == window.sensor_id),
        from_at=stay.since,
        to_at=stay.to_at,
        reported=_reported(session, stay, now),
        work=tuple(maintenance.during(session, view.unit.unit_id, window.since, window.until)),
    )


def _reported(session: Session, stay: Stay, now: datetime) -> tuple[Reported, ...]:
    if stay.to_at is not None:  # What it tells now, it tells elsewhere.
        return ()
    return reported.read_reported(session, sensor=stay.sensor, since=stay.from_at, until=now)
