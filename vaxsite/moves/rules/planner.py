"""Where everybody goes who cannot stay. Pure: the same question has the same answer.

People choose one after the other, in the order of their rank: the priority group, then the time at
which they booked. Each takes the best place that is left for them, so nobody of a later rank has a
place that an earlier one wanted. Best is: no other dose moves; within 14 days of the time that was
lost; the same site, then the nearest; the fewest days away; the same time of day.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from vaxsite.moves.rules.states import Why
from vaxsite.slots.rules import Doses

LATE_DAYS = 14  # House rule: rather another site than more days away than this.
Rank = tuple[int, str, str]  # The group, the instant of booking, the identifier.
Window = tuple[date, date | None]


@dataclass(frozen=True, slots=True)
class Spot:
    """A slot with free seats. *minute* counts from midnight of the site."""

    slot_id: int
    site_id: int
    day: date
    minute: int
    seats: int
    doses: Doses = Doses.ANY
    kept_for: str | None = None  # The group for which its seats are set aside.


@dataclass(frozen=True, slots=True)
class Leg:
    """One dose of a unit: where it stands now. *fixed* may never move."""

    slot_id: int
    site_id: int
    day: date
    minute: int
    must_move: bool
    fixed: bool = False
    numbers: tuple[int, ...] = (1,)  # Of the doses in their series.


@dataclass(frozen=True, slots=True)
class Unit:
    """People who come together to the same times; *legs* are their doses in order."""

    key: str
    rank: Rank
    size: int
    legs: tuple[Leg, ...]

    @property
    def leaving(self) -> int:
        """How many seats must be given up."""
        return self.size * sum(leg.must_move for leg in self.legs)


class Terms(Protocol):
    """What the rules say of a unit: days of both ends, both of them included."""

    def window(self, unit: Unit, before: tuple[date, ...]) -> Window | None:
        """Return the days of the dose after those planned on *before*."""

    def allowed(self, unit: Unit, site_id: int, day: date) -> bool:
        """Tell whether it is the turn of everybody of the unit."""

    def of_group(self, unit: Unit, group_code: str, day: date) -> bool:
        """Tell whether everybody of the unit is in the group on that day."""

    def distance(self, site_id: int, other: int) -> int:
        """Return how far two sites are from each other; 0 is the same."""


@dataclass(frozen=True, slots=True)
class Plan:
    """For each unit the slot of every leg, or why there is none."""

    places: dict[str, tuple[int, ...]]
    unplaced: dict[str, Why]


def inside(day: date, window: Window) -> bool:
    """Tell whether *day* lies in the window."""
    return window[0] <= day and (window[1] is None or day <= window[1])


def short(units: Sequence[Unit], seats: int) -> list[Unit]:
    """Return whom a lack of doses for *seats* touches: the last in rank, whole units."""
    chosen: list[Unit] = []
    for unit in sorted(units, key=lambda one: one.rank, reverse=True):
        if seats <= 0:
            break
        chosen.append(unit)
        seats -= unit.leaving
    return chosen


def plan(units: Sequence[Unit], spots: Sequence[Spot], terms: Terms, *, seed: str) -> Plan:
    """Give every unit, by rank, the best place that is left; the seed breaks ties."""
    board, found = _Board(spots, terms, seed), Plan({}, {})
    for unit in sorted(units, key=lambda one: one.rank):
        places = _fit(board, unit, (), more=False)
        if places is None and len(unit.legs) > 1:
            places = _fit(board, unit, (), more=True)
        if places is None:
            found.unplaced[unit.key] = _why(terms, unit)
            continue
        board.take(unit, places)
        found.places[unit.key] = places
    return found


@dataclass
class _Board:
    """The spots, with what is still free in them."""

    spots: Sequence[Spot]
    terms: Terms
    seed: str
    free: dict[int, int] = field(init=False)
    days: dict[tuple[int, date], list[Spot]] = field(init=False)
    left: dict[tuple[int, date], int] = field(init=False)
    where: dict[int, tuple[int, date]] = field(init=False)
    orders: dict[tuple[int, date], list[tuple[int, date]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.free = {spot.slot_id: spot.seats for spot in self.spots}
        self.where = {spot.slot_id: (spot.site_id, spot.day) for spot in self.spots}
        self.days = defaultdict(list)
        self.left = defaultdict(int)
        for spot in self.spots:
            self.days[spot.site_id, spot.day].append(spot)
            self.left[spot.site_id, spot.day] += spot.seats

    def candidates(self, unit: Unit, leg: Leg, window: Window) -> Iterator[Spot]:
        """Give the best spot of each day of each site, the best day first."""
        for where in self._order(leg):
            if self.left[where] < unit.size or not inside(where[1], window):
                continue
            free = [
                one
                for one in self.days[where]
                if self.free[one.slot_id] >= unit.size
                and all(one.doses.admits(number) for number in leg.numbers)
                and (one.kept_for is None or self.terms.of_group(unit, one.kept_for, one.day))
            ]
            if free and self.terms.allowed(unit, *where):
                yield min(free, key=lambda one: self._wish(leg, one))

    def _wish(self, leg: Leg, one: Spot) -> tuple[int, str]:
        return abs(one.minute - leg.minute), self._tie(one.slot_id)

    def take(self, unit: Unit, places: tuple[int, ...]) -> None:
        """Take the seats of the legs that move."""
        for place, leg in zip(places, unit.legs, strict=True):
            if place != leg.slot_id:
                self.free[place] -= unit.size
                self.left[self.where[place]] -= unit.size

    def _order(self, leg: Leg) -> list[tuple[int, date]]:
        key = (leg.site_id, leg.day)
        if key not in self.orders:
            self.orders[key] = sorted(self.days, key=lambda where: self._cost(leg, where))
        return self.orders[key]

    def _cost(self, leg: Leg, where: tuple[int, date]) -> tuple[bool, int, int, str]:
        away = abs((where[1] - leg.day).days)
        far = self.terms.distance(leg.site_id, where[0])
        return away > LATE_DAYS, far, away, self._tie(*where)

    def _tie(self, *what: object) -> str:
        return hashlib.sha256(repr((self.seed, what)).encode()).hexdigest()


def _fit(
    board: _Board, unit: Unit, days: tuple[date, ...], *, more: bool
) -> tuple[int, ...] | None:
    """Return slots for the legs after those on *days*; with *more* other doses may move too."""
    if len(days) == len(unit.legs):
        return ()
    leg = unit.legs[len(days)]
    window = board.terms.window(unit, days)
    if not leg.must_move and (not days or _stays(window, leg)):
        rest = _fit(board, unit, (*days, leg.day), more=more)
        if rest is not None:
            return (leg.slot_id, *rest)
    if window is None or not (leg.must_move or (more and not leg.fixed)):
        return None
    hopeless = set[date]()
    for spot in board.candidates(unit, leg, window):
        if spot.day in hopeless or (days and spot.day <= days[-1]):
            continue
        rest = _fit(board, unit, (*days, spot.day), more=more)
        if rest is not None:
            return (spot.slot_id, *rest)
        hopeless.add(spot.day)
    return None


def _stays(window: Window | None, leg: Leg) -> bool:
    return leg.fixed or (window is not None and inside(leg.day, window))


def _why(terms: Terms, unit: Unit) -> Why:
    days = tuple(leg.day for leg in unit.legs)
    first = next(place for place, leg in enumerate(unit.legs) if leg.must_move)
    return Why.NO_SEAT if terms.window(unit, days[:first]) else Why.NOT_GIVEN
