"""What warns beside the breaches: the door, the supply, and a temperature just out of its range.

Each signal is judged by the same convention as the temperature (see `excursions`), over readings
whose value is what the signal says: 1 where the door is open or the power is off, 0 where not, and
nothing where the device did not tell. An early warning looks at the temperature itself, but not
while the door is seen open, nor for the rule's grace after: the door explains it then. A forecast
looks at the temperature that the trend gives some time ahead, only near a limit, and begins its
trend anew after the door was open. What lies inside is judged by its estimate (see `contents`). It
and a breach are judged without regard to the door.

A probe at rest has no memory here, so that a calm reading costs one comparison.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from sensors.domain import foresight
from sensors.domain.contents import Estimate, follow, forgotten_after
from sensors.domain.excursions import Change, Episode, State, advance, gather, in_order
from sensors.domain.foresight import Point, Unclear
from sensors.domain.readings import Reading
from sensors.domain.rules import Rule, RuleSet, Signal

_NO_STATES: Mapping[Signal, State] = MappingProxyType({})


class Memory(NamedTuple):
    """What the signals of one probe remember; empty while all is well."""

    door_open_at: datetime | None = None  # Newest reading that saw the door open, within the grace.
    states: Mapping[Signal, State] = _NO_STATES
    points: tuple[Point, ...] = ()  # Of the trend, while the temperature is near a limit.
    inside: Estimate | None = None  # Of what lies inside, while it may be warmer than the air.

    def dump(self) -> dict[str, Any]:  # Any: JSON.
        """Return the memory as small JSON; `load` reads it back exactly."""
        dumped: dict[str, Any] = {  # Any: JSON.
            signal.value: state.dump() for signal, state in self.states.items()
        }
        if self.door_open_at is not None:
            dumped["door_open"] = self.door_open_at.isoformat()
        if self.points:
            dumped["points"] = [[point.at.isoformat(), point.centi] for point in self.points]
        if self.inside is not None:
            dumped["inside"] = [self.inside.at.isoformat(), self.inside.centi]
        return dumped

    @classmethod
    def load(cls, dumped: Mapping[str, Any]) -> "Memory":  # Any: JSON.
        """Read back what `dump` gave."""
        opened, inside = dumped.get("door_open"), dumped.get("inside")
        states = {Signal(key): State.load(dumped[key]) for key in Signal if key in dumped}
        return cls(
            None if opened is None else datetime.fromisoformat(opened),
            states or _NO_STATES,
            tuple(Point(datetime.fromisoformat(at), c) for at, c in dumped.get("points", ())),
            inside and Estimate(datetime.fromisoformat(inside[0]), inside[1]),
        )


AT_REST = Memory()


def dump_both(state: State, memory: Memory) -> dict[str, Any]:  # Any: JSON.
    """Return what a probe remembers in all, as small JSON; `State.load` reads its part of it."""
    dumped = state.dump()
    if memory != AT_REST:
        dumped["signals"] = memory.dump()
    return dumped


def load_signals(dumped: Mapping[str, Any]) -> Memory:  # Any: JSON.
    """Read back the signals' part of what `dump_both` gave."""
    return Memory.load(dumped["signals"]) if "signals" in dumped else AT_REST


def is_quiet(reading: Reading, rules: RuleSet) -> bool:
    """Tell whether *reading* says nothing that a signal of *rules* would warn of."""
    centi = reading.centi
    return (
        (centi is None or rules.quiet_low <= centi <= rules.quiet_high)
        and reading.door_open is not True
        and reading.power_on is not False
    )


def move_on(
    memory: Memory, reading: Reading, rules: RuleSet
) -> tuple[Memory, list[tuple[Signal, Change]]]:
    """Judge *reading*, newer than all before; return the new memory and what changed."""
    if not rules.signals or (memory is AT_REST and is_quiet(reading, rules)):
        return AT_REST, []
    at = reading.measured_at
    door_open_at = at if reading.door_open else memory.door_open_at
    if door_open_at is not None and at - door_open_at > grace(rules):
        door_open_at = None
    points, is_point = _points(memory.points, reading, rules, door_open_at)
    inside = _inside(memory.inside, reading, rules)
    states: dict[Signal, State] = {}
    changed: list[tuple[Signal, Change]] = []
    for signal, own in rules.signals.items():
        before = memory.states.get(signal, State())
        if signal is Signal.FORECAST:
            value = _forecast(reading, own, before, points) if is_point else None
        elif signal is Signal.CONTENTS and inside and reading.centi is not None:
            value = round(inside.centi)
        else:
            value = _value(reading, signal, own, door_open_at)
        told = Reading(reading.sensor_id, at, reading.received_at, value)
        state, changes = advance(before, told, own)
        changed += [(signal, change) for change in changes]
        if state.tracks:
            states[signal] = state
    after = Memory(door_open_at, states or _NO_STATES, points, inside)
    return (AT_REST if after == AT_REST else after), changed


