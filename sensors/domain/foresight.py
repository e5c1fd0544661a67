"""Where a temperature goes, and when it will leave its range: pure, over a probe's newest readings.

The slope is that of Theil and Sen, the median of the slopes between every two points: a single
odd reading does not move it. A straight line is meant for the last hour before a limit. Compared
with an exponential approach to the temperature of the room it foretells as well, and needs no
temperature of the room (docs/adr/0020). What cannot be told is not told: too few points, too
short a time, a door that was open, or points that go up and down, as a compressor's play does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import combinations
from statistics import median
from typing import NamedTuple

from sensors.domain.readings import HIGHEST_CENTI, LOWEST_CENTI

# Own choices, measured on the simulated fleet and the recordings (docs/adr/0020).
WINDOW = timedelta(minutes=30)  # Points older than this say nothing about now.
LASTED = timedelta(minutes=10)  # How long a trend must have lasted.
SPACING = timedelta(minutes=2)  # Readings that come closer are passed over.
FEWEST = 3
# Kendall's tau: how much more of the pairs rise than fall, or the reverse, of all pairs.
STEADY_TAU = 0.9
# How far inside a limit, in centi-degrees, a page looks for the instant at which it is passed: a
# compressor's play lies further inside. And how long a straight line is believed.
NEAR_HIGH, NEAR_LOW = 150, 100
BELIEVED = timedelta(hours=2)
_HOUR_S = 3_600


class Point(NamedTuple):
    """A temperature in centi-degrees Celsius at an instant (UTC)."""

    at: datetime
    centi: int


class Unclear(StrEnum):
    """Why nothing can be said."""

    TOO_FEW = "too_few"  # Points, or the time between them.
    NO_TREND = "no_trend"  # They go up and down.
    DOOR = "door"  # It was open: what is measured is the room's air.


@dataclass(frozen=True, slots=True)
class Trend:
    """A line through the points: *centi* is its height at *at*, the newest of them."""

    at: datetime
    centi: int
    centi_per_h: int
    steady: bool  # The points go one way.

    def at_instant(self, instant: datetime) -> int:
        """Return the centi-degrees that the line has at *instant*, within what can be measured."""
        hours = (instant - self.at).total_seconds() / _HOUR_S
        return max(LOWEST_CENTI, min(HIGHEST_CENTI, round(self.centi + self.centi_per_h * hours)))

    def reaches(self, limit_centi: int) -> datetime | None:
        """Return when the line passes *limit_centi*; None where it never will, or has already."""
        missing = limit_centi - self.centi
        if not missing or not self.centi_per_h or (missing > 0) is not (self.centi_per_h > 0):
            return None
        return self.at + timedelta(hours=missing / self.centi_per_h)


def trend(points: Sequence[Point]) -> Trend | Unclear:
    """Return the line through *points*, in order of time; `Unclear.TOO_FEW` where there is none."""
    newest = points[-1].at if points else None
    if newest is None or len(points) < FEWEST or newest - points[0].at < LASTED:
        return Unclear.TOO_FEW
    hours = [(point.at - newest).total_seconds() / _HOUR_S for point in points]
    pairs = [
        (points[later].centi - points[earlier].centi) / (hours[later] - hours[earlier])
        for earlier, later in combinations(range(len(points)), 2)
    ]
    slope = median(pairs)
    height = median(point.centi - slope * hour for point, hour in zip(points, hours, strict=True))
    tau = (sum(pair > 0 for pair in pairs) - sum(pair < 0 for pair in pairs)) / len(pairs)
    return Trend(newest, round(height), round(slope), abs(tau) >= STEADY_TAU)


def kept(points: Sequence[Point], point: Point) -> tuple[Point, ...]:
    """Return *points* with the newer *point*, without those that are too old."""
    return (*still_kept(points, point.at), point)


def still_kept(points: Sequence[Point], at: datetime) -> tuple[Point, ...]:
    """Return those of *points* that still say something at *at*."""
    return tuple(point for point in points if at - point.at <= WINDOW)


def leaves_at(
    points: Sequence[Point], low_centi: int, high_centi: int
) -> datetime | Unclear | None:
    """Return when the temperature will leave the band from *low_centi* to *high_centi* (UTC).

    None where it does not go towards a limit that is near, is not there within two hours, or is
    beyond one already.
    """
    found = trend(points)
    if isinstance(found, Unclear):
        return found
    if not found.steady:
        return Unclear.NO_TREND
    centi, rises = points[-1].centi, found.centi_per_h > 0
    near = centi > high_centi - NEAR_HIGH if rises else centi < low_centi + NEAR_LOW
    if not near or not low_centi <= centi <= high_centi:
        return None
    reached = found.reaches(high_centi if rises else low_centi)
    return reached if reached is not None and reached - found.at <= BELIEVED else None
