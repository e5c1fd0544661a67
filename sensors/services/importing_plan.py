"""What importing a file would mean: its readings placed in time and beside what is stored.

Nothing is written here. A reading is known already where one of the same probe stands within the
step of the file's clock (a minute, often) with the same temperature: it may have come live.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.readings import AHEAD_AT_MOST, EARLIEST, Reading, Source
from sensors.payloads.files import clock
from sensors.payloads.files.clock import Placed
from sensors.payloads.files.contents import DateOrder, Doubt, LoggerFile
from sensors.services.known import KnownSensor
from sensors.store.places import Site, StorageUnit
from sensors.store.readings import ReadingRow

# Loggers write tenths of a degree; the same reading live may carry hundredths.
_SAME_CENTI = 5


class Refusal(StrEnum):
    """Why a file that can be read must not be imported."""

    UNKNOWN_DEVICE = "unknown_device"
    SEVERAL_PROBES = "several_probes"
    NO_UNIT = "no_unit"  # The logger hung in no unit in the time of the file.
    UNKNOWN_ZONE = "unknown_zone"
    FUTURE = "future"  # Times after now: the clock or the zone is wrong.
    TOO_OLD = "too_old"  # Times before 2015: the clock had lost its time.
    DOUBTFUL = "doubtful"  # Doubts that nobody accepted.


class ImportRefused(Exception):
    """The file must not be imported so; *detail* names the serial or the doubts."""

    def __init__(self, reason: Refusal, **detail: str) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Choice:
    """What a person said about a file; what they left open is None.

    `zone` is how the logger's clock was set, an IANA name; without it the file's own zone counts,
    else that of the site. [since, until] are the days that the file is expected to cover.
    """

    unit_id: int | None = None
    since: date | None = None
    until: date | None = None
    zone: str | None = None
    dates: DateOrder | None = None


@dataclass(frozen=True)
class Plan:
    """What an import of *file* would store; *doubts* are counted."""

    file: LoggerFile
    sensor: KnownSensor
    unit_id: int  # Where it hung at the end of the file.
    zone: str
    began_at: datetime
    ended_at: datetime
    new: tuple[Reading, ...]
    known: int
    doubts: Mapping[Doubt, int]
    placed: Placed

    def midnight(self, on: date) -> datetime:
        """Return the instant at which the day *on* of the logger's calendar begins."""
        return self.placed.midnight(on)


def make_plan(
    session: Session, file: LoggerFile, sensor: KnownSensor, choice: Choice, *, now: datetime
) -> Plan:
    """Return what importing *file* for *sensor* would do; raise `ImportRefused` on its clock."""
    site_zone = _site_zone(session, sensor)
    zone, named = _zone(file, choice, site_zone)
    times = [file.began, *(one.at for one in file.readings), file.ended]
    placed = clock.place(times, zone)
    began_at, ended_at = min(placed.instants), max(placed.instants)
    if ended_at > now + AHEAD_AT_MOST:
        raise ImportRefused(Refusal.FUTURE, ended=f"{file.ended:%Y-%m-%d %H:%M}")
    if began_at < EARLIEST:
        raise ImportRefused(Refusal.TOO_OLD, began=f"{file.began:%Y-%m-%d %H:%M}")
    units = _units(sensor, began_at, ended_at)
    readings = _readings(file, sensor.id, placed, now)
    new, differing = _unknown(session, sensor.id, readings, file.resolution_s)
    asked = {
        Doubt.CLOCK_CHANGE: placed.clock_changed,
        Doubt.ZONE_ASSUMED: choice.zone is None and file.offset is None,
        Doubt.ZONE_OTHER: choice.zone is None and _other_zone(file, site_zone),
        Doubt.DIFFERS: differing,
        Doubt.OTHER_UNIT: choice.unit_id not in (None, *units),
        Doubt.MOVED: len(units) - 1,
        Doubt.OTHER_PERIOD: _outside(file, choice),
    }
    doubts = {one.doubt: one.count for one in file.doubts}
    doubts |= {doubt: int(count) for doubt, count in asked.items() if count}
    known = len(readings) - len(new) - differing
    return Plan(
        file, sensor, units[-1], named, began_at, ended_at, tuple(new), known, doubts, placed
    )


