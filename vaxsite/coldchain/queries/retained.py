"""What the rule of retention says of every probe's readings. Reads only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sensors.store.episodes import ExcursionRow
from sensors.store.places import ProbePlacement, Sensor
from sensors.store.readings import ReadingDay, ReadingRow
from vaxsite.coldchain import retention
from vaxsite.coldchain.retention import Retention, Stay
from vaxsite.stock.models import Lot, LotPlacement

# The day on which a term ends is that of the country whose law it is.
LAW_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Retained:
    """A probe, what the rule says of it, and how many of its readings that lets go."""

    sensor_id: int
    device: str
    channel: str
    first_at: datetime
    retention: Retention
    may_go: int


@dataclass(frozen=True)
class Day:
    """A day of UTC of one probe, and how many readings it has."""

    begins_at: datetime
    readings: int


def read_retained(session: Session, *, now: datetime) -> Iterator[Retained]:
    """Yield every probe that has readings, with the verdict about them."""
    for sensor in session.scalars(select(Sensor).order_by(Sensor.id)).all():
        found = _verdict(session, sensor.id, now)
        if found is None:
            continue
        first_at, verdict = found
        may_go = sum(day.readings for day in days_over(session, sensor.id, now=now))
        yield Retained(sensor.id, sensor.device, sensor.channel, first_at, verdict, may_go)


def days_over(session: Session, sensor_id: int, *, now: datetime) -> list[Day]:
    """Return the days of a probe whose readings may go now, oldest first."""
    found = _verdict(session, sensor_id, now)
    if found is None:
        return []
    before = found[1].goes_before
    newest = session.scalar(
        select(func.max(ReadingRow.measured_at)).where(ReadingRow.sensor_id == sensor_id)
    )
    assert newest is not None, "a probe with a verdict has readings"
    kept = retention.evidence(_excursions(session, sensor_id))
    rows = session.execute(
        select(ReadingDay.day, ReadingDay.temperatures + ReadingDay.faults)
        .where(
            ReadingDay.sensor_id == sensor_id,
            ReadingDay.day < before,
            ReadingDay.deleted_at.is_(None),
        )
        .order_by(ReadingDay.day)
    )
    return [
        Day(day, readings)
        for day, readings in rows
        if retention.goes(day, before=before, kept=kept, newest=newest)
    ]


def _verdict(session: Session, sensor_id: int, now: datetime) -> tuple[datetime, Retention] | None:
    """Return the first reading of a probe that is there, and what the rule says; None without."""
    first_at = session.scalar(
        select(func.min(ReadingRow.measured_at)).where(ReadingRow.sensor_id == sensor_id)
    )
    if first_at is None:
        return None
    today = now.astimezone(LAW_ZONE).date()
    return first_at, retention.judge(_stays(session, sensor_id), first=first_at, today=today)


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


def _excursions(session: Session, sensor_id: int) -> list[tuple[datetime, datetime | None]]:
    """Return when the excursions of a probe were, withdrawn ones too."""
    spans = session.execute(
        select(ExcursionRow.began_at, ExcursionRow.ended_at).where(
            ExcursionRow.sensor_id == sensor_id
        )
    )
    return [(row.began_at, row.ended_at) for row in spans]
