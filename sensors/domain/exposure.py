"""What a probe's readings say of a window of time: how long outside, and how warm on the whole.

The convention is that of the rules: a temperature holds until the next known one, but not across
a gap. Time of which nothing is known is stated and never filled. A fault is no temperature.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sensors.domain.units import Band

# Mean kinetic temperature as in USP <1160>: heat of activation 83.144 kJ/mol and the gas constant
# 8.3144 J/(mol K), so that their ratio is 10,000 K. To be checked by a qualified person against
# the official text. What is printed names the heat of activation, for it changes the result.
DELTA_H_KJ = 83.144
GAS_CONSTANT_KJ = 0.0083144
# USP <1079.2>: refrigerated goods are looked at over 24 consecutive hours with the excursion.
WINDOW = timedelta(hours=24)
_ZERO_K = 273.15
_NONE = timedelta()


class Sample(NamedTuple):
    """A temperature at an instant, as it counts: calibrated. None is a fault."""

    at: datetime
    centi: int | None


class Span(NamedTuple):
    """A time in which one temperature held."""

    lasted: timedelta
    centi: int


@dataclass(frozen=True, slots=True)
class Exposure:
    """Time above, below and inside a band during [since, until), and time without knowledge.

    `mean_kinetic` and `mean` are degrees Celsius over the known time, weighted by time; None where
    nothing is known.
    """

    since: datetime
    until: datetime
    above: timedelta
    below: timedelta
    inside: timedelta
    unknown: timedelta
    mean_kinetic: float | None
    mean: float | None
    lowest_centi: int | None
    highest_centi: int | None

    @property
    def outside(self) -> timedelta:
        """All time out of the band."""
        return self.above + self.below


def measure(
    samples: Iterable[Sample],
    band: Band,
    since: datetime,
    until: datetime,
    max_gap: timedelta,
) -> Exposure:
    """Add up *samples* over [since, until).

    They are in order of time, and begin one known temperature before *since* where there is one
    within *max_gap*: it is what held when the window opened.
    """
    return sum_up(list(spans_of(samples, since, until, max_gap)), band, since, until)


def sum_up(spans: Sequence[Span], band: Band, since: datetime, until: datetime) -> Exposure:
    """Add up *spans*, in any order and each within [since, until)."""
    above = below = inside = _NONE
    for span in spans:
        if span.centi > band.high_centi:
            above += span.lasted
        elif span.centi < band.low_centi:
            below += span.lasted
        else:
            inside += span.lasted
    centis = [span.centi for span in spans]
    return Exposure(
        since,
        until,
        above,
        below,
        inside,
        max(until - since, _NONE) - above - below - inside,
        mean_kinetic(spans),
        _mean(spans),
        min(centis, default=None),
        max(centis, default=None),
    )


def spans_of(
    samples: Iterable[Sample], since: datetime, until: datetime, max_gap: timedelta
) -> Iterator[Span]:
    """Yield how long each known temperature held within [since, until); nothing for a gap.

    The newest one holds for no time: what came after it is not known.
    """
    before: Sample | None = None
    for sample in samples:
        if sample.centi is None:
            continue
        if before is not None and before.centi is not None and sample.at - before.at <= max_gap:
            lasted = min(sample.at, until) - max(before.at, since)
            if lasted > _NONE:
                yield Span(lasted, before.centi)
        before = sample


def mean_kinetic(spans: Iterable[Span], delta_h_kj: float = DELTA_H_KJ) -> float | None:
    """Return the mean kinetic temperature of *spans* in degrees Celsius; None without any time.

    It hides a freeze, and excuses none.
    """
    ratio = delta_h_kj / GAS_CONSTANT_KJ
    seconds = weighted = 0.0
    for span in spans:
        lasted_s = span.lasted.total_seconds()
        seconds += lasted_s
        weighted += lasted_s * math.exp(-ratio / (span.centi / 100 + _ZERO_K))
    if seconds == 0:
        return None
    return ratio / -math.log(weighted / seconds) - _ZERO_K


def _mean(spans: Iterable[Span]) -> float | None:
    seconds = weighted = 0.0
    for span in spans:
        seconds += span.lasted.total_seconds()
        weighted += span.lasted.total_seconds() * span.centi / 100
    return weighted / seconds if seconds else None
