"""The file of rule sets: what it gives, and that a wrong entry fails at the start."""

import pytest

from sensors import rulebook
from sensors.domain.rules import Comparison, RuleKind, Signal

SET = """
[own]
name = ["Own", "自定"]
profiles = ["fridge"]
valid_from = 2026-01-12
source = "made up for tests"
"""
HEAT = """
[[own.rule]]
id = "heat"
comparison = ">"
limit = 8.05
minutes = 30
severity = "critical"
label = ["Hot", "热"]
ends_inside = 0.3
ends_after = 2
"""


def test_a_set_is_read_with_its_rules() -> None:
    """Degrees become hundredths exactly, minutes become seconds, the source is the set's."""
    one = rulebook.parse(SET + HEAT)["own"]

    (heat,) = one.breaches
    assert (heat.key, heat.kind, heat.comparison) == (
        "heat@1",
        RuleKind.CONSECUTIVE,
        Comparison.ABOVE,
    )
    assert (heat.threshold_centi, heat.duration_s, heat.source) == (805, 1800, one.source)
    assert (heat.ends_inside_centi, heat.ends_after) == (30, 2)


def test_a_door_stands_apart_from_the_breaches() -> None:
    """It has a rule set of its own, which forbids an open door."""
    door = '[[own.rule]]\nid = "door"\nsignal = "door"\nminutes = 5\nseverity = "warning"\n'
    one = rulebook.parse(SET + HEAT + door + 'label = ["Door", "门"]')["own"]

    (found,) = one.breaches.signals[Signal.DOOR]
    assert [rule.id for rule in one.breaches] == ["heat"]
    assert [found.is_beyond(0), found.is_beyond(1)] == [False, True]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('comparison = ">"', 'comparison = "over"'),
        ("minutes = 30", "minutes = 30\nwindow = 20"),
        ('label = ["Hot", "热"]', 'label = ["Hot"]'),
        ('severity = "critical"', 'severity = "loud"'),
        ("ends_after = 2", "call = false"),
    ],
)
def test_a_wrong_entry_is_refused(right: str, wrong: str) -> None:
    """A rule that cannot be read must not be left out in silence."""
    with pytest.raises(ValueError, match=r".+"):
        rulebook.parse(SET + HEAT.replace(right, wrong))
