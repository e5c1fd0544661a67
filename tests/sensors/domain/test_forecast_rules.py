"""The rule that warns before the range is left: near a limit, with a trend, and the door shut."""

import json
import random
from datetime import timedelta

import pytest

from sensors.domain.excursions import EndReason, Episode
from sensors.domain.foresight import Point, Trend, trend
from sensors.domain.readings import Reading
from sensors.domain.rules import Signal
from sensors.domain.signals import AT_REST, Memory, is_quiet, longest_memory, move_on, replay
from sensors.rulebook import RULE_SETS, RULES
from tests.sensors.domain import oracle
from tests.sensors.domain.histories import at, every, minutes_of, reading

AHEAD = RULE_SETS["cn-clinic-ahead"]
HOT = "cn-ahead-hot@1"


def warnings(readings: list[Reading]) -> list[Episode]:
    return replay(readings, AHEAD)[1][Signal.FORECAST]


def times(readings: list[Reading]) -> list[list[float | None]]:
    return [
        minutes_of([one.began_at, one.confirmed_at, one.ended_at]) for one in warnings(readings)
    ]


def climb(first: float, step: float, count: int) -> list[float]:
    return [round(first + step * place, 2) for place in range(count)]


def test_a_slow_warming_is_told_before_the_limit() -> None:
    """0.1 °C in five minutes: 7.5 °C is half an hour below 8 °C, and ten minutes confirm it."""
    rising = every(5, climb(6.0, 0.1, 20))
    (one,) = warnings(rising)

    assert one.rule == HOT
    assert [point.centi for point in rising if point.measured_at == one.began_at] == [750]
    assert minutes_of([one.confirmed_at, one.ended_at]) == [85, None]


def test_it_is_one_warning_until_the_temperature_is_well_back() -> None:
    """It goes on over the limit, and ends at the second reading half a degree inside."""
    course = [*climb(6.0, 0.1, 24), 8.2, 7.9, 7.8, 7.6, 7.4, 7.2, 7.0]
    (one,) = warnings(every(5, course))

    assert (one.ended_at, one.reason) == (at(5 * 29), EndReason.RECOVERED)


def test_too_cold_is_foretold_too() -> None:
    """From 3 °C down by 0.1 °C in five minutes."""
    (one,) = warnings(every(5, climb(3.4, -0.1, 14)))

    assert one.rule == "cn-ahead-cold@1"
    assert one.began_at < at(5 * 14)


def test_nothing_is_foretold_far_from_the_limit() -> None:
    """From 4 to 6.5 °C in an hour the trend is not looked at: so compressors play."""
    assert warnings(every(5, [*climb(4.0, 0.2, 13), 5.0, 4.0])) == []


def test_a_short_rise_is_none() -> None:
    """Up to 7.6 °C and back within a quarter of an hour, as after a door that nobody reports."""
    assert warnings(every(5, [5.0, 6.8, 7.3, 7.6, 7.2, 6.8, 6.3, 5.5])) == []


def test_the_door_starts_the_trend_anew() -> None:
    """Open at the fourth reading: nothing is foretold for the grace and the trend's own time."""
    rising = every(5, climb(6.6, 0.1, 20))
    opened = [
        one._replace(door_open=place == 10) if place >= 10 else one
        for place, one in enumerate(rising)
    ]

    assert times(rising) == [[45, 55, None]]
    assert times(opened[:13]) == [] or times(opened)[0][1] is None
    assert all(one.confirmed_at > at(50 + 15) for one in warnings(opened) if one.began_at > at(50))


def test_what_jumps_over_the_limit_is_not_foretold_afterwards() -> None:
    """A fridge moved into the sun is an early warning at once, and no forecast."""
    assert warnings(every(5, [5.0, 9.0, 9.5, 10.0, 10.5, 11.0, 11.5])) == []


def test_readings_every_ten_seconds_are_as_good_as_every_two_minutes() -> None:
    """Closer ones are passed over: the memory stays small, and the warning is the same."""
    quick = every(1 / 6, climb(6.6, 0.0035, 480))
    (one,) = warnings(quick)
    memory, _ = replay(quick, AHEAD)

    assert len(memory.points) <= 16
    assert at(30) < one.confirmed_at < at(60)


def wandering(chance: random.Random) -> list[Reading]:
    """Make a history that drifts near the limits, with faults, gaps and doors."""
    made, minute, celsius = [], 0.0, chance.choice([2.6, 5.0, 7.2])
    drift = chance.choice([-0.1, 0.1, 0.15])
    for _ in range(chance.randrange(5, 60)):
        if chance.random() < 0.08:
            drift = chance.choice([-0.3, -0.1, 0.0, 0.1, 0.2])
        celsius += drift + chance.choice([0, 0, 0, 0.05, -0.05])
        value = None if chance.random() < 0.05 else round(celsius, 2)
        is_open = chance.choice([True, False, None]) if chance.random() < 0.1 else None
        made.append(reading(minute, value)._replace(door_open=is_open))
        minute += chance.choice([1, 1.5, 4, 5, 5, 5, 6, 16, 31])
    return made


def near(one: Reading) -> bool:
    return one.centi is not None and not 300 <= one.centi <= 650


def foretold(history: list[Reading], place: int) -> int | None:
    """Say from the history alone, with nothing remembered, what the trend gives at *place*."""
    now = history[place]
    if now.centi is None or masked(history, now):
        return None
    if not near(now):
        return now.centi
    points = points_at(history, place)
    if not points or points[-1].at != now.measured_at:
        return None
    line = trend(points)
    if not isinstance(line, Trend):
        return None
    ahead = line.at_instant(now.measured_at + timedelta(minutes=30)) if line.steady else now.centi
    return max(now.centi, ahead) if now.centi > 500 else min(now.centi, ahead)


