"""Can everybody who has a first dose have the second one: a seat in time, and a dose in it?

A question of flow, not of counting: who is vaccinated first in week 1 needs a seat and a dose of
weeks 4 to 8, which those of week 2 need too. People flow into seats of the days of their window,
and through these into doses that are at the clinic on that day. Pure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from vaxsite.plans.rules.flow import UNBOUNDED, Network

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
Place = tuple[int, date]  # A clinic on one day.
TRIES = 8  # Of taking back what lacks doses, before halving what is left.


@dataclass(frozen=True, slots=True)
class Need:
    """*count* people who need a next dose of a clinic from *earliest* to *latest*, both included.

    `given_on` is the day of the dose before; with *offered* nobody has that seat yet. Without a
    window only the dose on that day itself is needed.
    """

    site_id: int
    given_on: date
    count: int
    earliest: date | None
    latest: date | None
    offered: bool = False

    def days(self) -> Iterator[date]:
        """Give the days of the window."""
        if self.earliest is not None and self.latest is not None:
            for number in range((self.latest - self.earliest).days + 1):
                yield self.earliest + number * DAY


@dataclass(frozen=True, slots=True)
class Supply:
    """Doses that a clinic can give from one day to another, both included."""

    site_id: int
    first_on: date
    last_on: date | None  # Null where nobody knows yet when they expire.
    doses: int

    def good_on(self, day: date) -> bool:
        """Tell whether they may be given on that day."""
        return self.first_on <= day and (self.last_on is None or day <= self.last_on)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is promised, what is offered and what there is, of one vaccine.

    *seats* are those of second doses that nobody has; *booked* the doses of people who have a
    seat. Where *together*, one clinic's people may have their second dose at another one.
    """

    needs: tuple[Need, ...]
    seats: Mapping[Place, int]
    booked: Mapping[Place, int]
    supplies: tuple[Supply, ...]
    closed: frozenset[Place] = frozenset()
    together: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """How many seats or doses a clinic lacks on a day, or in the week that begins then."""

    site_id: int
    day: date
    count: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether everybody can have the second dose, and what is missing.

    `possible` are the first seats that can be offered with what there is. *promised_short* counts
    those who have a first dose or a seat already and cannot be sure of the rest. `needed` tells
    on which days second doses can be given so that all is well, in the missing seats too.
    """

    seats: tuple[Missing, ...] = ()
    doses: tuple[Missing, ...] = ()
    offered: int = 0
    promised_short: int = 0
    possible: Mapping[Place, int] = field(default_factory=dict)
    needed: Mapping[Place, int] = field(default_factory=dict)

    @property
    def feasible(self) -> bool:
        """Tell whether nothing is missing."""
        return not self.seats and not self.doses

    @property
    def seats_missing(self) -> int:
        """Second seats that are missing, together."""
        return sum(one.count for one in self.seats)

    @property
    def doses_missing(self) -> int:
        """Doses that are missing, together."""
        return sum(one.count for one in self.doses)

    @property
    def possible_count(self) -> int:
        """First seats that can be offered, together."""
        return sum(self.possible.values())

    def by_week(self, missing: tuple[Missing, ...]) -> tuple[Missing, ...]:
        """Return what is missing by clinic and week, each known by its Monday."""
        weeks: Counter[Place] = Counter()
        for one in missing:
            weeks[(one.site_id, monday(one.day))] += one.count
        ordered = sorted(weeks.items(), key=lambda each: (each[0][1], each[0][0]))
        return tuple(Missing(site, day, count) for (site, day), count in ordered)


def monday(day: date) -> date:
    """Return the first day of the week."""
    return day - timedelta(days=day.weekday())


def judge(situation: Situation) -> Verdict:
    """Return what is missing, and how much of what is offered can be kept.

    The seats come first; what doses are missing is judged as if the missing seats were there.
    """
    seated = _Seating(situation)
    unseated = seated.unmet()
    missing = tuple(
        part
        for need, count in zip(situation.needs, unseated, strict=True)
        for part in _spread(need, count, situation.closed)
    )
    whole = Counter(situation.seats)
    for one in missing:
        whole[(one.site_id, one.day)] += one.count
    dosing = _Dosing(replace(situation, seats=whole))
    promised = tuple(need for need in situation.needs if not need.offered)
    short = _Dosing(replace(situation, needs=promised)).promised_unmet()
    lacking = dosing.missing()
    return Verdict(
        seats=missing,
        doses=lacking,
        offered=sum(need.count for need in situation.needs if need.offered),
        promised_short=short,
        possible={} if short else _possible(situation, unseated),
        needed=dosing.seated(),
    )


def _spread(need: Need, count: int, closed: frozenset[Place]) -> list[Missing]:
    """Name days on which *count* more seats would do: the open weeks of the window share them."""
    if not count:
        return []
    days = list(need.days())
    opened = [day for day in days if (need.site_id, day) not in closed] or days[-1:]
    weeks: dict[date, date] = {}
    for day in opened:
        weeks.setdefault(monday(day), day)
    whole, rest = divmod(count, len(weeks))
    shares = (whole + (number < rest) for number in range(len(weeks)))
    return [
        Missing(need.site_id, day, share)
        for day, share in zip(weeks.values(), shares, strict=True)
        if share
    ]


def _possible(situation: Situation, unseated: list[int]) -> dict[Place, int]:
    """Return first seats that can be kept: as many as have seats, less what lacks doses.

    Whoever lacks a dose is taken back until nobody does. As to seats there can be no more.
    Those who were promised a dose have it.
    """
    left = [need.count - less for need, less in zip(situation.needs, unseated, strict=True)]
    tries = 0
    while True:
        needs = tuple(
            replace(need, count=count) for need, count in zip(situation.needs, left, strict=True)
        )
        unmet = _Dosing(replace(situation, needs=needs)).unmet()
        if not any(unmet):
            break
        tries += 1
        for number, count in enumerate(unmet):
            if situation.needs[number].offered:
                left[number] -= count
                left[number] = left[number] if tries < TRIES else left[number] // 2
    possible: Counter[Place] = Counter()
    for need, count in zip(situation.needs, left, strict=True):
        if need.offered and count:
            possible[(need.site_id, need.given_on)] += count
    return dict(possible)


class _Seating:
    """People flow into the seats of second doses: those with a promise first, at home first."""

    def __init__(self, situation: Situation) -> None:
        self.situation, self.net = situation, Network()
        self.into = {place: self.net.node() for place in situation.seats}
        self._out: dict[Place, int] = {}
        self._leave()
        self._pools: dict[date, int] = {}
        self._abroad: list[tuple[bool, int]] = []
        self.entries = [self._enter(need) for need in situation.needs]
        for offered in (False, True):
            self._admit(offered)

    def _leave(self) -> None:
        for place, count in self.situation.seats.items():
            self._out[place] = self.net.edge(self.into[place], 1, count)

    def _enter(self, need: Need) -> int:
        node = self.net.node()
        entry = self.net.edge(0, node, 0)
        for day in need.days():
            if (home := self.into.get((need.site_id, day))) is not None:
                self.net.edge(node, home, need.count)
            if self.situation.together and (pool := self._pool(day)) is not None:
                self._abroad.append((need.offered, self.net.edge(node, pool, 0)))
        return entry

    def _pool(self, day: date) -> int | None:
        """Return the node through which every clinic's seats of a day are reached."""
        if day not in self._pools:
            places = [node for (_, at), node in self.into.items() if at == day]
            if not places:
                return None
            self._pools[day] = self.net.node()
            for node in places:
                self.net.edge(self._pools[day], node, UNBOUNDED)
        return self._pools[day]

    def _admit(self, offered: bool) -> None:
        for need, entry in zip(self.situation.needs, self.entries, strict=True):
            if need.offered is offered and need.earliest is not None:
                self.net.widen(entry, need.count)
        self.net.fill()
        for whose, edge in self._abroad:
            if whose is offered:
                self.net.widen(edge, UNBOUNDED)
        self.net.fill()

    def unmet(self) -> list[int]:
        """Return for each need how many people found no seat."""
        return [
            need.count - self.net.flow(entry) if need.earliest is not None else 0
            for need, entry in zip(self.situation.needs, self.entries, strict=True)
        ]

    def seated(self) -> dict[Place, int]:
        """Return how many have their second dose on which day."""
        taken = {place: self.net.flow(edge) for place, edge in self._out.items()}
        return {place: count for place, count in taken.items() if count}


