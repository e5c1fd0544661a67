"""The door, the supply and early warnings, judged like a temperature and silent if explained."""

import json
import random

from sensors.domain.excursions import EndReason, Episode, evaluate
from sensors.domain.readings import Reading
from sensors.domain.rules import Comparison, RuleSet, Signal
from sensors.domain.signals import AT_REST, Memory, is_quiet, longest_memory, move_on, replay
from sensors.rulebook import RULE_SETS
from tests.sensors.domain import oracle
from tests.sensors.domain.histories import at, every, minutes_of, reading, rule

WHO = RULE_SETS["who-pqs"]
CLINIC = RULE_SETS["cn-clinic"]
OPEN, SHUT = True, False


def door(minute: float, is_open: bool | None, celsius: float = 5.0) -> Reading:
    return reading(minute, celsius)._replace(door_open=is_open)


def power(minute: float, is_on: bool | None) -> Reading:
    return reading(minute, 5.0)._replace(power_on=is_on)


def times(episodes: list[Episode]) -> list[list[float | None]]:
    return [minutes_of([one.began_at, one.confirmed_at, one.ended_at]) for one in episodes]


def found(readings: list[Reading], rules: RuleSet, signal: Signal) -> list[Episode]:
    return replay(readings, rules)[1][signal]


def test_a_door_open_for_five_minutes_is_told() -> None:
    """WHO PQS DOOR, from the first reading that saw it open to the first that saw it shut."""
    seen = [door(minute, 1 <= minute < 8) for minute in range(10)]

    assert times(found(seen, WHO, Signal.DOOR)) == [[1, 6, 8]]


def test_a_door_that_is_shut_in_between_is_not_open_for_five_minutes() -> None:
    """Twice three minutes are not six in a row."""
    seen = [door(minute, minute not in (0, 4)) for minute in range(8)]

    assert found(seen, WHO, Signal.DOOR) == []


def test_power_must_be_lost_for_a_day_by_the_one_rule_and_at_once_by_the_other() -> None:
    """WHO PQS POWR waits 24 h; the Chinese platform's first level does not wait."""
    lost = [power(minute, minute < 10) for minute in range(0, 10 + 24 * 60 + 1, 10)]

    assert times(found(lost, WHO, Signal.POWER)) == [[10, 10 + 24 * 60, None]]
    assert times(found(lost, CLINIC, Signal.POWER)) == [[10, 10, None]]
    assert found(lost[:-1], WHO, Signal.POWER) == []


def test_what_a_device_does_not_tell_is_unknown_and_not_well() -> None:
    """Power off, then a device that no longer says: it ends as unknown, not as back."""
    seen = [power(0, False), power(5, None), power(40, None)]

    (one,) = found(seen, CLINIC, Signal.POWER)

    assert (one.ended_at, one.reason) == (at(0), EndReason.UNKNOWN)


def test_an_early_warning_comes_at_once() -> None:
    """One reading beyond the band; the breach by the consecutive rule is still far."""
    seen = every(5, [5.0, 8.1, 8.2, 7.9])

    (one,) = found(seen, CLINIC, Signal.EARLY)

    assert (one.rule, minutes_of([one.began_at, one.ended_at])) == ("cn-early-hot@1", [5, 15])
    assert evaluate(seen, CLINIC) == []


def test_the_door_explains_an_early_warning_for_a_quarter_of_an_hour() -> None:
    """While it stands open and until 15 minutes after; then warm is warm."""
    seen = [door(0, OPEN), *(door(minute, SHUT, 9.0) for minute in range(1, 20))]

    assert times(found(seen, CLINIC, Signal.EARLY)) == [[16, 16, None]]


def test_a_breach_is_judged_without_regard_to_the_door() -> None:
    """Half an hour above 8 °C with the door open is a breach all the same."""
    seen = [door(minute, OPEN, 9.0) for minute in range(32)]

    assert [one.rule for one in evaluate(seen, CLINIC)] == ["cn-hot@1"]
    assert found(seen, CLINIC, Signal.EARLY) == []


def test_warnings_are_no_breaches_and_breaches_no_warnings() -> None:
    """The two stand apart, so that nothing but a breach holds a lot."""
    seen = [door(minute, OPEN)._replace(power_on=False) for minute in range(0, 3_000, 5)]

    assert evaluate(seen, WHO) == []
    assert [len(found(seen, WHO, signal)) for signal in (Signal.DOOR, Signal.POWER)] == [1, 1]


