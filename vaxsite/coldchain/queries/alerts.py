"""Alerts: what happened where, since when, who answered after how long."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from sensors.domain.alerts import AlertState
from sensors.services import answering
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.places import Sensor
from vaxsite.coldchain.queries import places
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound

RESOLVED_SHOWN = 100  # The list is for answering; older ones are found through their unit.


@dataclass(frozen=True)
class ExcursionFacts:
    """An excursion as it is known at `at`: it lasts while `ended_at` is null."""

    excursion_id: int
    rule: str
    direction: str
    began_at: datetime
    confirmed_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    withdrawn_at: datetime | None
    peak_centi: int
    at: datetime

    @property
    def lasted_s(self) -> int:
        """Return how long it lasted, so far or in all."""
        return int(((self.ended_at or self.at) - self.began_at).total_seconds())


@dataclass(frozen=True)
class AlertView:
    """An alert and how long it has waited, or waited, for an answer."""

    alert_id: int
    kind: str
    severity: str
    state: str
    unit: UnitName
    device: str
    channel: str
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    note: str | None
    cleared_at: datetime | None
    resolved_at: datetime | None
    waited_s: int
    returns_at: datetime | None
    unanswered_at: datetime | None
    owner: str | None
    notices: int
    excursion: ExcursionFacts | None

    @property
    def answered(self) -> bool:
        """Tell whether a person answered it; a silence that ended closes itself."""
        return self.acknowledged_at is not None and self.acknowledged_by != answering.SYSTEM


def list_alerts(
    session: Session, *, actor: Actor, state: AlertState, now: datetime
) -> list[AlertView]:
    """Return the alerts in *state* at the actor's sites: open ones oldest first, others newest."""
    names = places.units_by_id(session, actor=actor)
    opened_at = AlertRow.opened_at
    order = opened_at.asc() if state is AlertState.OPEN else opened_at.desc()
    query = _visible(names).where(AlertRow.state == state).order_by(order, AlertRow.id)
    if state is AlertState.RESOLVED:
        query = query.limit(RESOLVED_SHOWN)
    return [_view(row[0], row[1], row[2], names, now) for row in session.execute(query)]


def get_alert(session: Session, *, actor: Actor, alert_id: int, now: datetime) -> AlertView:
    """Return one alert; raise `NotFound` when *actor* may not see its unit."""
    names = places.units_by_id(session, actor=actor)
    row = session.execute(_visible(names).where(AlertRow.id == alert_id)).one_or_none()
    if row is None:
        raise NotFound
    return _view(row[0], row[1], row[2], names, now)


def unit_alerts(session: Session, *, actor: Actor, unit_id: int, now: datetime) -> list[AlertView]:
    """Return the alerts of one unit that are not resolved, oldest first."""
    names = places.units_by_id(session, actor=actor)
    query = (
        _visible(names)
        .where(AlertRow.unit_id == unit_id, AlertRow.state != AlertState.RESOLVED)
        .order_by(AlertRow.opened_at)
    )
    return [_view(row[0], row[1], row[2], names, now) for row in session.execute(query)]


def facts(row: ExcursionRow, now: datetime) -> ExcursionFacts:
    """Return what pages need to know of an excursion."""
    return ExcursionFacts(
        excursion_id=row.id,
        rule=row.rule,
        direction=row.direction,
        began_at=row.began_at,
        confirmed_at=row.confirmed_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        withdrawn_at=row.withdrawn_at,
        peak_centi=row.peak_centi,
        at=now,
    )


def _visible(names: dict[int, UnitName]) -> Select[AlertRow, Sensor, ExcursionRow]:
    return (
        select(AlertRow, Sensor, ExcursionRow)
        .join(Sensor, Sensor.id == AlertRow.sensor_id)
        .outerjoin(ExcursionRow, ExcursionRow.id == AlertRow.excursion_id)
        .where(AlertRow.unit_id.in_(names))
    )


def _view(
    alert: AlertRow,
    sensor: Sensor,
    excursion: ExcursionRow | None,
    names: dict[int, UnitName],
    now: datetime,
) -> AlertView:
    answered_at = alert.first_answered_at or alert.acknowledged_at or alert.resolved_at or now
    return AlertView(
        alert_id=alert.id,
        kind=alert.kind,
        severity=alert.severity,
        state=alert.state,
        unit=names[alert.unit_id],
        device=sensor.device,
        channel=sensor.channel,
        opened_at=alert.opened_at,
        acknowledged_at=alert.acknowledged_at,
        acknowledged_by=alert.acknowledged_by,
        note=alert.note,
        cleared_at=alert.cleared_at,
        resolved_at=alert.resolved_at,
        returns_at=alert.returns_at,
        unanswered_at=alert.unanswered_at,
        owner=alert.owner,
        notices=alert.notices,
        waited_s=max(0, int((answered_at - alert.opened_at).total_seconds())),
        excursion=facts(excursion, now) if excursion else None,
    )