class _Dosing(_Seating):
    """The same flow, on through the seats into doses; beside it those whose day is fixed."""

    def __init__(self, situation: Situation) -> None:
        self.days: dict[Place, int] = {}
        self._booked: list[tuple[int, int]] = []
        self._first: dict[int, int] = {}  # By the place of the need: the edge of its own dose.
        super().__init__(situation)

    def _leave(self) -> None:
        for place, count in self.situation.seats.items():
            self._out[place] = self.net.edge(self.into[place], self._day(place), count)
        for place, count in self.situation.booked.items():
            self._booked.append((count, self.net.edge(0, self._day(place), count)))
        for number, need in enumerate(self.situation.needs):
            if need.offered:
                place = (need.site_id, need.given_on)
                self._first[number] = self.net.edge(0, self._day(place), 0)
        self._stock()

    def _day(self, place: Place) -> int:
        if place not in self.days:
            self.days[place] = self.net.node()
        return self.days[place]

    def _stock(self) -> None:
        places: dict[int, list[date]] = defaultdict(list)
        for site_id, day in self.days:
            places[site_id].append(day)
        for supply in self.situation.supplies:
            node = self.net.node()
            self.net.edge(node, 1, supply.doses)
            for day in places[supply.site_id]:
                if supply.good_on(day):
                    self.net.edge(self.days[(supply.site_id, day)], node, UNBOUNDED)

    def _admit(self, offered: bool) -> None:
        if offered:
            for number, edge in self._first.items():
                self.net.widen(edge, self.situation.needs[number].count)
        super()._admit(offered)

    def unmet(self) -> list[int]:
        """Return for each need how many lack a dose: their first one, or the second one."""
        second = super().unmet()
        return [
            max(count, need.count - self.net.flow(self._first[number]) if need.offered else 0)
            for number, (need, count) in enumerate(zip(self.situation.needs, second, strict=True))
        ]

    def promised_unmet(self) -> int:
        """Return how many of those who have a seat or a first dose lack a dose."""
        booked = sum(count - self.net.flow(edge) for count, edge in self._booked)
        owed = zip(self.situation.needs, super().unmet(), strict=True)
        return booked + sum(count for need, count in owed if not need.offered)

    def missing(self) -> tuple[Missing, ...]:
        """Return where doses are missing, after letting everybody through."""
        extra = {place: self.net.edge(node, 1, UNBOUNDED) for place, node in self.days.items()}
        self.net.fill()
        return tuple(
            Missing(site_id, day, count)
            for (site_id, day), edge in sorted(extra.items(), key=lambda each: each[0][::-1])
            if (count := self.net.flow(edge))
        )
