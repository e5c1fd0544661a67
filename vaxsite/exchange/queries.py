"""What goes into a transmission of our own units: their readings, by the probe that made them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from sensors.domain import calibration
from sensors.domain.calibration import Correction
from sensors.domain.units import Profile
from sensors.services import known
from sensors.store.episodes import ExcursionRow
from sensors.store.places import ProbePlacement, Sensor, Site, StorageUnit
from sensors.store.readings import ReadingRow
from vaxsite.core.decisions import N_
from vaxsite.core.errors import DomainError, NotFound
from vaxsite.exchange.rules import MAX_RECORDS, Appliance, Record

ALARMS = {"hot": "HEAT", "cold": "FRZE"}


class TooManyReadings(DomainError):
    """The period holds more than fits into one transmission."""

    sentence = N_("This period holds too many readings for one transmission. Choose a shorter one.")
    status = 422


@dataclass(frozen=True)
class _Stood:
    """An alarm that stood during [began_at, ended_at)."""

    code: str
    began_at: datetime
    ended_at: datetime | None

    def covers(self, at: datetime) -> bool:
        return self.began_at <= at and (self.ended_at is None or at < self.ended_at)


def unit_named(session: Session, site: str, unit: str) -> int:
    """Return the id of a unit by the codes of site and unit; raise `NotFound`."""
    found = session.scalar(
        select(StorageUnit.id)
        .join(Site, Site.id == StorageUnit.site_id)
        .where(Site.code == site, StorageUnit.code == unit)
    )
    if found is None:
        raise NotFound
    return found


def appliances(
    session: Session, unit_id: int, *, since: datetime, until: datetime
) -> list[Appliance]:
    """Return what each probe read in the unit during [since, until), oldest placement first."""
    return _appliances(
        session, unit_id, ReadingRow.measured_at >= since, ReadingRow.measured_at < until
    )


def came_in(
    session: Session, unit_id: int, *, since: datetime, until: datetime, made_since: datetime
) -> list[Appliance]:
    """Return what came in during [since, until) and was read at *made_since* or later."""
    return _appliances(
        session,
        unit_id,
        ReadingRow.measured_at >= made_since,
        ReadingRow.received_at >= since,
        ReadingRow.received_at < until,
    )


def _appliances(session: Session, unit_id: int, *wanted: ColumnElement[bool]) -> list[Appliance]:
    """Return what each probe read in the unit, of the readings *wanted*.

    The first probe bears the unit's own name; others have theirs added, so that two probes of one
    unit never give one appliance two values for one instant.
    """
    unit, site = session.execute(
        select(StorageUnit, Site)
        .join(Site, Site.id == StorageUnit.site_id)
        .where(StorageUnit.id == unit_id)
    ).one()
    found: list[Appliance] = []
    left = MAX_RECORDS
    for sensor in _probes(session, unit_id):
        rows = _readings(session, sensor.id, unit_id, wanted, left + 1)
        left -= len(rows)
        if left < 0:
            raise TooManyReadings
        probe = "/".join(part for part in (sensor.device, sensor.channel) if part)
        found.append(
            Appliance(
                amid=f"{site.code}/{unit.code}" + (f"/{probe}" if found else ""),
                facility=site.code,
                facility_name=site.name_en,
                profile=Profile(unit.profile),
                probe=probe,
                records=_records(
                    rows,
                    _stood(session, sensor.id, unit_id),
                    known.load_sensor(session, sensor.id).corrections if rows else (),
                ),
            )
        )
    return found


def _probes(session: Session, unit_id: int) -> Sequence[Sensor]:
    ids = select(ProbePlacement.sensor_id).where(ProbePlacement.unit_id == unit_id)
    return session.scalars(select(Sensor).where(Sensor.id.in_(ids)).order_by(Sensor.id)).all()


def _readings(
    session: Session,
    sensor_id: int,
    unit_id: int,
    wanted: Sequence[ColumnElement[bool]],
    most: int,
) -> Sequence[ReadingRow]:
    hung = ProbePlacement
    return session.scalars(
        select(ReadingRow)
        .join(hung, hung.sensor_id == ReadingRow.sensor_id)
        .where(
            ReadingRow.sensor_id == sensor_id,
            *wanted,
            hung.unit_id == unit_id,
            hung.from_at <= ReadingRow.measured_at,
            (hung.to_at.is_(None)) | (ReadingRow.measured_at < hung.to_at),
        )
        .order_by(ReadingRow.measured_at)
        .limit(most)
    ).all()


def _stood(session: Session, sensor_id: int, unit_id: int) -> list[_Stood]:
    rows = session.scalars(
        select(ExcursionRow).where(
            ExcursionRow.sensor_id == sensor_id,
            ExcursionRow.unit_id == unit_id,
            ExcursionRow.withdrawn_at.is_(None),
        )
    )
    return [_Stood(ALARMS[row.direction], row.began_at, row.ended_at) for row in rows]


def _records(
    rows: Sequence[ReadingRow], stood: Sequence[_Stood], corrections: Sequence[Correction]
) -> list[Record]:
    made: list[Record] = []
    for row in rows:
        centi = calibration.corrected(row.centi, row.measured_at, corrections)
        made.append(
            Record(
                at=row.measured_at,
                centi=centi,
                fault=row.fault,
                ambient_centi=row.ambient_centi,
                humidity_pct=row.humidity_pct,
                alarms=_alarms(row, stood),
                offset_centi=0 if centi is None or row.centi is None else centi - row.centi,
            )
        )
    return made


def _alarms(row: ReadingRow, stood: Sequence[_Stood]) -> tuple[str, ...]:
    codes = {one.code for one in stood if one.covers(row.measured_at)}
    if row.power_on is False:
        codes.add("POWR")
    return tuple(sorted(codes))
