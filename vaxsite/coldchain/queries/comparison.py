"""Several units over one period, side by side: their lines, their extremes, what went wrong."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from sensors.store.episodes import ExcursionRow
from vaxsite.coldchain.queries import places
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.coldchain.queries.series import POINTS, Series, known, read_series
from vaxsite.coldchain.queries.stays import Stay, stays
from vaxsite.coldchain.zoom import Period
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound

# More lines over each other can be told apart by nobody.
AT_MOST = 6
FEWEST_POINTS = 60


@dataclass(frozen=True)
class Compared:
    """One unit: a series for each time that a probe hung in it, and its excursions."""

    unit: UnitName
    series: tuple[Series, ...]
    excursions: int

    @property
    def low_centi(self) -> int | None:
        """The lowest temperature that any probe read."""
        return min(known(one.low_centi for one in self.series), default=None)

    @property
    def high_centi(self) -> int | None:
        """The highest temperature that any probe read."""
        return max(known(one.high_centi for one in self.series), default=None)

    @property
    def mean_centi(self) -> int | None:
        """The mean of all temperatures that were read."""
        buckets = [bucket for one in self.series for bucket in one.buckets]
        count = sum(bucket.readings - bucket.faults for bucket in buckets)
        return round(sum(bucket.sum_centi for bucket in buckets) / count) if count else None

    @property
    def above_s(self) -> int:
        """How long it was above its range: of several probes, the one that was longest."""
        return max((one.above_s for one in self.series), default=0)

    @property
    def below_s(self) -> int:
        """How long it was below its range: of several probes, the one that was longest."""
        return max((one.below_s for one in self.series), default=0)

    @property
    def missing_s(self) -> int:
        """How long readings are missing: of several probes, the one that missed most."""
        return max((one.missing_s + (one.silent_s or 0) for one in self.series), default=0)

    @property
    def gaps(self) -> int:
        """Count the points of the chart in which a hole ends, and a silence that lasts."""
        return sum(
            sum(bucket.missing_s > 0 for bucket in one.buckets) + (one.silent_s is not None)
            for one in self.series
        )

    @property
    def step_s(self) -> int:
        """Of how many seconds the periods are in which time out of range is counted; 0: exact."""
        return max((int(one.step) for one in self.series), default=0)


def compare(
    session: Session, *, actor: Actor, unit_ids: Sequence[int], period: Period
) -> tuple[Compared, ...]:
    """Return the units in the order of *unit_ids*, over *period*.

    All lines together have no more points than the chart of one probe. Raises `NotFound` when
    *actor* may not see one of the units.
    """
    names = places.units_by_id(session, actor=actor)
    if not set(unit_ids) <= names.keys():
        raise NotFound
    found = stays(session, unit_ids, period.since, period.until)
    points = max(FEWEST_POINTS, POINTS // max(1, len(found)))
    excursions = _count_excursions(session, unit_ids, period)
    return tuple(
        Compared(
            unit=names[unit_id],
            series=tuple(
                _series(session, names[unit_id], stay, period, points)
                for stay in found
                if stay.unit_id == unit_id
            ),
            excursions=excursions[unit_id],
        )
        for unit_id in unit_ids
    )


def _series(session: Session, unit: UnitName, stay: Stay, period: Period, points: int) -> Series:
    return read_series(
        session,
        sensor=stay.sensor,
        band=unit.band,
        since=max(period.since, stay.from_at),
        until=min(period.until, stay.to_at or period.until),
        points=points,
    )


def _count_excursions(session: Session, unit_ids: Sequence[int], period: Period) -> Counter[int]:
    rows = session.execute(
        select(ExcursionRow.unit_id, func.count())
        .where(
            ExcursionRow.unit_id.in_(unit_ids),
            ExcursionRow.withdrawn_at.is_(None),
            ExcursionRow.began_at < period.until,
            or_(ExcursionRow.ended_at.is_(None), ExcursionRow.ended_at > period.since),
        )
        .group_by(ExcursionRow.unit_id)
    )
    return Counter(dict(rows.all()))
