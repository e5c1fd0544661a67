"""Alarm rules as data: exactly three kinds, with the comparison as part of the rule.

Thresholds and durations carry their source and are to be checked by a qualified person against
the official text. A rule is never edited: a change is a new version, and an old episode keeps the
id and version by which it was judged.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType


class RuleKind(StrEnum):
    """How time counts. The three kinds that the field's devices have."""

    INSTANT = "instant"  # The first reading beyond the threshold.
    CONSECUTIVE = "consecutive"  # Beyond it without a reading back inside, for the duration.
    ACCUMULATIVE = "accumulative"  # Beyond it for the duration in all, within a sliding window.


class Comparison(StrEnum):
    """When a temperature is beyond the threshold. At the threshold itself devices differ."""

    ABOVE = ">"
    AT_OR_ABOVE = ">="
    BELOW = "<"
    AT_OR_BELOW = "<="


class Direction(StrEnum):
    """On which side of its range a temperature is."""

    HOT = "hot"
    COLD = "cold"


class Signal(StrEnum):
    """What of a reading a rule watches, and so what its episodes are."""

    TEMPERATURE = "temperature"  # A breach: it holds lots and always calls.
    EARLY = "early"  # A warning about the temperature, silent while the door explains it.
    FORECAST = "forecast"  # The trend will leave the range soon.
    CONTENTS = "contents"  # What lies inside has followed the air, by estimate (see `contents`).
    DOOR = "door"  # The door stands open.
    POWER = "power"  # There is no power.


# Those that warn of the temperature itself.
OF_TEMPERATURE = (Signal.EARLY, Signal.FORECAST, Signal.CONTENTS)


class Severity(StrEnum):
    """How soon a person must act."""

    WARNING = "warning"
    CRITICAL = "critical"


COMPARE: Mapping[Comparison, Callable[[int, int], bool]] = {
    Comparison.ABOVE: operator.gt,
    Comparison.AT_OR_ABOVE: operator.ge,
    Comparison.BELOW: operator.lt,
    Comparison.AT_OR_BELOW: operator.le,
}

# The longest time for which one reading may speak. Storage must be recorded at least every 30
# minutes (US CDC toolkit; China GSP annex 3); longer is a gap of which nothing is known.
MAX_GAP_S = 1_800
# Beyond every temperature that a 16-bit column can hold: the calm band of a missing side.
_NO_LIMIT = 32_768


@dataclass(frozen=True)
class Rule:
    """One alarm rule. `label` is its name in (English, Chinese).

    A gap of more than `max_gap_s` between two readings never makes one breach of them. A confirmed
    episode ends at the last of `ends_after` readings in a row that lie inside by at least
    `ends_inside_centi`. `door_grace_s` is how long after the door was last seen open an early
    warning is put down to it; `calls` says whether people are called. A forecast judges the
    temperature that the trend gives in `ahead_s`, and a rule of the contents that of a small pack
    which follows the air with a lag of `lag_s`, both from `near_centi` inside the threshold on.
    """

    id: str
    version: int
    kind: RuleKind
    comparison: Comparison
    threshold_centi: int
    severity: Severity
    label: tuple[str, str]
    source: str
    duration_s: int = 0
    window_s: int | None = None
    max_gap_s: int = MAX_GAP_S
    ends_inside_centi: int = 0
    ends_after: int = 1
    signal: Signal = Signal.TEMPERATURE
    calls: bool = True
    door_grace_s: int = 0
    ahead_s: int = 0
    near_centi: int = 0
    lag_s: int = 0

    def __post_init__(self) -> None:
        timed = self.kind is not RuleKind.INSTANT
        if (self.duration_s > 0) is not timed:
            raise ValueError(f"{self.id}: an instant rule has no duration, the others have one")
        if (self.window_s is not None) is not (self.kind is RuleKind.ACCUMULATIVE):
            raise ValueError(f"{self.id}: an accumulative rule has a window, the others have none")
        if self.window_s is not None and self.window_s < self.duration_s:
            raise ValueError(f"{self.id}: the window is shorter than the duration")
        if self.max_gap_s <= 0:
            raise ValueError(f"{self.id}: max_gap_s must be positive")
        if self.ends_inside_centi < 0 or self.ends_after < 1:
            raise ValueError(f"{self.id}: an episode ends inside, after one reading or more")
        if self.signal is Signal.TEMPERATURE and not self.calls:
            raise ValueError(f"{self.id}: a breach always calls")
        self._check_estimates()

    def _check_estimates(self) -> None:
        foretells, follows = self.signal is Signal.FORECAST, self.signal is Signal.CONTENTS
        if (self.ahead_s > 0, self.lag_s > 0) != (foretells, follows):
            raise ValueError(f"{self.id}: only a forecast looks ahead, only contents have a lag")
        if (self.near_centi > 0) is not (foretells or follows):
            raise ValueError(f"{self.id}: forecast and contents are looked at from near, no other")

    @cached_property
    def key(self) -> str:
        """The rule's id with its version, as episodes keep it."""
        return f"{self.id}@{self.version}"

    @cached_property
    def direction(self) -> Direction:
        """On which side the rule watches."""
        hot = self.comparison in {Comparison.ABOVE, Comparison.AT_OR_ABOVE}
        return Direction.HOT if hot else Direction.COLD

    @cached_property
    def duration(self) -> timedelta:
        """`duration_s` as a span of time."""
        return timedelta(seconds=self.duration_s)

    @cached_property
    def window(self) -> timedelta:
        """`window_s` as a span of time; without a window, the duration itself."""
        return timedelta(seconds=self.window_s or self.duration_s)

    @cached_property
    def ahead(self) -> timedelta:
        """`ahead_s` as a span of time."""
        return timedelta(seconds=self.ahead_s)

    @cached_property
    def max_gap(self) -> timedelta:
        """`max_gap_s` as a span of time."""
        return timedelta(seconds=self.max_gap_s)

    def is_beyond(self, centi: int) -> bool:
        """Tell whether *centi* is where the rule forbids it."""
        return COMPARE[self.comparison](centi, self.threshold_centi)

    def is_back_inside(self, centi: int) -> bool:
        """Tell whether *centi* is so far inside that a confirmed episode may end."""
        return not self.is_beyond(centi) and (
            self.ends_inside_centi == 0
            or abs(centi - self.threshold_centi) >= self.ends_inside_centi
        )

    def is_near(self, centi: int) -> bool:
        """Tell whether *centi* is where a forecast or the contents are looked at, or beyond."""
        hot = self.direction is Direction.HOT
        return centi > self.edge_centi if hot else centi < self.edge_centi

    @cached_property
    def edge_centi(self) -> int:
        """The temperature nearest to the threshold at which a warning need not look."""
        near = self.near_centi if self.direction is Direction.COLD else -self.near_centi
        return _nearest_inside(self) + near

    def worse(self, one: int, other: int) -> int:
        """Return the one of two temperatures that lies further beyond."""
        return max(one, other) if self.direction is Direction.HOT else min(one, other)


