"""Where a probe hung when: each reading is judged in the unit where the probe was at its time.

A move is no gap and no excuse: what lasts in the unit that a probe leaves ends as unknown at its
last known reading there, and in the new unit the rules begin with an empty memory. So it is where
a unit is judged by other rules from an instant on: each reading is judged by the rules of its time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import zip_longest
from typing import NamedTuple

from sensors.domain import excursions
from sensors.domain.excursions import EndReason, Episode, State
from sensors.domain.readings import Reading
from sensors.domain.rules import RuleSet


@dataclass(frozen=True)
class Place:
    """A probe in a unit during [from_at, to_at), judged by *rules*; it is there yet without end."""

    unit_id: int
    rules: RuleSet
    from_at: datetime
    to_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether the probe hung here at *at*."""
        return self.from_at <= at and (self.to_at is None or at < self.to_at)

    @cached_property
    def rule_keys(self) -> frozenset[str]:
        """The keys of the rules that judge here."""
        return frozenset(rule.key for rule in self.rules)


class Found(NamedTuple):
    """An episode and the unit that it happened in."""

    unit_id: int
    episode: Episode


def by_rules(
    unit_id: int,
    from_at: datetime,
    to_at: datetime | None,
    sets: Sequence[tuple[datetime, RuleSet]],
) -> list[Place]:
    """Cut a probe's time [from_at, to_at) in a unit where the unit's rules change.

    *sets* say from when each rule set holds; the first holds since ever. In order of time.
    """
    places: list[Place] = []
    for number, (since, rules) in enumerate(sets):
        begins = max(from_at, since) if number else from_at
        after = sets[number + 1][0] if number + 1 < len(sets) else None
        ends = min((at for at in (to_at, after) if at is not None), default=None)
        if ends is None or begins < ends:
            places.append(Place(unit_id, rules, begins, ends))
    return places


def place_at(places: Sequence[Place], at: datetime) -> Place | None:
    """Return where the probe hung at *at*; None where it hung nowhere."""
    return next((place for place in reversed(places) if place.holds(at)), None)


def replay(readings: Iterable[Reading], places: Sequence[Place]) -> tuple[State, list[Found]]:
    """Recompute from *readings* of one probe, each in its place; return state and episodes.

    *places* are in the order of time and do not overlap. The state is that after the newest
    reading; what was read where the probe hung nowhere is judged by nothing.
    """
    told = list(readings)
    found: list[Found] = []
    state, here = State(), None
    for place, after in zip_longest(places, places[1:]):
        own = [reading for reading in told if place.holds(reading.measured_at)]
        reached, episodes = excursions.replay(own, place.rules)
        if place.to_at is not None:
            stays = after is not None and after.unit_id == place.unit_id
            reason = EndReason.RULES_CHANGED if stays else EndReason.UNKNOWN
            reached, episodes = excursions.leave(reached, episodes, reason)
        if own:
            state, here = reached, place
        found += (Found(place.unit_id, episode) for episode in episodes)
    newest = max((reading.measured_at for reading in told), default=None)
    if newest is not None and (here is None or newest > state.last_at):
        state = State(newest, state.known_at)
    return state, found
