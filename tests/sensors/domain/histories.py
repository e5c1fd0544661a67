"""Readings and rules for tests, short to write: minutes since midnight and degrees Celsius."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sensors.domain.readings import Fault, Reading
from sensors.domain.rules import Comparison, Rule, RuleKind, RuleSet, Severity

MIDNIGHT = datetime(2026, 1, 12, tzinfo=UTC)


def at(minute: float) -> datetime:
    """Return the instant *minute* minutes after midnight."""
    return MIDNIGHT + timedelta(minutes=minute)


def reading(minute: float, celsius: float | None, received: float | None = None) -> Reading:
    """Return a reading at *minute*; None is a fault; received at once if not said otherwise."""
    received_at = at(minute if received is None else received)
    if celsius is None:
        return Reading(1, at(minute), received_at, None, Fault.MISSING)
    return Reading(1, at(minute), received_at, round(celsius * 100))


def every(minutes: float, celsius: Iterable[float | None], start: float = 0) -> list[Reading]:
    """Return one reading each *minutes*, the first at *start*."""
    return [reading(start + minutes * place, value) for place, value in enumerate(celsius)]


def rule(
    name: str,
    comparison: Comparison,
    celsius: float,
    *,
    minutes: float = 0,
    window: float | None = None,
    max_gap: float = 30,
    ends_inside: float = 0,
    ends_after: int = 1,
) -> Rule:
    """Return a rule of the kind that its duration and window make it; all times in minutes."""
    kind = RuleKind.INSTANT if minutes == 0 else RuleKind.CONSECUTIVE
    return Rule(
        id=name,
        version=1,
        kind=kind if window is None else RuleKind.ACCUMULATIVE,
        comparison=comparison,
        threshold_centi=round(celsius * 100),
        severity=Severity.CRITICAL,
        label=(name, name),
        source="made up for tests",
        duration_s=round(minutes * 60),
        window_s=None if window is None else round(window * 60),
        max_gap_s=round(max_gap * 60),
        ends_inside_centi=round(ends_inside * 100),
        ends_after=ends_after,
    )


def rules(*several: Rule) -> RuleSet:
    """Return *several* rules as a set."""
    return RuleSet(several)


# One of every kind and comparison, with durations that a few readings reach.
EVERY_KIND = rules(
    rule("warm-now", Comparison.AT_OR_ABOVE, 8.0),
    rule("cold-now", Comparison.BELOW, 2.0),
    rule("heat", Comparison.ABOVE, 8.0, minutes=15),
    rule("freeze", Comparison.AT_OR_BELOW, -0.5, minutes=10, max_gap=10),
    rule("heat-in-all", Comparison.ABOVE, 8.0, minutes=20, window=60),
    rule("cold-in-all", Comparison.AT_OR_BELOW, 2.0, minutes=15, window=45, max_gap=20),
    rule("slow-end", Comparison.ABOVE, 8.0, minutes=10, ends_after=3),
    rule("deep-end", Comparison.BELOW, 2.0, ends_inside=0.01, ends_after=2),
    rule("slow-end-in-all", Comparison.ABOVE, 8.0, minutes=20, window=60, ends_inside=3),
)


def minutes_of(instants: Sequence[datetime | None]) -> list[float | None]:
    """Return *instants* as minutes after midnight, to be compared with numbers written out."""
    return [None if one is None else (one - MIDNIGHT) / timedelta(minutes=1) for one in instants]
