"""Bugs that other cold-chain systems had, each as a case that ours must pass.

mSupply's cold-chain app and server (issue numbers are theirs), OpenELIS, and what users of 30-day
loggers reported. Those about alerts stand in `tests/sensors/services/test_bugs_of_others.py`.
"""

import itertools
from datetime import timedelta

from sensors.domain.excursions import Change, Confirmed, EndReason, State, advance, evaluate
from sensors.domain.readings import Decoded, Reading, place_in_time
from sensors.domain.rules import Comparison, RuleSet
from sensors.rulebook import RULE_SETS
from tests.sensors.domain.histories import at, every, minutes_of, reading, rule, rules

MSUPPLY = RULE_SETS["msupply"]
WHO = RULE_SETS["who-pqs"]
CLINIC = RULE_SETS["cn-clinic"]
DAY = 24 * 60


def in_downloads(readings: list[Reading], size: int, judged_by: RuleSet) -> list[Change]:
    """Return what is told while *readings* come in downloads of *size*, with restarts between."""
    state, told = State(), []
    for start in range(0, len(readings), size):
        state = State.load(state.dump())
        for one in readings[start : start + size]:
            state, changes = advance(state, one, judged_by)
            told += changes
    return told


def test_msupply_mobile_3569_a_breach_goes_on_through_downloads() -> None:
    """It was made anew at every download of the logger."""
    told = in_downloads(every(5, [9.0] * 60), 3, CLINIC)

    assert [change.rule for change in told if isinstance(change, Confirmed)] == ["cn-hot@1"]


def test_msupply_mobile_3757_crossing_both_limits_is_a_breach() -> None:
    """1, 9, 9, 9, ... gave none."""
    (breach,) = evaluate(every(5, [1.0, *[9.0] * 8]), CLINIC)

    assert (breach.rule, minutes_of([breach.began_at])) == ("cn-hot@1", [5])


def test_msupply_mobile_4549_a_consecutive_breach_within_a_cumulative_one() -> None:
    """The consecutive one was lost while a cumulative one was open."""
    hovering = [9.0, 9.0, 9.0, 5.0] * 6
    episodes = evaluate(every(5, [*hovering, *[9.0] * 12]), MSUPPLY)

    lasting = {one.rule for one in episodes if one.ended_at is None}
    assert lasting == {"ms-hot@1", "ms-hot-in-all@1"}


def test_msupply_3033_every_breach_has_its_extreme() -> None:
    """Breaches were kept without minimum and maximum."""
    episodes = evaluate(every(5, [9.0, 11.5, *[9.0] * 8, 1.5, *[0.5] * 8, 5.0]), MSUPPLY)

    assert {one.rule: one.peak_centi for one in episodes} == {
        "ms-hot@1": 1150,
        "ms-cold@1": 50,
        "ms-cold-in-all@1": 50,
    }


def test_msupply_8360_a_breach_of_three_days_stays_one() -> None:
    """It became three: one for each day of the file."""
    hot = every(30, [9.0] * 144)

    (breach,) = evaluate(hot, WHO)
    told = in_downloads(hot, 48, WHO)

    assert (breach.began_at, breach.ended_at) == (at(0), None)
    assert len([change for change in told if isinstance(change, Confirmed)]) == 1


def test_msupply_two_hot_readings_with_three_days_between_are_no_breach() -> None:
    """Without a rule about gaps they made a breach of three days."""
    assert evaluate([reading(0, 9.0), reading(3 * DAY, 9.0)], MSUPPLY) == []


def test_msupply_a_hole_does_not_end_a_breach_in_silence() -> None:
    """It ends as unknown, at the last thing that was known; what comes after is another one."""
    hot = every(5, [9.0] * 8) + every(5, [9.0] * 8, start=3 * DAY)

    first, second = evaluate(hot, CLINIC)

    assert (first.ended_at, first.reason) == (at(35), EndReason.UNKNOWN)
    assert (second.began_at, second.ended_at) == (at(3 * DAY), None)


def test_msupply_the_limit_itself_is_judged_by_the_rule_and_not_by_the_program() -> None:
    """8.0 was in breach in the app and not in breach in the notifier of the same maker."""
    at_the_limit = every(5, [8.0] * 14)

    assert {one.rule for one in evaluate(at_the_limit, MSUPPLY)} == {"ms-hot@1", "ms-hot-in-all@1"}
    assert evaluate(at_the_limit, CLINIC) == []


def test_msupply_a_battery_at_zero_is_zero() -> None:
    """It was drawn as unknown."""
    kept = place_in_time(Decoded("east-1", "", at(0), 500, battery_pct=0), 1, at(0))

    assert kept.battery_pct == 0


def test_openelis_3828_an_excursion_keeps_the_readings_before_its_delay() -> None:
    """They were stored as normal until the delay had passed, so each lost its beginning."""
    (breach,) = evaluate(every(1, [5.0, 10.0, *[8.5] * 40]), CLINIC)

    assert (minutes_of([breach.began_at]), breach.peak_centi) == ([1], 1000)


def test_logger_users_no_alarm_before_ten_hours_have_passed() -> None:
    """People saw a heat alarm of a 30-day logger before its ten hours were over."""
    nearly = every(5, [9.0] * 120)  # The last one stands at 9 h 55 min.

    assert evaluate(nearly, WHO) == []
    assert len(evaluate([*nearly, reading(600, 9.0)], WHO)) == 1


def test_logger_users_one_reading_back_inside_starts_the_ten_hours_anew() -> None:
    """WHO's own simulator says so of HEAT."""
    interrupted = every(5, [*[9.0] * 119, 8.0, *[9.0] * 119])

    assert evaluate(interrupted, WHO) == []


def test_shipping_indicators_count_the_limit_itself() -> None:
    """+30.0 triggers an upper alarm of +30.0, 29.9 does not; ten hours add up over the trip."""
    shipping = RULE_SETS["who-shipping-1"]
    three_hours, cool = [30.0] * 7, [20.0] * 10
    trip = list(itertools.chain.from_iterable([three_hours, cool] * 4))

    (found,) = evaluate(every(30, trip), shipping)
    assert found.rule == "ship1-30@1"
    assert evaluate(every(30, [29.9] * 100), shipping) == []


def test_who_alarm_held_over_65_records_is_one_episode() -> None:
    """ALRM stands in every record until recovery; it is not 65 alarms."""
    freeze = rules(rule("frze", Comparison.AT_OR_BELOW, -0.5, minutes=60))
    records = every(15, [*[-1.0] * 65, 4.0])

    (one,) = evaluate(records, freeze)

    assert one.ended_at is not None
    assert one.ended_at - one.began_at == timedelta(minutes=15 * 65)
