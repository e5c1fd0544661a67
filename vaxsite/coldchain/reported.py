"""What a probe tells beside its temperature: the room, the door, the supply, its battery. Pure.

A door and a supply have a beginning: that of the unbroken run of readings that say the same. Where
the run begins with a change that was seen, it is since then; else it is at least since then,
because readings are missing before it, or were not looked at.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple


class Beside(StrEnum):
    """What can be told beside the temperature, in the order in which it is shown."""

    DOOR = "door"
    POWER = "power"
    COMPRESSOR = "compressor"
    AMBIENT = "ambient"
    BATTERY = "battery"


SWITCHES = frozenset({Beside.DOOR, Beside.POWER})  # What has a beginning; a compressor cycles.


class Told(NamedTuple):
    """One reading without its temperature; what the device does not tell is None."""

    at: datetime
    door_open: bool | None = None
    power_on: bool | None = None
    ambient_centi: int | None = None
    battery_pct: int | None = None
    compressor_on: bool | None = None

    def value(self, what: Beside) -> int | None:
        """Return what was told of *what*: centi-degrees, per cent, or 1 for open, on, running."""
        of: dict[Beside, int | None] = {
            Beside.DOOR: self.door_open,
            Beside.POWER: self.power_on,
            Beside.COMPRESSOR: self.compressor_on,
            Beside.AMBIENT: self.ambient_centi,
            Beside.BATTERY: self.battery_pct,
        }
        found = of[what]
        return None if found is None else int(found)


@dataclass(frozen=True)
class Reported:
    """The newest word on one thing: 1 is open, on, running; else centi-degrees or per cent.

    `since` is None for what has no beginning; `seen_change` tells whether it began just then.
    """

    what: Beside
    value: int
    told_at: datetime
    since: datetime | None = None
    seen_change: bool = False


def report(told: Iterable[Told], *, hole: timedelta) -> tuple[Reported, ...]:
    """Return the newest word on each thing that *told*, in any order, speaks of.

    More than *hole* between two words on a door or a supply breaks their run.
    """
    newest_first = sorted(told, key=lambda one: one.at, reverse=True)
    return tuple(_reports(newest_first, hole))


def _reports(newest_first: Sequence[Told], hole: timedelta) -> Iterator[Reported]:
    for what in Beside:
        words = [(one.at, value) for one in newest_first if (value := one.value(what)) is not None]
        if not words:
            continue
        told_at, value = words[0]
        if what in SWITCHES:
            since, seen_change = _begin(words, hole)
            yield Reported(what, value, told_at, since, seen_change)
        else:
            yield Reported(what, value, told_at)


def _begin(words: Sequence[tuple[datetime, int]], hole: timedelta) -> tuple[datetime, bool]:
    """Return where the run of the newest word begins, and whether the change was seen."""
    since, value = words[0]
    for at, before in words[1:]:
        if since - at > hole:
            return since, False
        if before != value:
            return since, True
        since = at
    return since, False
