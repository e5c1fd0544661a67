"""How long before a breach somebody is warned by the forecast, and how many warnings had none."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import mean, median
from typing import Any

from sensors.domain import signals
from sensors.domain.excursions import Episode, evaluate
from sensors.domain.readings import Reading
from sensors.domain.rules import Signal
from sensors.rulebook import RULE_SETS
from tests.bench.labelled import NEEDS_A_PERSON, Fridge

AHEAD = RULE_SETS["cn-clinic-ahead"]
# A warning that ended so long before the breach began was not about it.
STILL_ABOUT = timedelta(hours=2)


@dataclass(frozen=True)
class History:
    """What one fridge read and what happened to it."""

    fridge: Fridge
    readings: Sequence[Reading]


def figures(histories: Sequence[History]) -> dict[str, Any]:  # Any: figures by name.
    """Judge *histories* by the rules with a forecast; minutes before the limit and the call."""
    before_limit: list[float] = []
    before_call: list[float] = []
    without: Counter[str] = Counter()
    warnings = breaches = 0
    for history in histories:
        found = signals.replay(history.readings, AHEAD)[1][Signal.FORECAST]
        breached = evaluate(history.readings, AHEAD)
        warnings, breaches = warnings + len(found), breaches + len(breached)
        for warning, breach in pairs(found, breached):
            before_limit.append(minutes(breach.began_at - warning.confirmed_at))
            before_call.append(minutes(breach.confirmed_at - warning.confirmed_at))
        without.update(
            _cause(history.fridge, one)
            for one in found
            if not any(is_about(one, breach) for breach in breached)
        )
    return {
        "forecasts": warnings,
        "forecasts_without_breach": dict(without),
        "breaches_of_the_rules": breaches,
        "breaches_foretold": len(before_limit),
        "minutes_before_the_limit": _summary(before_limit),
        "minutes_before_the_call": _summary(before_call),
    }


def pairs(
    found: Sequence[Episode], breached: Sequence[Episode]
) -> Iterator[tuple[Episode, Episode]]:
    """Pair each breach with the newest warning about it that came before the breach called."""
    for breach in breached:
        about = [one for one in found if is_about(one, breach)]
        if about:
            yield about[-1], breach


def is_about(warning: Episode, breach: Episode) -> bool:
    """Tell whether *warning* was about *breach*: the same side, before its call, and not long."""
    lasted_until = warning.ended_at or breach.began_at
    return (
        warning.direction == breach.direction
        and warning.confirmed_at <= breach.confirmed_at
        and breach.began_at <= lasted_until + STILL_ABOUT
    )


def _cause(fridge: Fridge, warning: Episode) -> str:
    label = fridge.label_at(warning.confirmed_at, after=STILL_ABOUT)
    if label is None:
        return "nothing"
    known = "" if label.cause in NEEDS_A_PERSON else " (not for a person)"
    return f"{label.cause}{known}"


def minutes(span: timedelta) -> float:
    """Return *span* in minutes."""
    return span / timedelta(minutes=1)


def _summary(values: Sequence[float]) -> str:
    if not values:
        return "none"
    return f"mean {mean(values):.0f}, median {median(values):.0f}, least {min(values):.0f}"
