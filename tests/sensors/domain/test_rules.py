"""Rules are data that hold together: comparison, direction, calm band, sources."""

from dataclasses import replace

import pytest

from sensors.domain.rules import (
    RULE_SETS,
    RULES,
    Comparison,
    Direction,
    RuleKind,
    RuleSet,
)
from tests.sensors.domain.histories import EVERY_KIND, rule, rules


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [
        (Comparison.ABOVE, False, False, True),
        (Comparison.AT_OR_ABOVE, False, True, True),
        (Comparison.BELOW, True, False, False),
        (Comparison.AT_OR_BELOW, True, True, False),
    ],
)
def test_the_comparison_decides_at_the_threshold(
    comparison: Comparison, below: bool, at: bool, above: bool
) -> None:
    """One hundredth of a degree below, at, and above 8.00."""
    one = rule("edge", comparison, 8.0)

    assert [one.is_beyond(centi) for centi in (799, 800, 801)] == [below, at, above]


@pytest.mark.parametrize(
    ("name", "key", "comparison", "celsius", "minutes"),
    [
        ("who-pqs", "who-heat@1", ">", 8.0, 600),
        ("who-pqs", "who-frze@1", "<=", -0.5, 60),
        ("cn-clinic", "cn-hot@1", ">", 8.0, 30),
        ("cn-clinic", "cn-cold@1", "<", 2.0, 30),
        ("fridge-tag-2l", "tag-2l-low@1", "<", 2.0, 60),
        ("fridge-tag-2l", "tag-2l-high@1", ">", 8.0, 60),
        ("freezer", "freezer-hot@1", ">", -15.0, 30),
        ("freezer", "freezer-cold@1", "<", -50.0, 30),
        ("ultra-cold", "ultra-hot@1", ">", -60.0, 60),
        ("ultra-cold", "ultra-cold@1", "<", -90.0, 60),
    ],
)
def test_each_rule_says_what_its_source_says(
    name: str, key: str, comparison: str, celsius: float, minutes: int
) -> None:
    """The numbers of the sources, written out once more."""
    one = RULES[key]

    assert one in RULE_SETS[name]
    assert one.kind is RuleKind.CONSECUTIVE
    assert (one.comparison, one.threshold_centi / 100) == (comparison, celsius)
    assert one.duration_s / 60 == minutes


def test_every_rule_has_a_source_and_a_name_in_both_languages() -> None:
    """A number without a source is nobody's number."""
    for one in RULES.values():
        assert one.source
        assert all(one.label)


def test_rules_of_different_sets_do_not_share_a_key() -> None:
    """An old episode's rule is found by its key alone."""
    assert len(RULES) == sum(len(several) for several in RULE_SETS.values())


@pytest.mark.parametrize("several", [*RULE_SETS.values(), EVERY_KIND])
def test_the_calm_band_is_exactly_what_no_rule_forbids(several: RuleSet) -> None:
    """One hundredth of a degree beyond either end of the band breaks a rule."""
    low, high = several.calm_low, several.calm_high

    assert not any(one.is_beyond(centi) for one in several for centi in (low, high))
    assert any(one.is_beyond(low - 1) for one in several)
    assert any(one.is_beyond(high + 1) for one in several)


def test_a_set_without_cold_rules_is_calm_at_any_cold() -> None:
    """A missing side is no limit, down to what a column can hold."""
    heat_only = rules(rule("heat", Comparison.ABOVE, 8.0))

    assert (heat_only.calm_low, heat_only.calm_high) == (-32_768, 800)


def test_the_worse_of_two_lies_further_beyond() -> None:
    """Hotter for a hot rule, colder for a cold one."""
    hot, cold = RULE_SETS["cn-clinic"]

    assert (hot.direction, hot.worse(900, 950)) == (Direction.HOT, 950)
    assert (cold.direction, cold.worse(100, -50)) == (Direction.COLD, -50)


def test_a_rule_cannot_stand_twice_in_a_set() -> None:
    """Two tracks under one key would overwrite one another."""
    one = rule("heat", Comparison.ABOVE, 8.0)

    with pytest.raises(ValueError, match="twice"):
        rules(one, replace(one, threshold_centi=900))


@pytest.mark.parametrize(
    "wrong",
    [
        {"duration_s": 0},
        {"kind": RuleKind.INSTANT},
        {"kind": RuleKind.ACCUMULATIVE},
        {"kind": RuleKind.ACCUMULATIVE, "window_s": 60},
        {"window_s": 7200},
        {"max_gap_s": 0},
    ],
)
def test_a_rule_that_contradicts_its_kind_is_not_made(wrong: dict[str, object]) -> None:
    """Duration and window belong to a kind; a wrong rule fails at once, not at night."""
    heat = rule("heat", Comparison.ABOVE, 8.0, minutes=60)

    with pytest.raises(ValueError, match="heat"):
        replace(heat, **wrong)
