"""The sets of alarm rules, read once from the data file beside this module.

It is a part of the program, like a module: a change of it is a release. Readable by whoever must
check its numbers, and by nobody but this module.
"""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files
from typing import Any

from sensors.domain.rules import (
    Comparison,
    Rule,
    RuleKind,
    RuleSet,
    Severity,
    Signal,
    Standard,
)

_MINUTE_S = 60
# What a door or a supply says is 1 where the rule forbids it and 0 where not.
_STANDS = 1


def parse(text: str) -> Mapping[str, Standard]:
    """Read the sets of *text*, in their order; raise `ValueError` or `KeyError` for a wrong one."""
    data: dict[str, Any] = tomllib.loads(text, parse_float=Decimal)  # Any: TOML.
    found: dict[str, Standard] = {}
    for name, entry in data.items():
        found[name] = _standard(name, entry, found)
    return found


def _standard(
    name: str, entry: dict[str, Any], before: Mapping[str, Standard]
) -> Standard:  # Any: TOML.
    base = before[entry["extends"]].rules if "extends" in entry else ()
    taken_over = (rule for rule in base if rule.id not in entry.get("without", ()))
    return Standard(
        id=name,
        name=_pair(entry["name"]),
        profiles=tuple(entry["profiles"]),
        valid_from=entry["valid_from"],
        source=entry["source"],
        rules=(*taken_over, *(_rule(rule, entry["source"]) for rule in entry["rule"])),
    )


def _rule(entry: dict[str, Any], source: str) -> Rule:  # Any: TOML.
    signal = Signal(entry.get("signal", Signal.TEMPERATURE))
    switch = signal in {Signal.DOOR, Signal.POWER}
    window = entry.get("window")
    minutes = entry.get("minutes", 0)
    timed = RuleKind.CONSECUTIVE if window is None else RuleKind.ACCUMULATIVE
    return Rule(
        id=entry["id"],
        version=entry.get("version", 1),
        kind=timed if minutes else RuleKind.INSTANT,
        comparison=Comparison.AT_OR_ABOVE if switch else Comparison(entry["comparison"]),
        threshold_centi=_STANDS if switch else int(entry["limit"] * 100),
        severity=Severity(entry["severity"]),
        label=_pair(entry["label"]),
        source=entry.get("source", source),
        duration_s=minutes * _MINUTE_S,
        window_s=None if window is None else window * _MINUTE_S,
        ends_inside_centi=int(entry.get("ends_inside", 0) * 100),
        ends_after=entry.get("ends_after", 1),
        signal=signal,
        calls=entry.get("call", True),
        door_grace_s=entry.get("door_grace", 0) * _MINUTE_S,
        ahead_s=entry.get("ahead", 0) * _MINUTE_S,
        near_centi=int(entry.get("near", 0) * 100),
        lag_s=entry.get("lag", 0) * _MINUTE_S,
    )


def _pair(texts: list[str]) -> tuple[str, str]:
    english, chinese = texts
    return english, chinese


STANDARDS: Mapping[str, Standard] = parse(
    files("sensors").joinpath("rule_sets.toml").read_text(encoding="utf-8")
)
# The rules of each set whose episodes are breaches, by the id of the set.
RULE_SETS: Mapping[str, RuleSet] = {name: one.breaches for name, one in STANDARDS.items()}
# Every rule that ever judged an episode, by its key: to show what an old episode was about.
RULES: Mapping[str, Rule] = {rule.key: rule for one in STANDARDS.values() for rule in one.rules}
