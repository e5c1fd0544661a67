"""Recordings of real vaccine fridges: our episodes against the device's own sums and alarms."""

import csv
import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sensors.domain.excursions import Episode, evaluate
from sensors.domain.readings import Reading
from sensors.domain.rules import Direction, RuleKind, RuleSet
from sensors.rulebook import RULE_SETS
from tests import groups
from tests.sensors.domain import fridge_tag, oracle

pytestmark = pytest.mark.shared

DATA = groups.BESIDE / "data"
TAG_FILE = DATA / "fridge-tag" / "130500109088_202206081014.txt"
TAG = RULE_SETS["fridge-tag-2l"]
# The same thresholds at once: every crossing, however short, is an episode.
TAG_CROSSINGS = RuleSet(replace(rule, kind=RuleKind.INSTANT, duration_s=0) for rule in TAG)
# The device samples each minute or so and logs every fifth.
SAMPLING = timedelta(minutes=7)
NO_END = datetime.max.replace(tzinfo=UTC)


def recorded(path: Path) -> list[Reading]:
    """Return the readings of a normalised recording."""
    with path.open() as lines:
        return [
            Reading(1, at, at, round(float(row["c"]) * 100))
            for row in csv.DictReader(lines)
            for at in [datetime.fromisoformat(row["at"])]
        ]


@pytest.fixture(scope="module")
def tag() -> list[Reading]:
    """Return the 10,653 readings of the Fridge-tag 2 L."""
    return recorded(DATA / "normalised" / "130500109088_202206081014.csv")


@pytest.fixture(scope="module")
def days() -> dict[date, fridge_tag.Day]:
    """Return the 38 days as the device summed them up."""
    return fridge_tag.read_days(TAG_FILE)


def by_day(began_at: datetime, ended_at: datetime) -> Iterator[tuple[date, float]]:
    """Cut [began_at, ended_at) at midnight into days with their minutes."""
    while began_at < ended_at:
        midnight = datetime.combine(began_at.date(), datetime.min.time(), UTC) + timedelta(days=1)
        yield began_at.date(), (min(midnight, ended_at) - began_at) / timedelta(minutes=1)
        began_at = midnight


def minutes_beyond(episodes: list[Episode], direction: Direction) -> dict[date, float]:
    """Return the minutes of each day that lie in *episodes* of one *direction*."""
    minutes: dict[date, float] = defaultdict(float)
    for episode in episodes:
        if episode.direction is direction and episode.ended_at is not None:
            for on, lasted in by_day(episode.began_at, episode.ended_at):
                minutes[on] += lasted
    return minutes


def test_the_text_file_and_the_normalised_one_hold_the_same(tag: list[Reading]) -> None:
    """The parser of these tests reads 10,653 rows and 38 days."""
    rows = fridge_tag.read_rows(TAG_FILE)

    assert [(row.at, row.centi) for row in rows] == [(one.measured_at, one.centi) for one in tag]
    assert len(tag) == 10_653


def test_episodes_of_the_fridge_tag_agree_with_the_slow_oracle(tag: list[Reading]) -> None:
    """23 episodes, row by row."""
    episodes = evaluate(tag, TAG)

    assert episodes == oracle.episodes(tag, TAG)
    assert len(episodes) == 23
    assert sum(episode.direction is Direction.COLD for episode in episodes) == 4


def test_the_device_marked_exactly_the_readings_that_our_rules_call_beyond() -> None:
    """Its column "out of limits" is a second opinion on each comparison."""
    low, high = TAG

    for row in fridge_tag.read_rows(TAG_FILE):
        assert row.out_of_limits is (low.is_beyond(row.centi) or high.is_beyond(row.centi)), row


def test_minutes_beyond_agree_with_the_device_day_by_day(
    tag: list[Reading], days: dict[date, fridge_tag.Day]
) -> None:
    """All crossings of a day add up to the device's own minutes, within seven."""
    crossings = evaluate(tag, TAG_CROSSINGS)
    cold = minutes_beyond(crossings, Direction.COLD)
    hot = minutes_beyond(crossings, Direction.HOT)

    assert len(days) == 38
    for on, day in days.items():
        assert abs(cold[on] - day.cold_minutes) <= 7, on
        assert abs(hot[on] - day.hot_minutes) <= 7, on


