"""One unit as its page shows it: its state now and the window of each of its probes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.places import Sensor
from vaxsite.coldchain.queries import alerts, excursions, series, wall
from vaxsite.coldchain.queries.alerts import AlertView, ExcursionFacts
from vaxsite.coldchain.queries.places import Span
from vaxsite.coldchain.queries.series import Series
from vaxsite.coldchain.queries.wall import UnitView
from vaxsite.coldchain.rules import SPANS, Window
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound


@dataclass(frozen=True)
class ProbeChart:
    """The window of one probe and the excursions that it found in it."""

    series: Series
    excursions: tuple[Span, ...]


@dataclass(frozen=True)
class UnitPage:
    """A unit with its charts, what waits for an answer, and its latest excursions."""

    view: UnitView
    charts: tuple[ProbeChart, ...]
    alerts: tuple[AlertView, ...]
    excursions: tuple[ExcursionFacts, ...]


def get_unit_page(
    session: Session, *, actor: Actor, unit_id: int, window: Window, now: datetime
) -> UnitPage:
    """Return the page of one unit; raise `NotFound` when *actor* may not see it."""
    units = wall.read_wall(session, actor=actor, now=now).units
    view = next((one for one in units if one.unit.unit_id == unit_id), None)
    if view is None:
        raise NotFound
    length = SPANS[window]
    since = now - length if length else None
    sensors = session.scalars(
        select(Sensor).where(Sensor.unit_id == unit_id).order_by(Sensor.device, Sensor.channel)
    )
    windows = [
        series.read_series(session, sensor=sensor, band=view.unit.band, since=since, until=now)
        for sensor in sensors.all()
    ]
    return UnitPage(
        view=view,
        charts=tuple(_chart(session, one, unit_id) for one in windows),
        alerts=tuple(alerts.unit_alerts(session, actor=actor, unit_id=unit_id, now=now)),
        excursions=tuple(excursions.list_excursions(session, unit=view.unit, now=now)),
    )


def _chart(session: Session, window: Series, unit_id: int) -> ProbeChart:
    spans = excursions.unit_excursions(
        session, unit_id=unit_id, since=window.since, until=window.until
    )
    own = [span for sensor_id, span in spans if sensor_id == window.sensor_id]
    return ProbeChart(window, tuple(own))
