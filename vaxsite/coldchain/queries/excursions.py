"""One excursion with everything that hangs on it: lots, decisions, seats, doses, its story."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sensors.domain.exposure import Exposure
from sensors.domain.units import Maintenance
from sensors.services import maintenance
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.places import Sensor
from vaxsite.coldchain.queries import alerts, exposure, follow_ups, impact, places, timeline
from vaxsite.coldchain.queries.alerts import ExcursionFacts
from vaxsite.coldchain.queries.follow_ups import FollowUpView
from vaxsite.coldchain.queries.impact import GivenDoses, Seats
from vaxsite.coldchain.queries.places import Span, UnitName
from vaxsite.coldchain.queries.timeline import Happening
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.stock import queries as stock_queries
from vaxsite.stock.queries import AffectedLot


@dataclass(frozen=True)
class ExcursionView:
    """An excursion as its page shows it."""

    facts: ExcursionFacts
    unit: UnitName
    device: str
    channel: str
    alert_id: int | None
    alert_state: str | None
    lots: tuple[AffectedLot, ...]
    seats: Seats
    doses: GivenDoses
    timeline: tuple[Happening, ...]
    work: tuple[Maintenance, ...]  # On the unit, while it lasted.
    exposure: Exposure
    follow_up: FollowUpView

    @property
    def undecided(self) -> int:
        """Count the lots that wait for a decision."""
        return sum(lot.held for lot in self.lots)


def get_excursion(
    session: Session, *, actor: Actor, excursion_id: int, now: datetime
) -> ExcursionView:
    """Return one excursion; raise `NotFound` when *actor* may not see its unit."""
    names = places.units_by_id(session, actor=actor)
    row = session.execute(
        select(ExcursionRow, Sensor, AlertRow)
        .join(Sensor, Sensor.id == ExcursionRow.sensor_id)
        .outerjoin(AlertRow, AlertRow.excursion_id == ExcursionRow.id)
        .where(ExcursionRow.id == excursion_id, ExcursionRow.unit_id.in_(names))
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotFound
    excursion, sensor = row[0], row[1]
    return _view(session, excursion, sensor, row[2], names[excursion.unit_id], actor, now)


def _view(
    session: Session,
    excursion: ExcursionRow,
    sensor: Sensor,
    alert: AlertRow | None,
    unit: UnitName,
    actor: Actor,
    now: datetime,
) -> ExcursionView:
    lots = stock_queries.affected_lots(session, excursion_id=excursion.id, at=now)
    facts = alerts.facts(excursion, now)
    followed = follow_ups.get_follow_up(session, excursion=excursion, now=now)
    return ExcursionView(
        facts=facts,
        unit=unit,
        device=sensor.device,
        channel=sensor.channel,
        alert_id=alert.id if alert else None,
        alert_state=alert.state if alert else None,
        lots=tuple(lots),
        seats=_seats(session, unit, lots, now),
        doses=impact.doses_given(
            session,
            actor=actor,
            site_id=unit.site_id,
            lot_ids=[lot.lot.id for lot in lots],
            since=excursion.began_at,
        ),
        timeline=timeline.of_excursion(
            session, facts, sensor, unit.band, unit.unit_id, alert, lots, followed, now=now
        ),
        work=_work(session, excursion),
        exposure=exposure.around(session, excursion, band=unit.band, now=now),
        follow_up=followed,
    )


def unit_excursions(
    session: Session, *, unit_id: int, since: datetime, until: datetime
) -> list[tuple[int, Span]]:
    """Return the excursions of a unit that touch [since, until), by sensor id, for the chart."""
    rows = session.scalars(
        select(ExcursionRow)
        .where(
            ExcursionRow.unit_id == unit_id,
            ExcursionRow.withdrawn_at.is_(None),
            ExcursionRow.began_at < until,
            or_(ExcursionRow.ended_at.is_(None), ExcursionRow.ended_at > since),
        )
        .order_by(ExcursionRow.began_at)
    )
    return [(row.sensor_id, Span(row.began_at, row.ended_at)) for row in rows]


def list_excursions(
    session: Session, *, unit: UnitName, now: datetime, limit: int = 20
) -> list[ExcursionFacts]:
    """Return the latest excursions of a unit, newest first."""
    rows = session.scalars(
        select(ExcursionRow)
        .where(ExcursionRow.unit_id == unit.unit_id)
        .order_by(ExcursionRow.began_at.desc())
        .limit(limit)
    )
    return [alerts.facts(row, now) for row in rows]


def _work(session: Session, row: ExcursionRow) -> tuple[Maintenance, ...]:
    return tuple(maintenance.during(session, row.unit_id, row.began_at, row.ended_at))


def _seats(session: Session, unit: UnitName, lots: Sequence[AffectedLot], now: datetime) -> Seats:
    """Count the seats that wait for a held lot's product; a decided lot keeps nobody waiting."""
    products = {lot.lot.product.id for lot in lots if lot.held}
    return impact.seats_of_today_and_tomorrow(
        session, site_id=unit.site_id, timezone=unit.timezone, product_ids=products, now=now
    )