def test_a_calm_probe_remembers_nothing() -> None:
    """A reading within the band with the door shut costs no memory."""
    calm = [door(minute, SHUT)._replace(power_on=True) for minute in range(20)]

    assert replay(calm, CLINIC)[0] is AT_REST
    assert Memory.load(AT_REST.dump()) == AT_REST


def test_nothing_older_than_the_longest_memory_is_remembered() -> None:
    """After a quiet time as long as a gap or the door's grace the memory is empty."""
    stirred = [door(0, OPEN), door(1, SHUT, 9.0), door(2, SHUT)._replace(power_on=False)]
    quiet = [door(minute, None) for minute in range(5, 40, 5)]

    assert longest_memory(CLINIC) == at(30) - at(0)
    assert replay(stirred + quiet, CLINIC)[0] is AT_REST


def wandering(chance: random.Random) -> list[Reading]:
    """Make a history in which door, supply and temperature change now and then."""
    made, minute = [], 0.0
    celsius, is_open, is_on = 5.0, chance.choice([SHUT, None]), chance.choice([True, None])
    for _ in range(chance.randrange(3, 40)):
        if chance.random() < 0.3:
            celsius = chance.choice([5.0, 8.0, 8.1, 1.9, 2.0])
        if chance.random() < 0.3:
            is_open = chance.choice([OPEN, SHUT, None])
        if chance.random() < 0.2:
            is_on = chance.choice([True, False, None])
        value = None if chance.random() < 0.1 else celsius
        made.append(reading(minute, value)._replace(door_open=is_open, power_on=is_on))
        minute += chance.choice([1, 4, 5, 6, 14, 15, 16, 29, 31])
    return made


def slowly(history: list[Reading], rules: RuleSet, signal: Signal) -> list[Episode]:
    """Judge a signal by the slow oracle, from what each reading says of it."""
    told = []
    for place, one in enumerate(history):
        value = one.centi
        if signal is Signal.DOOR:
            value = {True: 1, False: 0, None: None}[one.door_open]
        elif signal is Signal.POWER:
            value = {True: 0, False: 1, None: None}[one.power_on]
        elif any(
            before.door_open and one.measured_at - before.measured_at <= at(15) - at(0)
            for before in history[: place + 1]
        ):
            value = None
        told.append(one._replace(centi=value))
    return oracle.episodes(told, rules.signals[signal])


def test_a_thousand_histories_agree_with_the_slow_oracle() -> None:
    """Each signal, row by row, by the two sets that have all of them."""
    chance = random.Random(20260113)

    for _ in range(1_000):
        history = wandering(chance)
        for rules in (WHO, CLINIC):
            _, episodes = replay(history, rules)
            for signal in rules.signals:
                assert episodes[signal] == slowly(history, rules, signal), history


def test_order_duplicates_and_restarts_do_not_matter() -> None:
    """Shuffled with some twice; and with the memory written and read between any two readings."""
    chance = random.Random(7)

    for _ in range(200):
        history = wandering(chance)
        expected = replay(history, CLINIC)
        shuffled = history + chance.sample(history, 2)
        chance.shuffle(shuffled)
        assert replay(shuffled, CLINIC) == expected

        memory = AT_REST
        for one in history:
            memory, _ = move_on(Memory.load(json.loads(json.dumps(memory.dump()))), one, CLINIC)
        assert memory == expected[0]


def test_a_quiet_reading_is_one_that_warns_of_nothing() -> None:
    """The door shut or untold, power on or untold, within the band or at fault."""
    assert is_quiet(reading(0, 8.0), CLINIC)
    assert is_quiet(reading(0, None), CLINIC)
    assert not is_quiet(reading(0, 8.01), CLINIC)
    assert not is_quiet(door(0, OPEN), CLINIC)
    assert not is_quiet(power(0, False), CLINIC)


def test_a_set_without_warnings_warns_of_nothing() -> None:
    """A made-up set of one breach, and everything wrong at once."""
    heat = RuleSet([rule("heat", Comparison.ABOVE, 8.0, minutes=15)])
    wrong = reading(0, 40.0)._replace(door_open=True, power_on=False)

    assert replay([wrong], heat) == (AT_REST, {})
