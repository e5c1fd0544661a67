"""One excursion with everything that hangs on it: lots, decisions, seats, doses, its story."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sensors.domain.excursions import EndReason
from sensors.domain.exposure import Exposure
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.places import Sensor
from vaxsite.coldchain.queries import alerts, exposure, impact, places
from vaxsite.coldchain.queries.alerts import ExcursionFacts
from vaxsite.coldchain.queries.impact import GivenDoses, Seats
from vaxsite.coldchain.queries.places import Span, UnitName
from vaxsite.coldchain.rules import Step
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.stock import queries as stock_queries
from vaxsite.stock.queries import AffectedLot
from vaxsite.stock.rules import Decision

_ENDS: Mapping[str, Step] = {
    EndReason.UNKNOWN: Step.LOST,
    EndReason.RULES_CHANGED: Step.JUDGED_OTHERWISE,
}


@dataclass(frozen=True)
class Happening:
    """One line of the timeline; `by` is the id of a person, null for the system."""

    at: datetime
    step: Step
    by: str | None = None
    note: str | None = None
    lot: str | None = None


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
    exposure: Exposure

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
    alert: AlertRow | None = row[2]
    unit = names[excursion.unit_id]
    lots = stock_queries.affected_lots(session, excursion_id=excursion_id, at=now)
    facts = alerts.facts(excursion, now)
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
        timeline=_timeline(facts, alert, lots),
        exposure=exposure.around(session, excursion, band=unit.band, now=now),
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


def _seats(session: Session, unit: UnitName, lots: Sequence[AffectedLot], now: datetime) -> Seats:
    """Count the seats that wait for a held lot's product; a decided lot keeps nobody waiting."""
    products = {lot.lot.product.id for lot in lots if lot.held}
    return impact.seats_of_today_and_tomorrow(
        session, site_id=unit.site_id, timezone=unit.timezone, product_ids=products, now=now
    )


def _timeline(
    facts: ExcursionFacts, alert: AlertRow | None, lots: Sequence[AffectedLot]
) -> tuple[Happening, ...]:
    steps = [*_own_steps(facts), *_alert_steps(alert), *_decisions(lots)]
    return tuple(sorted(steps, key=lambda happening: happening.at))


def _own_steps(facts: ExcursionFacts) -> Iterator[Happening]:
    yield Happening(facts.began_at, Step.BEGAN)
    yield Happening(facts.confirmed_at, Step.CONFIRMED)
    if facts.ended_at:
        yield Happening(facts.ended_at, _ENDS.get(facts.end_reason or "", Step.ENDED))
    if facts.withdrawn_at:
        yield Happening(facts.withdrawn_at, Step.WITHDRAWN)


def _alert_steps(alert: AlertRow | None) -> Iterator[Happening]:
    if alert and alert.acknowledged_at:
        yield Happening(
            alert.acknowledged_at, Step.ACKNOWLEDGED, by=alert.acknowledged_by, note=alert.note
        )
    if alert and alert.resolved_at:
        yield Happening(alert.resolved_at, Step.RESOLVED)


def _decisions(lots: Sequence[AffectedLot]) -> Iterator[Happening]:
    for lot in lots:
        for decided in lot.dispositions:
            released = decided.decision is Decision.RELEASE
            yield Happening(
                decided.decided_at,
                Step.RELEASED if released else Step.REJECTED,
                by=decided.decided_by,
                note=decided.note,
                lot=lot.lot.number,
            )
