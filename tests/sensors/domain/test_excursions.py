"""Excursions at their edges, and the bugs that others had, by what a person would have seen."""

import pytest

from sensors.domain import excursions
from sensors.domain.excursions import (
    Change,
    Confirmed,
    Ended,
    EndReason,
    Episode,
    State,
    Worsened,
    advance,
    evaluate,
    replay,
)
from sensors.domain.readings import Reading
from sensors.domain.rules import Comparison, Direction, RuleSet, Severity
from sensors.rulebook import RULE_SETS
from tests.sensors.domain.histories import at, every, minutes_of, reading, rule, rules

WHO = RULE_SETS["who-pqs"]
CLINIC = RULE_SETS["cn-clinic"]
HEAT = rules(rule("heat", Comparison.ABOVE, 8.0, minutes=60))


def told(readings: list[Reading], several: RuleSet) -> list[Change]:
    """Return every change told while *readings* come one by one."""
    state, changes = State(), []
    for one in readings:
        state, news = advance(state, one, several)
        changes += news
    return changes


def times(episode: Episode) -> list[float | None]:
    """Return when *episode* began, was confirmed and ended, in minutes."""
    return minutes_of([episode.began_at, episode.confirmed_at, episode.ended_at])


def test_an_excursion_is_told_from_beginning_to_end() -> None:
    """Confirmed once with its first reading, worsened at each new peak, ended by recovery."""
    readings = every(30, [5.0, 8.1, 9.0, 8.5, 9.4, 9.4, 7.9])

    assert told(readings, HEAT) == [
        Confirmed("heat@1", Direction.HOT, Severity.CRITICAL, at(30), at(90), 900),
        Worsened("heat@1", at(30), 940),
        Ended("heat@1", at(30), at(180), EndReason.RECOVERED, 940),
    ]


def test_the_recomputation_gives_the_same_as_one_episode() -> None:
    """`evaluate` returns the whole episode with its last peak."""
    readings = every(30, [5.0, 8.1, 9.0, 8.5, 9.4, 9.4, 7.9])

    assert evaluate(readings, HEAT) == [
        Episode(
            rule="heat@1",
            direction=Direction.HOT,
            severity=Severity.CRITICAL,
            began_at=at(30),
            confirmed_at=at(90),
            peak_centi=940,
            ended_at=at(180),
            reason=EndReason.RECOVERED,
        )
    ]


