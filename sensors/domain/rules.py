"""Alarm rules as data: exactly three kinds, with the comparison as part of the rule.

Thresholds and durations carry their source and are to be checked by a qualified person against
the official text. A rule is never edited: a change is a new version, and an old episode keeps the
id and version by which it was judged.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property


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

    A gap of more than `max_gap_s` between two readings never makes one breach of them.
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
    def max_gap(self) -> timedelta:
        """`max_gap_s` as a span of time."""
        return timedelta(seconds=self.max_gap_s)

    def is_beyond(self, centi: int) -> bool:
        """Tell whether *centi* is where the rule forbids it."""
        return COMPARE[self.comparison](centi, self.threshold_centi)

    def worse(self, one: int, other: int) -> int:
        """Return the one of two temperatures that lies further beyond."""
        return max(one, other) if self.direction is Direction.HOT else min(one, other)


class RuleSet(tuple[Rule, ...]):
    """The rules of a storage unit, judged each for itself, with the band that breaks none."""

    calm_low: int
    calm_high: int

    def __new__(cls, rules: Iterable[Rule]) -> "RuleSet":
        """Put *rules* together; raise `ValueError` where two have the same id and version."""
        made = super().__new__(cls, rules)
        if len({rule.key for rule in made}) != len(made):
            raise ValueError("a rule stands twice in the set")
        made.calm_low = max((_nearest_inside(r) for r in made if _is_cold(r)), default=-_NO_LIMIT)
        made.calm_high = min(
            (_nearest_inside(r) for r in made if not _is_cold(r)), default=_NO_LIMIT
        )
        return made


def _is_cold(rule: Rule) -> bool:
    return rule.direction is Direction.COLD


def _nearest_inside(rule: Rule) -> int:
    """Return the temperature nearest to the threshold that is not beyond it."""
    if not rule.is_beyond(rule.threshold_centi):
        return rule.threshold_centi
    return rule.threshold_centi + (1 if _is_cold(rule) else -1)


_HOUR_S = 3_600
_MINUTE_S = 60
_WHO = "WHO PQS E003 appliance alarms"
_CN = "Default of a Chinese cold-chain platform (CCRP): out of range 30 min; band: WHO, US CDC"
_TAG = "Alarm settings in the files of a Fridge-tag 2 L"
_FREEZER = "Band: US CDC toolkit, -50 to -15; duration: default of a Chinese platform (CCRP)"
_ULTRA = "Alarm settings in the files of a Fridge-tag Ultra Low; band: Pfizer-BioNTech SmPC 2021"


def _consecutive(
    id: str,  # noqa: A002 - the field's own name.
    comparison: Comparison,
    threshold_centi: int,
    duration_s: int,
    severity: Severity,
    label: tuple[str, str],
    source: str,
) -> Rule:
    return Rule(
        id=id,
        version=1,
        kind=RuleKind.CONSECUTIVE,
        comparison=comparison,
        threshold_centi=threshold_centi,
        duration_s=duration_s,
        severity=severity,
        label=label,
        source=source,
    )


# A freeze gives no second chance, so whatever is too cold is critical in a refrigerator. All
# numbers are to be checked by a qualified person against the official text of their source.
RULE_SETS: Mapping[str, RuleSet] = {
    "who-pqs": RuleSet(
        (
            # HEAT is strictly above +8.0: 8.0 itself does not count.
            _consecutive(
                "who-heat",
                Comparison.ABOVE,
                800,
                10 * _HOUR_S,
                Severity.CRITICAL,
                ("Above +8.0 °C for 10 h", "高于 +8.0 °C 持续 10 小时"),
                _WHO,
            ),
            # FRZE counts -0.5 itself.
            _consecutive(
                "who-frze",
                Comparison.AT_OR_BELOW,
                -50,
                60 * _MINUTE_S,
                Severity.CRITICAL,
                ("At or below -0.5 °C for 60 min", "不高于 -0.5 °C 持续 60 分钟"),
                _WHO,
            ),
        )
    ),
    "cn-clinic": RuleSet(
        (
            _consecutive(
                "cn-hot",
                Comparison.ABOVE,
                800,
                30 * _MINUTE_S,
                Severity.WARNING,
                ("Above +8.0 °C for 30 min", "高于 +8.0 °C 持续 30 分钟"),
                _CN,
            ),
            _consecutive(
                "cn-cold",
                Comparison.BELOW,
                200,
                30 * _MINUTE_S,
                Severity.CRITICAL,
                ("Below +2.0 °C for 30 min", "低于 +2.0 °C 持续 30 分钟"),
                _CN,
            ),
        )
    ),
    "fridge-tag-2l": RuleSet(
        (
            _consecutive(
                "tag-2l-low",
                Comparison.BELOW,
                200,
                60 * _MINUTE_S,
                Severity.CRITICAL,
                ("Below +2.0 °C for 60 min", "低于 +2.0 °C 持续 60 分钟"),
                _TAG,
            ),
            _consecutive(
                "tag-2l-high",
                Comparison.ABOVE,
                800,
                60 * _MINUTE_S,
                Severity.WARNING,
                ("Above +8.0 °C for 60 min", "高于 +8.0 °C 持续 60 分钟"),
                _TAG,
            ),
        )
    ),
    "freezer": RuleSet(
        (
            _consecutive(
                "freezer-hot",
                Comparison.ABOVE,
                -1_500,
                30 * _MINUTE_S,
                Severity.CRITICAL,
                ("Above -15.0 °C for 30 min", "高于 -15.0 °C 持续 30 分钟"),
                _FREEZER,
            ),
            _consecutive(
                "freezer-cold",
                Comparison.BELOW,
                -5_000,
                30 * _MINUTE_S,
                Severity.WARNING,
                ("Below -50.0 °C for 30 min", "低于 -50.0 °C 持续 30 分钟"),
                _FREEZER,
            ),
        )
    ),
    "ultra-cold": RuleSet(
        (
            _consecutive(
                "ultra-hot",
                Comparison.ABOVE,
                -6_000,
                60 * _MINUTE_S,
                Severity.CRITICAL,
                ("Above -60.0 °C for 60 min", "高于 -60.0 °C 持续 60 分钟"),
                _ULTRA,
            ),
            _consecutive(
                "ultra-cold",
                Comparison.BELOW,
                -9_000,
                60 * _MINUTE_S,
                Severity.WARNING,
                ("Below -90.0 °C for 60 min", "低于 -90.0 °C 持续 60 分钟"),
                _ULTRA,
            ),
        )
    ),
}

# Every rule that ever judged an episode, by its key: to show what an old episode was about.
RULES: Mapping[str, Rule] = {rule.key: rule for rules in RULE_SETS.values() for rule in rules}
