"""Does a device's clock go right? Judged by how long after its own time its readings came.

A reading that waited for a network came late, too; but what was stored comes in heaps, each
reading with another delay, while a clock that is wrong delays every reading by the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sensors.domain.readings import LATE_AFTER

# The numbers are the house's own, to be checked by a qualified person.
NEWEST = 20  # Readings that are looked at; with fewer than FEWEST nothing is said.
FEWEST = 5
SLOW_FROM = LATE_AFTER  # Networks and devices that send now and then delay by less.
ALIKE_WITHIN = timedelta(minutes=10)  # Delays that differ by more are those of a backlog.
FAST_FROM = timedelta(minutes=1)  # Nothing is measured after it came; a minute is our own clock's.


class ClockFault(StrEnum):
    """How a clock goes wrong."""

    SLOW = "slow"
    FAST = "fast"
    IMPOSSIBLE = "impossible"  # Its times cannot be, so the receipt times stand in for them.


@dataclass(frozen=True, slots=True)
class ClockDoubt:
    """A clock that is not to be believed; `off` is by how much, where that is known."""

    fault: ClockFault
    off: timedelta | None = None


def judge(delays: Sequence[timedelta], *, impossible: bool) -> ClockDoubt | None:
    """Return what is wrong with a clock by the *delays* of its newest readings, oldest first.

    A delay is receipt less measurement, negative where the reading is from our future.
    *impossible* says that the device lately sent times that cannot be.
    """
    if impossible:
        return ClockDoubt(ClockFault.IMPOSSIBLE)
    if len(delays) < FEWEST:
        return None
    least, most = min(delays), max(delays)
    if least <= -FAST_FROM:
        return ClockDoubt(ClockFault.FAST, -least)
    if least > SLOW_FROM and most - least <= ALIKE_WITHIN:
        return ClockDoubt(ClockFault.SLOW, least)
    return None