def masked(history: list[Reading], one: Reading) -> bool:
    """Tell whether the door was seen open at *one*, or in the quarter of an hour before it."""
    return any(
        other.door_open
        and timedelta(0) <= one.measured_at - other.measured_at <= timedelta(minutes=15)
        for other in history
    )


def points_at(history: list[Reading], place: int) -> list[Point]:
    """Look back to the last reading that breaks the trend; take what is two minutes apart since."""
    first = place
    while first and not _breaks(history, history[first - 1]):
        first -= 1
    points: list[Point] = []
    for one in history[first : place + 1]:
        points = [old for old in points if one.measured_at - old.at <= timedelta(minutes=30)]
        far = not points or one.measured_at - points[-1].at >= timedelta(minutes=2)
        if one.centi is not None and far:
            points.append(Point(one.measured_at, one.centi))
    return points


def _breaks(history: list[Reading], one: Reading) -> bool:
    return masked(history, one) or (one.centi is not None and not near(one))


def slowly(history: list[Reading]) -> list[Episode]:
    """Judge what is foretold by the slow oracle; beyond the limit only what stands goes on."""
    told: list[Reading] = []
    rules = AHEAD.signals[Signal.FORECAST]
    for place, one in enumerate(history):
        value = foretold(history, place)
        beyond = next((r for r in rules if one.centi is not None and r.is_beyond(one.centi)), None)
        if beyond is not None:
            so_far = oracle.episodes([*told, one._replace(centi=None)], rules)
            stands = any(each.rule == beyond.key and not each.ended_at for each in so_far)
            points = points_at(history, place)
            looked = not masked(history, one) and points[-1].at == one.measured_at
            value = one.centi if stands and looked else None
        told.append(one._replace(centi=value))
    return oracle.episodes(told, rules)


def test_hundreds_of_histories_agree_with_the_slow_oracle() -> None:
    """Each warning, from its beginning to its end, as nothing but the history tells it."""
    chance, some = random.Random(20261126), 0

    for _ in range(400):
        history = wandering(chance)
        found = warnings(history)
        assert found == slowly(history), history
        some += bool(found)
    assert some > 40


def test_order_duplicates_and_restarts_do_not_matter() -> None:
    """Shuffled with some twice; and with the memory written and read between any two readings."""
    chance = random.Random(8)

    for _ in range(200):
        history = wandering(chance)
        expected = replay(history, AHEAD)
        shuffled = history + chance.sample(history, 2)
        chance.shuffle(shuffled)
        assert replay(shuffled, AHEAD) == expected

        memory = AT_REST
        for one in history:
            memory, _ = move_on(Memory.load(json.loads(json.dumps(memory.dump()))), one, AHEAD)
        assert memory == expected[0]


def test_nothing_is_remembered_after_a_quiet_time() -> None:
    """A replay that begins there forgets nothing."""
    chance = random.Random(9)

    for _ in range(200):
        stirred = wandering(chance)
        ends = (stirred[-1].measured_at - at(0)) / timedelta(minutes=1)
        quiet = [reading(ends + minute, 5.0) for minute in range(5, 50, 5)]
        assert replay([*stirred, *quiet], AHEAD)[0] is AT_REST
    assert longest_memory(AHEAD) == timedelta(minutes=30)


@pytest.mark.parametrize(("celsius", "quiet"), [(3.0, True), (6.5, True), (6.51, False)])
def test_most_readings_are_looked_at_by_nobody(celsius: float, quiet: bool) -> None:
    """Between 3 and 6.5 °C the forecast costs one comparison."""
    assert is_quiet(reading(0, celsius), AHEAD) is quiet
    assert is_quiet(reading(0, celsius), RULE_SETS["cn-clinic"])


@pytest.mark.parametrize("name", ["cn-clinic", "who-pqs", "freezer"])
def test_a_set_with_a_forecast_breaches_as_the_one_without(name: str) -> None:
    """What holds lots is the same, and so are the door and the early warnings."""
    plain, ahead = RULE_SETS[name], RULE_SETS[f"{name}-ahead"]

    assert tuple(ahead) == tuple(plain)
    assert Signal.FORECAST not in plain.signals
    for signal in {Signal.DOOR, Signal.EARLY} & plain.signals.keys():
        assert tuple(ahead.signals[signal]) == tuple(plain.signals[signal])


def test_a_short_power_cut_calls_nobody_where_a_forecast_watches() -> None:
    """Twenty minutes are no alert by the set with foresight, half an hour is one."""

    def lasting(minutes: int) -> list[Episode]:
        off = [reading(n, 5.0)._replace(power_on=n < 5) for n in range(0, minutes + 6, 5)]
        return replay([*off, reading(minutes + 10, 5.0)._replace(power_on=True)], AHEAD)[1][
            Signal.POWER
        ]

    assert lasting(20) == []
    assert [one.rule for one in lasting(30)] == ["cn-ahead-mains@1"]
    assert RULES["cn-mains@1"] not in AHEAD.signals[Signal.POWER]


def test_the_forecast_says_its_numbers() -> None:
    """Half an hour ahead, ten minutes long, a quarter of an hour after the door."""
    one = RULES[HOT]

    assert (one.ahead_s, one.duration_s, one.door_grace_s) == (1_800, 600, 900)
    assert (one.near_centi, one.ends_inside_centi, one.ends_after) == (150, 50, 2)