def _inside(before: Estimate | None, reading: Reading, rules: RuleSet) -> Estimate | None:
    """Return the estimate of what lies inside with *reading*; a fault tells nothing of it."""
    own, centi = rules.signals.get(Signal.CONTENTS), reading.centi
    if own is None or centi is None:
        return before if own else None
    return follow(before, reading.measured_at, centi, own[0])


def _points(
    points: tuple[Point, ...], reading: Reading, rules: RuleSet, door_open_at: datetime | None
) -> tuple[tuple[Point, ...], bool]:
    """Return the points of the trend with *reading*, and whether a forecast looks at it."""
    own, at, centi = rules.signals.get(Signal.FORECAST), reading.measured_at, reading.centi
    if own is None or door_open_at is not None:
        return (), False
    if centi is None:
        return foresight.still_kept(points, at), False
    if not any(rule.is_near(centi) for rule in own):
        return (), True
    if points and at - points[-1].at < foresight.SPACING:
        return points, False
    return foresight.kept(points, Point(at, centi)), True


def _forecast(
    reading: Reading, own: RuleSet, state: State, points: tuple[Point, ...]
) -> int | None:
    """Return the temperature that *own* foretells, never a milder one than now.

    None where nothing can be said, and beyond the limit, where a warning comes too late.
    """
    centi = reading.centi
    assert centi is not None  # Else no forecast looks at it.
    rule = next((one for one in own if one.is_near(centi)), None)
    if rule is None:
        return centi
    if rule.is_beyond(centi):
        return centi if _stands(rule, state, reading.measured_at) else None
    found = foresight.trend(points)
    if isinstance(found, Unclear):
        return None
    ahead = found.at_instant(reading.measured_at + rule.ahead)
    return rule.worse(centi, ahead) if found.steady else centi


def _stands(rule: Rule, state: State, at: datetime) -> bool:
    track = state.tracks.get(rule.key)
    return track is not None and track.began_at is not None and at - state.known_at <= rule.max_gap


def grace(rules: RuleSet) -> timedelta:
    """Return for how long after it was seen open the door explains an early warning."""
    asked = (*rules.signals.get(Signal.EARLY, ()), *rules.signals.get(Signal.FORECAST, ()))
    return timedelta(seconds=max((rule.door_grace_s for rule in asked), default=0))


def longest_memory(rules: RuleSet) -> timedelta:
    """Return how long a quiet time must be, that nothing before it is remembered after it."""
    spans = [grace(rules), foresight.WINDOW if Signal.FORECAST in rules.signals else timedelta()]
    spans += [forgotten_after(rule) for rule in rules.signals.get(Signal.CONTENTS, ())]
    for own in rules.signals.values():
        spans += [span for rule in own for span in (rule.window, rule.max_gap)]
    return max(spans)


def _value(
    reading: Reading, signal: Signal, own: RuleSet, door_open_at: datetime | None
) -> int | None:
    match signal:
        case Signal.DOOR:
            return None if reading.door_open is None else int(reading.door_open)
        case Signal.POWER:
            return None if reading.power_on is None else int(not reading.power_on)
        case Signal.EARLY | Signal.FORECAST | Signal.CONTENTS | Signal.TEMPERATURE:
            longest = timedelta(seconds=max(rule.door_grace_s for rule in own))
            near = door_open_at is not None and reading.measured_at - door_open_at <= longest
            return None if near and longest else reading.centi


def replay(
    readings: Iterable[Reading], rules: RuleSet
) -> tuple[Memory, dict[Signal, list[Episode]]]:
    """Recompute from *readings* of one probe in any order; return the memory and the episodes."""
    memory = AT_REST
    told: dict[Signal, list[Change]] = {signal: [] for signal in rules.signals}
    newest: datetime | None = None
    for reading in in_order(readings):
        if newest is not None and reading.measured_at <= newest:
            continue
        newest = reading.measured_at
        memory, changed = move_on(memory, reading, rules)
        for signal, change in changed:
            told[signal].append(change)
    return memory, {signal: gather(changes) for signal, changes in told.items()}