_NO_SIGNALS: Mapping[Signal, "RuleSet"] = MappingProxyType({})


class RuleSet(tuple[Rule, ...]):
    """Rules of one signal, judged each for itself, with the band that breaks none of them.

    Within `settled_low` to `settled_high`, `settles_after` readings in a row end every episode.
    `signals` are the rules that warn, beside those of the breaches, by what they watch; from
    `quiet_low` to `quiet_high` the temperature warns of nothing.
    """

    calm_low: int
    calm_high: int
    settled_low: int
    settled_high: int
    settles_after: int
    signals: Mapping[Signal, "RuleSet"]
    quiet_low: int
    quiet_high: int

    def __new__(
        cls, rules: Iterable[Rule], signals: Mapping[Signal, "RuleSet"] = _NO_SIGNALS
    ) -> "RuleSet":
        """Put *rules* together; raise `ValueError` where two have the same id and version."""
        made = super().__new__(cls, rules)
        if len({rule.key for rule in made}) != len(made):
            raise ValueError("a rule stands twice in the set")
        cold = [rule for rule in made if _is_cold(rule)]
        hot = [rule for rule in made if not _is_cold(rule)]
        made.calm_low = max((_nearest_inside(rule) for rule in cold), default=-_NO_LIMIT)
        made.calm_high = min((_nearest_inside(rule) for rule in hot), default=_NO_LIMIT)
        made.settled_low = max((_settled(rule) for rule in cold), default=-_NO_LIMIT)
        made.settled_high = min((_settled(rule) for rule in hot), default=_NO_LIMIT)
        made.settles_after = max((rule.ends_after for rule in made), default=1)
        made.signals = signals
        warned = [rule for signal in OF_TEMPERATURE for rule in signals.get(signal, ())]
        cold_edges = (rule.edge_centi for rule in warned if _is_cold(rule))
        hot_edges = (rule.edge_centi for rule in warned if not _is_cold(rule))
        made.quiet_low = max(cold_edges, default=-_NO_LIMIT)
        made.quiet_high = min(hot_edges, default=_NO_LIMIT)
        return made


def _is_cold(rule: Rule) -> bool:
    return rule.direction is Direction.COLD


def _nearest_inside(rule: Rule) -> int:
    """Return the temperature nearest to the threshold that is not beyond it."""
    if not rule.is_beyond(rule.threshold_centi):
        return rule.threshold_centi
    return rule.threshold_centi + (1 if _is_cold(rule) else -1)


def _settled(rule: Rule) -> int:
    """Return the temperature nearest to the threshold at which a confirmed episode may end."""
    inside, margin = _nearest_inside(rule), rule.ends_inside_centi
    if _is_cold(rule):
        return max(inside, rule.threshold_centi + margin)
    return min(inside, rule.threshold_centi - margin)


@dataclass(frozen=True)
class Standard:
    """A set of rules that a unit can be judged by, for all signals. Pairs are (English, Chinese).

    `valid_from` is the first day for which this system judges by it; `profiles` are those that
    it is meant for.
    """

    id: str
    name: tuple[str, str]
    profiles: tuple[str, ...]
    valid_from: date
    source: str
    rules: tuple[Rule, ...]

    @cached_property
    def breaches(self) -> RuleSet:
        """The rules whose episodes hold lots, with those that warn beside them."""
        return RuleSet(
            (rule for rule in self.rules if rule.signal is Signal.TEMPERATURE),
            {signal: RuleSet(self.of(signal)) for signal in Signal if self.of(signal)},
        )

    def of(self, signal: Signal) -> tuple[Rule, ...]:
        """Return the rules that watch *signal* and warn; a breach is no warning."""
        if signal is Signal.TEMPERATURE:
            return ()
        return tuple(rule for rule in self.rules if rule.signal is signal)
