"""From a logger's clock to instants: pure, one place for all makes.

A logger keeps the offset that its clock had when it was started; the software of some makes writes
local times that follow the clock changes of the place. Which of the two a file does shows in its
steps: read rightly they are even. Nobody can be sure, so a change within the file is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from statistics import median


@dataclass(frozen=True)
class Placed:
    """The instants of a file in UTC, and whether the zone changed its clock meanwhile."""

    instants: tuple[datetime, ...]
    clock_changed: bool
    fixed: timedelta | None  # The one offset, or None where the file follows the changes.
    zone: tzinfo

    def midnight(self, on: date) -> datetime:
        """Return the instant at which the day *on* of the logger's calendar begins."""
        local = datetime.combine(on, time())
        if self.fixed is not None:
            return (local - self.fixed).replace(tzinfo=UTC)
        return local.replace(tzinfo=self.zone).astimezone(UTC)


def place(times: Sequence[datetime], zone: tzinfo) -> Placed:
    """Read *times*, as the logger showed them, in *zone*. They are in the order of the file."""
    offsets = {_offset(one, zone) for one in times}
    if not offsets:
        return Placed((), clock_changed=False, fixed=None, zone=zone)
    first = _offset(times[0], zone)
    steady = tuple((one - first).replace(tzinfo=UTC) for one in times)
    if len(offsets) == 1:
        return Placed(steady, clock_changed=False, fixed=first, zone=zone)
    following = _following(times, zone)
    if _uneven(following) < _uneven(steady):
        return Placed(following, clock_changed=True, fixed=None, zone=zone)
    return Placed(steady, clock_changed=True, fixed=first, zone=zone)


def _offset(local: datetime, zone: tzinfo) -> timedelta:
    return local.replace(tzinfo=zone).utcoffset() or timedelta()


def _following(times: Sequence[datetime], zone: tzinfo) -> tuple[datetime, ...]:
    """Read the hour that comes twice as its second time where it would else step back."""
    instants: list[datetime] = []
    for one in times:
        local = one.replace(tzinfo=zone)
        instant = local.astimezone(UTC)
        if instants and instant < instants[-1]:
            instant = local.replace(fold=1).astimezone(UTC)
        instants.append(instant)
    return tuple(instants)


def _uneven(instants: Sequence[datetime]) -> int:
    """Count the steps that are not the usual one."""
    steps = [(after - before).total_seconds() for before, after in pairwise(instants)]
    usual = median(steps) if steps else 0.0
    return sum(step != usual for step in steps)
