"""A probe's exposure over the windows that people ask about, added up by the database at once.

The seconds that each temperature held are counted in one pass over the readings, so that a month
of them costs a few hundred sums. The convention is that of `sensors.domain.exposure`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Row, Subquery, case, cast, extract, func, select
from sqlalchemy.orm import Session

from sensors.domain import exposure
from sensors.domain.exposure import Exposure
from sensors.domain.rules import MAX_GAP_S
from sensors.domain.units import Band
from sensors.store.calibration import corrections, offset_column
from sensors.store.places import ProbePlacement
from sensors.store.readings import ReadingRow
from vaxsite.coldchain.queries.wall import UnitView
from vaxsite.core.decisions import N_

MAX_GAP = timedelta(seconds=MAX_GAP_S)


class Over(StrEnum):
    """A stretch of time that ends now."""

    HOURS_24 = "24h"
    DAYS_7 = "7d"
    DAYS_30 = "30d"
    MONTH = "month"  # Since the first day of this month, on the clock of the site.


OVER_LABELS: Mapping[Over, str] = {
    Over.HOURS_24: N_("24 hours"),
    Over.DAYS_7: N_("7 days"),
    Over.DAYS_30: N_("30 days"),
    Over.MONTH: N_("This month"),
}
_LENGTHS = {
    Over.HOURS_24: timedelta(hours=24),
    Over.DAYS_7: timedelta(days=7),
    Over.DAYS_30: timedelta(days=30),
}


@dataclass(frozen=True)
class ProbeExposures:
    """What one probe of a unit says of each window, no longer back than it hangs there."""

    sensor_id: int
    device: str
    channel: str
    over: Mapping[Over, Exposure]


def list_exposures(session: Session, view: UnitView, *, now: datetime) -> list[ProbeExposures]:
    """Return the exposures of every probe that hangs in a unit now."""
    since = dict(
        session.execute(
            select(ProbePlacement.sensor_id, ProbePlacement.from_at).where(
                ProbePlacement.unit_id == view.unit.unit_id, ProbePlacement.to_at.is_(None)
            )
        ).all()
    )
    begins = begin_of(now, view.unit.timezone)
    return [
        ProbeExposures(
            probe.sensor_id,
            probe.device,
            probe.channel,
            read_exposures(
                session,
                sensor_id=probe.sensor_id,
                band=view.unit.band,
                since={one: max(at, since.get(probe.sensor_id, at)) for one, at in begins.items()},
                until=now,
            ),
        )
        for probe in view.probes
    ]


def begin_of(now: datetime, timezone: str) -> dict[Over, datetime]:
    """Return when each window that ends at *now* begins."""
    first = now.astimezone(ZoneInfo(timezone)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0, fold=0
    )
    begins = {one: now - length for one, length in _LENGTHS.items()}
    return {**begins, Over.MONTH: first.astimezone(now.tzinfo)}


def read_exposures(
    session: Session,
    *,
    sensor_id: int,
    band: Band,
    since: Mapping[Over, datetime],
    until: datetime,
) -> dict[Over, Exposure]:
    """Return what the readings of a probe say of each window [since, until), to whole seconds."""
    one = _held(session, sensor_id, min(since.values()), until)
    sums = {over: _seconds(one, begins, until).label(over.name) for over, begins in since.items()}
    rows: Sequence[Row[Any]] = session.execute(  # Any: sums, whose number types differ.
        select(one.c.centi, *sums.values()).group_by(one.c.centi)
    ).all()
    return {
        over: exposure.sum_up(
            [
                exposure.Span(timedelta(seconds=int(row._mapping[over.name])), row.centi)  # noqa: SLF001 - SQLAlchemy's public name
                for row in rows
                if row._mapping[over.name]  # noqa: SLF001 - SQLAlchemy's public name
            ],
            band,
            begins,
            until,
        )
        for over, begins in since.items()
    }


def _held(session: Session, sensor_id: int, since: datetime, until: datetime) -> Subquery:
    """Select each temperature with the seconds of its reading and of the next known one."""
    known_of = corrections(session, sensor_id).get(sensor_id, [])
    centi = ReadingRow.centi + offset_column(known_of, ReadingRow.measured_at, ReadingRow.centi)
    at = cast(extract("epoch", ReadingRow.measured_at), BigInteger)
    one = (
        select(
            centi.label("centi"),
            at.label("began"),
            func.lead(at).over(order_by=ReadingRow.measured_at).label("ended"),
        )
        .where(
            ReadingRow.sensor_id == sensor_id,
            ReadingRow.centi.is_not(None),
            ReadingRow.measured_at >= since - MAX_GAP,
            ReadingRow.measured_at <= until + MAX_GAP,
        )
        .subquery()
    )
    return select(one).where(one.c.ended - one.c.began <= MAX_GAP_S).subquery()


def _seconds(one: Subquery, since: datetime, until: datetime) -> ColumnElement[int]:
    """Sum the seconds that each span has within [since, until)."""
    opens, closes = int(since.timestamp()), int(until.timestamp())
    begins = case((one.c.began > opens, one.c.began), else_=opens)
    ends = case((one.c.ended < closes, one.c.ended), else_=closes)
    return func.sum(case((ends > begins, ends - begins), else_=0))