@pytest.mark.parametrize(
    ("minutes", "confirmed"),
    [(55, False), (60, True), (65, True)],
    ids=["one reading short", "exactly", "one reading more"],
)
def test_the_duration_counts_from_first_to_last_reading_beyond(
    minutes: int, confirmed: bool
) -> None:
    """Sixty minutes are reached by the reading that stands sixty minutes after the first."""
    readings = [*every(5, [9.0] * (minutes // 5 + 1)), reading(minutes + 5, 5.0)]

    assert bool(evaluate(readings, HEAT)) is confirmed


@pytest.mark.parametrize(
    ("celsius", "key"),
    [
        (8.0, None),
        (8.01, "cn-hot@1"),
        (7.99, None),
        (2.0, None),
        (1.99, "cn-cold@1"),
        (2.01, None),
    ],
)
def test_a_clinic_fridge_at_its_limits_is_in_range(celsius: float, key: str | None) -> None:
    """Out of 2 to 8 means outside: the limits themselves are in range."""
    episodes = evaluate(every(5, [celsius] * 8), CLINIC)

    assert [episode.rule for episode in episodes] == ([key] if key else [])


@pytest.mark.parametrize(
    ("celsius", "hours", "key"),
    [
        (8.0, 12, None),
        (8.01, 12, "who-heat@1"),
        (8.01, 9, None),
        (-0.5, 1, "who-frze@1"),
        (-0.49, 12, None),
        (-0.51, 1, "who-frze@1"),
    ],
)
def test_who_alarms_take_their_own_comparison(celsius: float, hours: int, key: str | None) -> None:
    """HEAT is strictly above +8.0; FRZE counts -0.5 itself (WHO PQS E003)."""
    episodes = evaluate(every(15, [celsius] * (hours * 4 + 1)), WHO)

    assert [episode.rule for episode in episodes] == ([key] if key else [])


def test_one_reading_back_inside_resets_the_ten_hours() -> None:
    """Nine hours of heat, one reading at 8.0, nine hours of heat: no HEAT."""
    heat = [9.0] * 36

    assert evaluate(every(15, [*heat, 8.0, *heat]), WHO) == []


def test_heat_is_found_in_a_history_that_crosses_both_limits() -> None:
    """One reading at 1 degree and then heat gives the hot episode (others gave none)."""
    (hot,) = evaluate(every(5, [1.0, *[9.0] * 8]), CLINIC)

    assert (hot.rule, times(hot)) == ("cn-hot@1", [5, 35, None])


def test_a_history_from_heat_to_frost_gives_both_episodes() -> None:
    """Each rule is judged for itself; the hot episode ends where the cold one begins."""
    hot, cold = evaluate(every(5, [*[9.0] * 8, *[1.0] * 8]), CLINIC)

    assert (hot.rule, times(hot)) == ("cn-hot@1", [0, 30, 40])
    assert (cold.rule, times(cold)) == ("cn-cold@1", [40, 70, None])


def test_a_three_day_breach_stays_one_episode() -> None:
    """A long breach is one episode with one beginning, not one for each day."""
    three_days = every(5, [9.0] * (3 * 288))

    (breach,) = evaluate(three_days, CLINIC)

    assert times(breach) == [0, 30, None]


def test_a_breach_told_in_two_downloads_is_continued_not_created_anew() -> None:
    """The second batch goes on from the state and confirms nothing a second time."""
    readings = every(5, [9.0] * 20)
    state, first = replay(readings[:10], CLINIC)

    later, second = replay(readings[10:], CLINIC, State.load(state.dump()))

    assert (len(first), second) == (1, [])
    assert later.tracks["cn-hot@1"].began_at == at(0)


def test_two_hot_readings_with_three_days_between_make_no_breach() -> None:
    """A gap is not bridged: nothing is known of the three days."""
    assert evaluate([reading(0, 9.0), reading(3 * 1440, 9.0)], CLINIC) == []


@pytest.mark.parametrize(("gap", "found"), [(29, 1), (30, 1), (31, 0)])
def test_a_gap_bridges_up_to_thirty_minutes(gap: int, found: int) -> None:
    """`max_gap_s` itself still bridges, one minute more does not."""
    readings = [reading(0, 9.0), reading(gap, 9.0), reading(gap + 1, 9.0), reading(gap + 2, 9.0)]
    quick = rules(rule("quick", Comparison.ABOVE, 8.0, minutes=10))

    assert len(evaluate(readings, quick)) == found


def test_a_hole_ends_a_breach_as_unknown_where_it_was_last_known() -> None:
    """The silent sensor's breach ends at its last reading, and a new one begins after the gap."""
    readings = [*every(5, [9.0] * 8), *every(5, [9.0] * 8, start=600)]

    before, after = evaluate(readings, CLINIC)

    assert (times(before), before.reason) == ([0, 30, 35], EndReason.UNKNOWN)
    assert (times(after), after.reason) == ([600, 630, None], None)


def test_a_breach_lasts_while_nothing_more_is_heard() -> None:
    """Without a later reading nobody knows of a gap: the episode stays open."""
    (breach,) = evaluate(every(5, [9.0] * 8), CLINIC)

    assert breach.ended_at is None


def test_a_broken_probe_is_not_a_recovery() -> None:
    """Faults shorter than the gap rule leave the episode open and bridge to the next reading."""
    (breach,) = evaluate(every(5, [*[9.0] * 8, None, None, 9.5, 5.0]), CLINIC)

    assert (times(breach), breach.peak_centi) == ([0, 30, 55], 950)


def test_a_probe_that_stays_broken_ends_the_breach_as_unknown() -> None:
    """Faults are heard but tell nothing: after the gap rule the episode is unknown."""
    (breach,) = evaluate(every(5, [*[9.0] * 8, *[None] * 8]), CLINIC)

    assert (times(breach), breach.reason) == ([0, 30, 35], EndReason.UNKNOWN)


def test_faults_do_not_confirm_a_breach() -> None:
    """Twenty-five minutes of heat and then faults stay unconfirmed."""
    assert evaluate(every(5, [*[9.0] * 6, None, None, None]), CLINIC) == []


def test_an_instant_rule_is_confirmed_by_its_first_reading() -> None:
    """Began and confirmed are one; the episode lasts until a reading is inside."""
    now = rules(rule("now", Comparison.AT_OR_ABOVE, 8.0))

    (warm,) = evaluate(every(5, [7.9, 8.0, 8.2, 7.9]), now)

    assert (times(warm), warm.peak_centi) == ([5, 5, 15], 820)


def test_short_crossings_add_up_in_the_window() -> None:
    """Four crossings of five minutes reach twenty minutes; it began with the first of them."""
    in_all = rules(rule("in-all", Comparison.ABOVE, 8.0, minutes=20, window=120))

    (breach,) = evaluate(every(5, [9.9, 5.0, 9.0, 5.0, 9.0, 5.0, 9.0, 9.0, 5.0]), in_all)

    assert (times(breach), breach.peak_centi) == ([0, 35, 40], 990)


def test_a_crossing_that_left_the_window_counts_no_more() -> None:
    """Fifteen minutes two hours ago and fifteen now are not twenty in one hour."""
    in_all = rules(rule("in-all", Comparison.ABOVE, 8.0, minutes=20, window=60))
    readings = every(5, [9.0, 9.0, 9.0, *[5.0] * 21, 9.0, 9.0, 9.0, 9.0, 5.0])

    assert evaluate(readings, in_all) == []


def test_time_of_an_ended_accumulative_breach_is_spent() -> None:
    """After it ended, one more minute beyond does not make the next breach at once."""
    in_all = rules(rule("in-all", Comparison.ABOVE, 8.0, minutes=20, window=240))

    episodes = evaluate(every(5, [*[9.0] * 6, 5.0, 9.0, 5.0, *[9.0] * 5]), in_all)

    assert [times(episode) for episode in episodes] == [[0, 20, 30], [35, 60, None]]


def test_a_consecutive_breach_is_found_while_a_cumulative_one_lasts() -> None:
    """Rules do not hide one another (others lost the one while the other was open)."""
    both = rules(
        rule("in-all", Comparison.ABOVE, 8.0, minutes=20, window=120),
        rule("in-a-row", Comparison.ABOVE, 8.0, minutes=40),
    )

    episodes = evaluate(every(5, [9.0] * 10), both)

    assert [(one.rule, *times(one)) for one in episodes] == [
        ("in-a-row@1", 0, 40, None),
        ("in-all@1", 0, 20, None),
    ]


def test_a_restart_while_the_condition_stands_still_ends_the_breach() -> None:
    """The open episode survives the restart and is told to have ended."""
    state, _ = replay(every(5, [9.0] * 8), CLINIC)

    _, changes = advance(State.load(state.dump()), reading(40, 5.0), CLINIC)

    assert changes == (Ended("cn-hot@1", at(0), at(40), EndReason.RECOVERED, 900),)


def test_an_excursion_keeps_its_beginning_through_the_delay() -> None:
    """Readings before the confirmation belong to it (others lost the start of every one)."""
    (breach,) = evaluate(every(1, [5.0, *[8.1] * 29, 12.0, 12.0, 5.0]), CLINIC)

    assert (times(breach), breach.peak_centi) == ([1, 31, 32], 1200)


def test_a_rule_taken_away_ends_its_breach_as_unknown() -> None:
    """Nobody judges it any more; it keeps the id and version that it was judged by."""
    state, _ = replay(every(5, [9.0] * 8), CLINIC)

    after, changes = advance(state, reading(40, 9.0), WHO)

    assert changes == (Ended("cn-hot@1", at(0), at(35), EndReason.UNKNOWN, 900),)
    assert set(after.tracks) == {"who-heat@1"}


def test_an_idle_state_is_small() -> None:
    """A calm probe remembers one instant."""
    state, _ = replay(every(5, [5.0] * 300), WHO)

    assert state.dump() == {"last": "2026-01-13T00:55:00+00:00"}


def test_a_state_of_faults_only_remembers_that_nothing_is_known() -> None:
    """It is read back as it was."""
    state, _ = replay(every(5, [None, None]), WHO)

    assert state.dump() == {"last": "2026-01-12T00:05:00+00:00", "known": None}
    assert State.load(state.dump()) == state


def test_an_empty_state_is_that_of_a_probe_that_said_nothing() -> None:
    """A new row's empty JSON can be read."""
    assert State.load({}) == State()
    assert State().dump() == {}
    assert State().known_at == excursions.NEVER


def test_a_rule_that_asks_for_three_readings_inside_does_not_flap() -> None:
    """One reading inside between hot ones is still the same breach; the third in a row ends it."""
    slow = rules(rule("slow", Comparison.ABOVE, 8.0, minutes=10, ends_after=3))

    (breach,) = evaluate(every(5, [9, 9, 9, 7, 9.5, 7, 7, 9.2, 7, 7, 7, 5]), slow)

    assert (times(breach), breach.peak_centi) == ([0, 10, 50], 950)


def test_a_rule_with_a_margin_ends_well_inside_only() -> None:
    """7.9 is inside +8.0 but not by half a degree; 7.5 is."""
    deep = rules(rule("deep", Comparison.ABOVE, 8.0, ends_inside=0.5))

    (breach,) = evaluate(every(5, [9, 7.9, 7.51, 7.5, 7.9]), deep)

    assert times(breach) == [0, 0, 15]


def test_a_reading_inside_still_resets_the_clock_before_confirmation() -> None:
    """Hysteresis ends a breach later; it never makes one."""
    slow = rules(rule("slow", Comparison.ABOVE, 8.0, minutes=10, ends_inside=2, ends_after=3))

    assert evaluate(every(5, [9, 9, 7.9, 9, 9, 7.9, 9]), slow) == []


def test_a_restart_remembers_how_many_readings_were_inside() -> None:
    """The second of two needed readings may come after it."""
    slow = rules(rule("slow", Comparison.ABOVE, 8.0, ends_after=2))
    state, _ = replay(every(5, [9, 7]), slow)

    _, changes = advance(State.load(state.dump()), reading(10, 7), slow)

    assert changes == (Ended("slow@1", at(0), at(10), EndReason.RECOVERED, 900),)
