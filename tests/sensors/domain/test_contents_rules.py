"""The rule for what lies inside: warm after the air is good again, by a lag of twenty minutes."""

import json
import math
import random
from datetime import timedelta

import pytest

from sensors.domain.contents import Estimate, follow, forgotten_after
from sensors.domain.excursions import EndReason, Episode
from sensors.domain.readings import HIGHEST_CENTI, Reading
from sensors.domain.rules import Rule, Signal
from sensors.domain.signals import AT_REST, Memory, is_quiet, longest_memory, move_on, replay
from sensors.rulebook import RULE_SETS, RULES
from tests.sensors.domain import oracle
from tests.sensors.domain.histories import at, every, minutes_of, reading

RULE_SET = RULE_SETS["cn-clinic-contents"]
RULE = RULES["cn-contents-hot@1"]
# A busy door of a simulated refrigerator: the air is above 8 °C for 25 minutes, what lies inside
# for half an hour.
BUSY_DOOR = [5.0, 5.7, 11.2, 14.7, 15.1, 11.4, 8.2, 5.8, 7.5, 5.7, 3.9, 5.0, 4.9]


def warnings(readings: list[Reading]) -> list[Episode]:
    return replay(readings, RULE_SET)[1][Signal.CONTENTS]


def test_what_warmed_at_a_busy_door_is_told_though_the_air_is_good_again() -> None:
    """No breach by the rules of the air, which was out of range for 25 minutes."""
    readings = every(5, BUSY_DOOR)
    (one,) = warnings(readings)

    assert oracle.episodes(readings, RULE_SET) == []
    assert one.rule == RULE.key
    assert minutes_of([one.began_at, one.confirmed_at, one.ended_at]) == [15, 45, 50]
    assert one.reason is EndReason.RECOVERED
    assert 900 < one.peak_centi < 1150


def test_a_door_that_was_open_for_ten_minutes_is_none() -> None:
    """What lies inside hardly warms while the air is at 14 °C for two readings."""
    assert warnings(every(5, [5.0, 14.0, 14.0, 8.0, 6.0, 5.0, 5.0, 5.0, 5.0, 5.0])) == []


def test_a_constant_air_is_followed_as_a_body_cools() -> None:
    """After one lag 63 % of the way from the edge to the air, after three 95 %."""
    estimate = follow(None, at(0), 1500, RULE)
    for minute in range(1, 61):
        estimate = follow(estimate, at(minute), 1500, RULE)
        assert estimate is not None
        way = (estimate.centi - RULE.edge_centi) / (1500 - RULE.edge_centi)
        assert way == pytest.approx(-math.expm1(-minute / 20))


def test_after_a_gap_nothing_is_known_of_before() -> None:
    """More than half an hour: it begins at the edge again."""
    before = Estimate(at(0), 1_200.0)
    assert follow(before, at(30), 900, RULE) != Estimate(at(30), RULE.edge_centi)
    assert follow(before, at(31), 900, RULE) == Estimate(at(31), RULE.edge_centi)
    assert follow(before, at(31), 500, RULE) is None


def test_whatever_the_air_had_been_it_is_forgotten_in_time() -> None:
    """From the hottest that can be measured, with the air at the edge."""
    estimate: Estimate | None = Estimate(at(0), HIGHEST_CENTI)
    minute = 0
    while estimate is not None:
        minute += 5
        estimate = follow(estimate, at(minute), RULE.edge_centi, RULE)
    assert timedelta(minutes=minute) <= forgotten_after(RULE) == longest_memory(RULE_SET)


def wandering(chance: random.Random) -> list[Reading]:
    """Make a history with doors, faults and gaps, around the limit."""
    made, minute, celsius = [], 0.0, 5.0
    for _ in range(chance.randrange(5, 60)):
        if chance.random() < 0.2:
            celsius = chance.choice([4.0, 6.9, 7.0, 7.1, 8.0, 8.5, 11.0, 15.0, 24.0])
        celsius += chance.choice([0, 0.1, -0.1, 0.5, -0.5])
        made.append(reading(minute, None if chance.random() < 0.07 else round(celsius, 2)))
        minute += chance.choice([1, 1.5, 4, 5, 5, 5, 6, 16, 30, 31])
    return made


def estimates(history: list[Reading], rule: Rule) -> list[Reading]:
    """Say from the whole history, with nothing remembered, what the inside has at each reading."""
    told = []
    for place, one in enumerate(history):
        known = [r for r in history[: place + 1] if r.centi is not None]
        value = None if one.centi is None else inside_at(known, rule)
        told.append(one._replace(centi=value))
    return told


def inside_at(known: list[Reading], rule: Rule) -> int:
    """Follow the air through *known* from its beginning; what is at rest is the air itself."""
    pack: float | None = None
    for before, one in zip([None, *known], known, strict=False):
        centi = one.centi
        assert centi is not None
        passed = None if before is None else (one.measured_at - before.measured_at).total_seconds()
        if pack is None or passed is None or passed > 30 * 60:
            pack = 700.0 if centi > 700 else None
            continue
        pack += (centi - pack) * (1 - math.exp(-passed / 1_200))
        if centi <= 700 and round(pack) <= 800:
            pack = None
    last = known[-1].centi
    assert last is not None
    return last if pack is None else round(pack)


def test_hundreds_of_histories_agree_with_the_slow_oracle() -> None:
    """Each warning, from its beginning to its end, as nothing but the history tells it."""
    chance, some = random.Random(20261127), 0

    for _ in range(400):
        history = wandering(chance)
        found = warnings(history)
        told = estimates(history, RULE)
        assert found == oracle.episodes(told, RULE_SET.signals[Signal.CONTENTS]), history
        some += bool(found)
    assert some > 100


def test_order_duplicates_and_restarts_do_not_matter() -> None:
    """Shuffled with some twice; and with the memory written and read between any two readings."""
    chance = random.Random(8)

    for _ in range(200):
        history = wandering(chance)
        expected = replay(history, RULE_SET)
        shuffled = history + chance.sample(history, 2)
        chance.shuffle(shuffled)
        assert replay(shuffled, RULE_SET) == expected

        memory = AT_REST
        for one in history:
            memory, _ = move_on(Memory.load(json.loads(json.dumps(memory.dump()))), one, RULE_SET)
        assert memory == expected[0]


def test_nothing_is_remembered_after_a_quiet_time() -> None:
    """A replay that begins there forgets nothing."""
    chance = random.Random(9)
    span = longest_memory(RULE_SET) / timedelta(minutes=1)

    for _ in range(200):
        stirred = wandering(chance)
        ends = (stirred[-1].measured_at - at(0)) / timedelta(minutes=1)
        quiet = [reading(ends + minute, 6.5) for minute in range(5, round(span) + 10, 5)]
        assert replay([*stirred, *quiet], RULE_SET)[0] is AT_REST


def test_a_calm_reading_costs_one_comparison() -> None:
    """The forecast looks from 6.5 °C on already; the contents would from 7 °C on."""
    assert is_quiet(reading(0, 6.5), RULE_SET)
    assert RULE.edge_centi == 700


def test_what_holds_lots_is_the_same_as_without() -> None:
    """An estimate warns; it holds nothing."""
    assert tuple(RULE_SET) == tuple(RULE_SETS["cn-clinic-ahead"])
    assert (RULE.lag_s, RULE.duration_s, RULE.near_centi) == (1_200, 1_800, 100)
    for one in RULE_SETS.values():
        assert len(one.signals.get(Signal.CONTENTS, [RULE])) == 1
