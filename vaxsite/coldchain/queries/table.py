"""A series as a table: the same as its chart, for who cannot see or use the chart."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from vaxsite.coldchain.queries.series import Bucket, Series, known

# Lengths of a line of the table, in seconds; the first that needs few enough lines is taken.
STEPS_S = (1_800, 3_600, 21_600, 86_400, 7 * 86_400, 28 * 86_400, 365 * 86_400)
LINES = 49


@dataclass(frozen=True)
class Line:
    """One line: what was read from `at` on."""

    at: datetime
    low_centi: int | None
    high_centi: int | None
    readings: int
    faults: int
    missing_s: int


def lines_of(series: Series, timezone: str) -> tuple[Line, ...]:
    """Return *series* in at most `LINES` lines that begin at whole hours or days of the place."""
    length_s = (series.until - series.since).total_seconds()
    step_s = next((step for step in STEPS_S if length_s / step < LINES - 1), STEPS_S[-1])
    offset = series.since.astimezone(ZoneInfo(timezone)).utcoffset() or timedelta()
    offset_s = int(offset.total_seconds())
    found: dict[int, list[Bucket]] = defaultdict(list)
    for bucket in series.buckets:
        found[(int(bucket.first_at.timestamp()) + offset_s) // step_s].append(bucket)
    return tuple(
        _line(datetime.fromtimestamp(place * step_s - offset_s, tz=UTC), buckets)
        for place, buckets in found.items()
    )


def _line(at: datetime, buckets: list[Bucket]) -> Line:
    return Line(
        at=at,
        low_centi=min(known(bucket.low_centi for bucket in buckets), default=None),
        high_centi=max(known(bucket.high_centi for bucket in buckets), default=None),
        readings=sum(bucket.readings for bucket in buckets),
        faults=sum(bucket.faults for bucket in buckets),
        missing_s=sum(bucket.missing_s for bucket in buckets),
    )


def together(one: Line | None, other: Line) -> Line:
    """Return two lines of the same time as one, as of two probes in a unit."""
    if one is None:
        return other
    return Line(
        at=other.at,
        low_centi=min(known((one.low_centi, other.low_centi)), default=None),
        high_centi=max(known((one.high_centi, other.high_centi)), default=None),
        readings=one.readings + other.readings,
        faults=one.faults + other.faults,
        missing_s=max(one.missing_s, other.missing_s),
    )
