"""Imported logger files: which there are, what each brought, and what the device itself said.

A device samples more often than it logs, so its extremes lie at or outside those of its readings;
where ours lie outside of the device's, or far inside, somebody should ask why.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from sensors.payloads.files.contents import Doubt
from sensors.services import importing
from sensors.services.importing import FoundExcursion
from sensors.store.episodes import ExcursionRow
from sensors.store.imports import DeviceDay, LoggerFileRow
from sensors.store.places import ProbePlacement
from sensors.store.readings import ReadingRow
from vaxsite.coldchain.queries import places
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound

SHOWN = 100
# Measured on a recording of 38 days: extremes of readings each five minutes lie within half a
# degree of the device's own. Two devices in one unit may differ by the error of both: US VFC
# allows each 0.5 degrees.
OWN_INSIDE_CENTI = 50
OWN_OUTSIDE_CENTI = 5
OTHERS_CENTI = 100
Extremes = tuple[int | None, int | None]


@dataclass(frozen=True)
class ImportView:
    """One imported file."""

    file_id: int
    name: str
    model: str
    serial: str
    unit: UnitName
    began_at: datetime
    ended_at: datetime
    zone: str
    readings: int
    new_readings: int
    excursions: int
    doubts: Mapping[Doubt, int]
    imported_at: datetime
    imported_by: str


@dataclass(frozen=True)
class DayView:
    """One day by the device, and by our readings; `agrees` is None where we have none."""

    on: date
    low_centi: int
    high_centi: int
    cold_minutes: int
    hot_minutes: int
    our_low_centi: int | None
    our_high_centi: int | None
    agrees: bool | None


@dataclass(frozen=True)
class ImportPage:
    """A file with its days, and the excursions of its probe in its time."""

    view: ImportView
    days: tuple[DayView, ...]
    excursions: tuple[FoundExcursion, ...]


def list_imports(session: Session, *, actor: Actor) -> list[ImportView]:
    """Return the newest imports of the units that *actor* may see."""
    units = places.units_by_id(session, actor=actor)
    rows = session.scalars(
        _files(units).order_by(LoggerFileRow.imported_at.desc(), LoggerFileRow.id.desc())
    )
    return [_view(row, units) for row in rows]


def get_import(session: Session, *, actor: Actor, file_id: int) -> ImportPage:
    """Return one import; raise `NotFound` when *actor* may not see its unit."""
    units = places.units_by_id(session, actor=actor)
    row = _get(session, units, file_id)
    excursions = session.scalars(
        select(ExcursionRow)
        .where(
            ExcursionRow.sensor_id == row.sensor_id,
            ExcursionRow.withdrawn_at.is_(None),
            ExcursionRow.began_at <= row.ended_at,
            (ExcursionRow.ended_at >= row.began_at) | ExcursionRow.ended_at.is_(None),
        )
        .order_by(ExcursionRow.began_at)
    )
    found = tuple(
        FoundExcursion(one.id, one.rule, one.direction, one.began_at, one.ended_at, one.peak_centi)
        for one in excursions
    )
    return ImportPage(_view(row, units), _days(session, row), found)


def get_content(session: Session, *, actor: Actor, file_id: int) -> bytes:
    """Return the file as it came; raise `NotFound` when *actor* may not see its unit."""
    return importing.content_of(_get(session, places.units_by_id(session, actor=actor), file_id))


def _files(units: Iterable[int]) -> Select[LoggerFileRow]:
    return select(LoggerFileRow).where(LoggerFileRow.unit_id.in_(list(units))).limit(SHOWN)


def _get(session: Session, units: Iterable[int], file_id: int) -> LoggerFileRow:
    row = session.scalars(_files(units).where(LoggerFileRow.id == file_id)).one_or_none()
    if row is None:
        raise NotFound
    return row


def _view(row: LoggerFileRow, units: Mapping[int, UnitName]) -> ImportView:
    return ImportView(
        file_id=row.id,
        name=row.name,
        model=row.model,
        serial=row.serial,
        unit=units[row.unit_id],
        began_at=row.began_at,
        ended_at=row.ended_at,
        zone=row.zone,
        readings=row.readings,
        new_readings=row.new_readings,
        excursions=row.excursions,
        doubts={Doubt(name): count for name, count in row.doubts.items()},
        imported_at=row.imported_at,
        imported_by=row.imported_by,
    )


def _days(session: Session, file: LoggerFileRow) -> tuple[DayView, ...]:
    """Compare with the probe's own readings; where it has none, with the others of the unit."""
    days = session.scalars(
        select(DeviceDay).where(DeviceDay.file_id == file.id).order_by(DeviceDay.on_day.desc())
    ).all()
    own = _extremes(session, file.id, ReadingRow.sensor_id == file.sensor_id)
    in_unit = select(ProbePlacement.sensor_id).where(
        ProbePlacement.unit_id == file.unit_id,
        ProbePlacement.from_at <= ReadingRow.measured_at,
        ProbePlacement.to_at.is_(None) | (ProbePlacement.to_at > ReadingRow.measured_at),
    )
    others = {} if own else _extremes(session, file.id, ReadingRow.sensor_id.in_(in_unit))
    return tuple(_day(day, own.get(day.id), others.get(day.id)) for day in days)


def _extremes(session: Session, file_id: int, whose: ColumnElement[bool]) -> dict[int, Extremes]:
    rows = session.execute(
        select(DeviceDay.id, func.min(ReadingRow.centi), func.max(ReadingRow.centi))
        .join(
            ReadingRow,
            (ReadingRow.measured_at >= DeviceDay.from_at)
            & (ReadingRow.measured_at < DeviceDay.to_at),
        )
        .where(DeviceDay.file_id == file_id, whose)
        .group_by(DeviceDay.id)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _day(day: DeviceDay, own: Extremes | None, others: Extremes | None) -> DayView:
    low, high = own or others or (None, None)
    agrees: bool | None = None
    if low is not None and high is not None:
        inside = OWN_INSIDE_CENTI if own else OTHERS_CENTI
        outside = OWN_OUTSIDE_CENTI if own else OTHERS_CENTI
        agrees = (
            -outside <= low - day.low_centi <= inside
            and -outside <= day.high_centi - high <= inside
        )
    return DayView(
        day.on_day,
        day.low_centi,
        day.high_centi,
        day.cold_minutes,
        day.hot_minutes,
        low,
        high,
        agrees,
    )