def _site_zone(session: Session, sensor: KnownSensor) -> str:
    """Return the zone to which the logger was set, most likely: that of its newest unit."""
    if not sensor.places:
        raise ImportRefused(Refusal.NO_UNIT, serial=sensor.device)
    return session.scalars(
        select(Site.timezone)
        .join(StorageUnit, StorageUnit.site_id == Site.id)
        .where(StorageUnit.id == sensor.places[-1].unit_id)
    ).one()


def _units(sensor: KnownSensor, began_at: datetime, ended_at: datetime) -> list[int]:
    """Return the units where the logger hung in its time, oldest first; at least one."""
    units = [
        place.unit_id
        for place in sensor.places
        if place.from_at <= ended_at and (place.to_at is None or began_at < place.to_at)
    ]
    if not units:
        raise ImportRefused(Refusal.NO_UNIT, serial=sensor.device)
    return list(dict.fromkeys(units))


def _zone(file: LoggerFile, choice: Choice, site_zone: str) -> tuple[tzinfo, str]:
    if choice.zone is None and file.offset is not None:
        zone = timezone(file.offset)
        return zone, str(zone)
    name = choice.zone or site_zone
    try:
        return ZoneInfo(name), name
    except (ZoneInfoNotFoundError, ValueError, OSError) as err:
        raise ImportRefused(Refusal.UNKNOWN_ZONE, zone=name[:60]) from err


def _other_zone(file: LoggerFile, site_zone: str) -> bool:
    """Tell whether the file's own offset is not the one that the site has at that time."""
    local = file.ended.replace(tzinfo=ZoneInfo(site_zone))
    return file.offset is not None and local.utcoffset() != file.offset


def _outside(file: LoggerFile, choice: Choice) -> bool:
    too_early = choice.since is not None and file.began.date() < choice.since
    return too_early or (choice.until is not None and file.ended.date() > choice.until)


def _readings(file: LoggerFile, sensor_id: int, placed: Placed, now: datetime) -> list[Reading]:
    """Return the readings in time; of two at one instant the first of the file stays."""
    found: dict[datetime, Reading] = {}
    instants = placed.instants[1:-1]  # Without the bounds of the file.
    for one, at in zip(file.readings, instants, strict=True):
        found.setdefault(
            at,
            Reading(
                sensor_id,
                at,
                now,
                one.centi,
                one.fault,
                source=Source.IMPORTED,
                humidity_pct=one.humidity_pct,
            ),
        )
    return [found[at] for at in sorted(found)]


def _unknown(
    session: Session, sensor_id: int, readings: list[Reading], resolution_s: int
) -> tuple[list[Reading], int]:
    """Return those of *readings* that nobody stored yet, and how many are stored differently."""
    if not readings:
        return [], 0
    step = timedelta(seconds=resolution_s)
    stored = session.execute(
        select(ReadingRow.measured_at, ReadingRow.centi).where(
            ReadingRow.sensor_id == sensor_id,
            ReadingRow.measured_at >= readings[0].measured_at,
            ReadingRow.measured_at < readings[-1].measured_at + step,
        )
    )
    near: dict[datetime, list[tuple[datetime, int | None]]] = {}
    for at, centi in stored:
        near.setdefault(_floor(at, step), []).append((at, centi))
    new: list[Reading] = []
    differing = 0
    for reading in readings:
        beside = near.get(_floor(reading.measured_at, step), [])
        if any(_same(reading.centi, centi) for _, centi in beside):
            continue
        if any(at == reading.measured_at for at, _ in beside):
            differing += 1
        else:
            new.append(reading)
    return new, differing


def _floor(at: datetime, step: timedelta) -> datetime:
    return at - (at - EARLIEST.replace(tzinfo=UTC)) % step


def _same(one: int | None, other: int | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= _SAME_CENTI