def test_alarm_days_are_exactly_the_days_of_our_episodes(
    tag: list[Reading], days: dict[date, fridge_tag.Day]
) -> None:
    """A day has an alarm of the device if and only if a confirmed episode lies in it."""
    ours = {Direction.COLD: set[date](), Direction.HOT: set[date]()}
    for episode in evaluate(tag, TAG):
        ended_at = min(episode.ended_at or NO_END, tag[-1].measured_at)
        ours[episode.direction] |= {on for on, _ in by_day(episode.confirmed_at, ended_at)}

    assert ours[Direction.COLD] == {on for on, day in days.items() if day.cold_alarm_at}
    assert ours[Direction.HOT] == {on for on, day in days.items() if day.hot_alarm_at}


def test_the_first_alarm_of_a_day_comes_when_the_device_gave_it(
    tag: list[Reading], days: dict[date, fridge_tag.Day]
) -> None:
    """Where an alarm began on the day itself, the device's time and ours agree within sampling."""
    episodes = evaluate(tag, TAG)
    compared = 0
    for on, day in days.items():
        for direction, alarm_at in (
            (Direction.COLD, day.cold_alarm_at),
            (Direction.HOT, day.hot_alarm_at),
        ):
            if alarm_at is None or alarm_at.time() == datetime.min.time():
                continue
            ours = [
                episode.confirmed_at
                for episode in episodes
                if episode.direction is direction and episode.confirmed_at.date() == on
            ]
            assert abs(min(ours) - alarm_at) <= SAMPLING, on
            compared += 1
    assert compared == 10


def test_extremes_of_a_day_agree_with_the_device(
    tag: list[Reading], days: dict[date, fridge_tag.Day]
) -> None:
    """The logged extremes lie inside the device's, and within half a degree of them."""
    logged: dict[date, list[int]] = defaultdict(list)
    for one in tag:
        assert one.centi is not None
        logged[one.measured_at.date()].append(one.centi)

    for on, day in days.items():
        assert day.low_centi <= min(logged[on]) <= day.low_centi + 50, on
        assert day.high_centi - 50 <= max(logged[on]) <= day.high_centi, on


def test_peaks_of_episodes_are_the_extremes_of_their_time(tag: list[Reading]) -> None:
    """The hottest and the coldest episode hold the extremes of the recording."""
    episodes = evaluate(tag, TAG)

    assert max(episode.peak_centi for episode in episodes) == 3020
    assert min(episode.peak_centi for episode in episodes) == -840


def test_a_burst_of_ruuvi_readings_agrees_with_the_slow_oracle() -> None:
    """368 readings with losses of up to 141 minutes, by rules of four sets."""
    readings = recorded(DATA / "normalised" / "ruuvi-fridge.csv")

    for name in ("who-pqs", "cn-clinic", "fridge-tag-2l", "freezer"):
        assert evaluate(readings, RULE_SETS[name]) == oracle.episodes(readings, RULE_SETS[name])


def test_no_episode_of_the_ruuvi_tag_bridges_a_loss() -> None:
    """No two neighbours inside an episode stand more than half an hour apart."""
    readings = recorded(DATA / "normalised" / "ruuvi-fridge.csv")
    instants = [one.measured_at for one in readings]
    gaps = [
        (before, after)
        for before, after in itertools.pairwise(instants)
        if after - before > timedelta(minutes=30)
    ]

    episodes = evaluate(readings, RULE_SETS["cn-clinic"])

    assert max(after - before for before, after in gaps) > timedelta(minutes=140)
    assert len(episodes) > 0
    for episode in episodes:
        ended_at = episode.ended_at or NO_END
        assert not [gap for gap in gaps if episode.began_at <= gap[0] < ended_at]
