"""What the rule of retention says of every probe's readings. Reads only; nothing is deleted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sensors.store.episodes import ExcursionRow
from sensors.store.places import ProbePlacement, Sensor
from sensors.store.readings import ReadingHour, ReadingRow
from vaxsite.coldchain import retention
from vaxsite.coldchain.retention import Retention, Stay
from vaxsite.stock.models import Lot, LotPlacement

# The day on which a term ends is that of the country whose law it is.
LAW_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Retained:
    """A probe, what the rule says of it, and how many of its readings that lets go."""

    device: str
    channel: str
    first_at: datetime
    retention: Retention
    may_go: int


def read_retained(session: Session, *, now: datetime) -> Iterator[Retained]:
    """Yield every probe that has readings, with the verdict about them."""
    today = now.astimezone(LAW_ZONE).date()
    for sensor in session.scalars(select(Sensor).order_by(Sensor.id)).all():
        first_at = session.scalar(
            select(func.min(ReadingRow.measured_at)).where(ReadingRow.sensor_id == sensor.id)
        )
        if first_at is None:
            continue
        verdict = retention.judge(_stays(session, sensor.id), first=first_at, today=today)
        may_go = _count(session, sensor.id, verdict.goes_before)
        yield Retained(sensor.device, sensor.channel, first_at, verdict, may_go)


def _stays(session: Session, sensor_id: int) -> list[Stay]:
    """Return which lots stood where the probe hung, each for as long as both were there."""
    rows = session.execute(
        select(ProbePlacement, LotPlacement, Lot)
        .join(LotPlacement, LotPlacement.unit_id == ProbePlacement.unit_id)
        .join(Lot, Lot.id == LotPlacement.lot_id)
        .where(ProbePlacement.sensor_id == sensor_id)
    )
    found: list[Stay] = []
    for hung, stood, lot in rows:
        since = max(hung.from_at, stood.placed_at)
        ends = [one for one in (hung.to_at, stood.removed_at) if one is not None]
        until = min(ends, default=None)
        if until is None or since < until:
            found.append(Stay(lot.number, lot.expires_on, since, until))
    return found


def _count(session: Session, sensor_id: int, before: datetime) -> int:
    """Count the readings of whole hours before *before* that are no excursion's evidence."""
    spans = session.execute(
        select(ExcursionRow.began_at, ExcursionRow.ended_at).where(
            ExcursionRow.sensor_id == sensor_id
        )
    )
    hour_of = before.replace(minute=0, second=0, microsecond=0)
    query = select(func.sum(ReadingHour.temperatures + ReadingHour.faults)).where(
        ReadingHour.sensor_id == sensor_id, ReadingHour.hour < hour_of
    )
    for since, until in retention.evidence([(row[0], row[1]) for row in spans]):
        query = query.where((ReadingHour.hour < since) | (ReadingHour.hour > until))
    return int(session.scalar(query) or 0)
