"""Rules are data that hold together: comparison, direction, calm band, sources."""

from dataclasses import replace

import pytest

from sensors.domain.rules import Comparison, Direction, RuleKind, RuleSet, Signal
from sensors.domain.units import Profile
from sensors.rulebook import RULE_SETS, RULES, STANDARDS
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
        ("fridge-tag-2", "tag-2-low@1", "<=", -0.5, 60),
        ("fridge-tag-2", "tag-2-high@1", ">", 8.0, 600),
        ("q-tag-clm", "qtag-hot-30@1", ">", 8.0, 30),
        ("q-tag-clm", "qtag-hot-60@1", ">", 8.0, 60),
        ("q-tag-clm", "qtag-cold-30@1", "<", 2.0, 30),
        ("q-tag-clm", "qtag-cold-60@1", "<", 2.0, 60),
        ("msupply", "ms-hot@1", ">=", 8.0, 30),
        ("msupply", "ms-cold@1", "<=", 2.0, 20),
        ("cn-gsp", "gsp-hot@1", ">", 8.0, 30),
        ("cn-gsp", "gsp-cold@1", "<", 2.0, 30),
        ("who-shipping-1", "ship1-45@1", ">=", 45.0, 60),
        ("who-shipping-1", "ship1-frze@1", "<=", -0.5, 60),
        ("who-shipping-2", "ship2-45@1", ">=", 45.0, 60),
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


@pytest.mark.parametrize(
    ("name", "key", "comparison", "celsius", "minutes", "window_h"),
    [
        ("msupply", "ms-hot-in-all@1", ">=", 8.0, 60, 24),
        ("msupply", "ms-cold-in-all@1", "<=", 2.0, 40, 24),
        ("who-shipping-1", "ship1-30@1", ">=", 30.0, 600, 720),
        ("who-shipping-2", "ship2-30@1", ">=", 30.0, 600, 720),
        ("who-shipping-2", "ship2-10@1", ">=", 10.0, 1200, 720),
    ],
)
def test_each_rule_that_adds_up_time_says_what_its_source_says(
    name: str, key: str, comparison: str, celsius: float, minutes: int, window_h: int
) -> None:
    """A shipping indicator is inclusive: +30.0 counts, 29.9 does not."""
    one = RULES[key]

    assert one in RULE_SETS[name]
    assert one.kind is RuleKind.ACCUMULATIVE
    assert (one.comparison, one.threshold_centi / 100) == (comparison, celsius)
    assert (one.duration_s / 60, one.window_s) == (minutes, window_h * 3_600)


@pytest.mark.parametrize(
    ("key", "signal", "minutes", "calls"),
    [
        ("who-door@1", Signal.DOOR, 5, False),
        ("who-powr@1", Signal.POWER, 24 * 60, True),
        ("cn-mains@1", Signal.POWER, 0, True),
        ("cn-early-hot@1", Signal.EARLY, 0, False),
        ("gsp-at-high@1", Signal.EARLY, 0, True),
    ],
)
def test_rules_that_are_no_breach_say_what_they_watch(
    key: str, signal: Signal, minutes: int, calls: bool
) -> None:
    """They stand apart from the rules whose episodes hold lots."""
    one = RULES[key]

    assert (one.signal, one.duration_s / 60, one.calls) == (signal, minutes, calls)
    assert not any(one in breaches for breaches in RULE_SETS.values())


def test_the_chinese_drug_store_rule_counts_the_limit_itself() -> None:
    """GSP annex 3 warns at the limit already; the clinic's own early rule only beyond it."""
    assert RULES["gsp-at-high@1"].is_beyond(800)
    assert RULES["gsp-at-low@1"].is_beyond(200)
    assert not RULES["cn-early-hot@1"].is_beyond(800)


def test_a_set_names_profiles_that_exist_and_a_first_day() -> None:
    """What a unit's profile offers is taken from here."""
    for one in STANDARDS.values():
        assert set(one.profiles) <= {profile.value for profile in Profile}
        assert one.profiles
        assert one.valid_from.year >= 2015
        assert one.breaches


def test_a_rule_says_in_its_name_what_it_does() -> None:
    """The limit and the time that a person reads are those that judge."""
    for one in RULES.values():
        if one.signal not in {Signal.TEMPERATURE, Signal.EARLY, Signal.FORECAST}:
            continue
        shown = f"{one.threshold_centi / 100:+.1f} °C"
        assert all(shown in text for text in one.label), one.key


def test_every_rule_has_a_source_and_a_name_in_both_languages() -> None:
    """A number without a source is nobody's number."""
    for one in RULES.values():
        assert one.source
        assert all(one.label)


def test_rules_of_different_sets_do_not_share_a_key() -> None:
    """An old episode's rule is found by its key alone; what a set takes over is the same rule."""
    assert all(RULES[rule.key] == rule for one in STANDARDS.values() for rule in one.rules)


@pytest.mark.parametrize("several", [*RULE_SETS.values(), EVERY_KIND])
def test_the_calm_band_is_exactly_what_no_rule_forbids(several: RuleSet) -> None:
    """One hundredth of a degree beyond either end of the band breaks a rule."""
    low, high = several.calm_low, several.calm_high

    assert not any(one.is_beyond(centi) for one in several for centi in (low, high))
    assert low == -32_768 or any(one.is_beyond(low - 1) for one in several)
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
        {"ends_after": 0},
        {"ends_inside_centi": -1},
        {"calls": False},
    ],
)
def test_a_rule_that_contradicts_its_kind_is_not_made(wrong: dict[str, object]) -> None:
    """Duration and window belong to a kind; a wrong rule fails at once, not at night."""
    heat = rule("heat", Comparison.ABOVE, 8.0, minutes=60)

    with pytest.raises(ValueError, match="heat"):
        replace(heat, **wrong)
