"""Episodes are a pure function of the readings, and agree with a slow second computation."""

import json
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.domain.excursions import Change, State, advance, evaluate, replay
from sensors.domain.readings import Reading
from sensors.domain.rules import RuleSet
from tests.sensors.domain import oracle
from tests.sensors.domain.histories import EVERY_KIND, reading

# Each threshold of EVERY_KIND, one hundredth of a degree to either side, and well beyond.
EDGES = (8.0, 8.01, 7.99, 2.0, 2.01, 1.99, -0.5, -0.49, -0.51, 5.0, 12.0, -9.0, None)
# Steps of the durations, windows and gaps of EVERY_KIND, and one second to either side.
STEPS = (1, 5, 10, 10 + 1 / 60, 15, 20, 20 + 1 / 60, 30, 30 - 1 / 60, 30 + 1 / 60, 45, 70)


@st.composite
def histories(draw: st.DrawFn, most: int = 30) -> list[Reading]:
    """Draw readings in order, with gaps, faults and temperatures at every edge."""
    steps = draw(st.lists(st.sampled_from(STEPS), max_size=most))
    minutes = [sum(steps[:place]) for place in range(len(steps))]
    return [reading(minute, draw(st.sampled_from(EDGES))) for minute in minutes]


def wandering_history(chance: random.Random) -> list[Reading]:
    """Make a history that stays on one side for a while, as fridges do."""
    made, minute, celsius = [], 0.0, chance.choice(EDGES)
    for _ in range(chance.randrange(3, 30)):
        if chance.random() < 0.3:
            celsius = chance.choice(EDGES)
        made.append(reading(minute, celsius))
        if chance.random() < 0.05:
            made.append(reading(minute, chance.choice(EDGES), received=minute + 1))
        minute += chance.choice(STEPS) if chance.random() < 0.2 else 5
    return made


def told(readings: list[Reading], rules: RuleSet = EVERY_KIND) -> list[Change]:
    """Return every change told while *readings* come one by one."""
    state, changes = State(), []
    for one in readings:
        state, news = advance(state, one, rules)
        changes += news
    return changes


def test_thousands_of_histories_agree_with_the_slow_oracle() -> None:
    """3,000 seeded histories give the oracle's episodes, row by row."""
    chance = random.Random(20260112)

    for _ in range(3_000):
        history = wandering_history(chance)
        assert evaluate(history, EVERY_KIND) == oracle.episodes(history, EVERY_KIND), history


@settings(max_examples=200, deadline=None)
@given(histories())
def test_drawn_histories_agree_with_the_slow_oracle(history: list[Reading]) -> None:
    """Histories that hypothesis draws give the oracle's episodes."""
    assert evaluate(history, EVERY_KIND) == oracle.episodes(history, EVERY_KIND)


@settings(max_examples=100, deadline=None)
@given(histories(), st.data())
def test_order_and_duplicates_do_not_matter(history: list[Reading], data: st.DataObject) -> None:
    """Shuffled, with some readings twice, the episodes are the same."""
    again = data.draw(st.lists(st.sampled_from(history), max_size=9)) if history else []
    shuffled = data.draw(st.permutations(history + again))

    assert evaluate(shuffled, EVERY_KIND) == evaluate(history, EVERY_KIND)


@settings(max_examples=100, deadline=None)
@given(histories(), st.data())
def test_rivals_at_one_instant_are_judged_alike(
    history: list[Reading], data: st.DataObject
) -> None:
    """Of two temperatures at one instant the same one counts, whichever comes first."""
    rivals = [one._replace(centi=data.draw(st.sampled_from([900, 100, None]))) for one in history]

    assert evaluate(rivals + history, EVERY_KIND) == evaluate(history + rivals, EVERY_KIND)


@settings(max_examples=100, deadline=None)
@given(histories(), st.integers(0, 30))
def test_a_restart_at_any_point_changes_nothing(history: list[Reading], place: int) -> None:
    """The state written as JSON and read back goes on as if nothing had happened."""
    state, _ = replay(history[:place], EVERY_KIND)
    reread = State.load(json.loads(json.dumps(state.dump())))

    assert reread == state
    assert replay(history[place:], EVERY_KIND, reread) == replay(history[place:], EVERY_KIND, state)


@settings(max_examples=100, deadline=None)
@given(histories())
def test_what_is_told_one_by_one_adds_up_to_the_episodes(history: list[Reading]) -> None:
    """Changes told live name the same beginnings, ends and last peaks as the recomputation."""
    live = [
        (change.rule, change.began_at, getattr(change, "ended_at", None), change.peak_centi)
        for change in told(history)
    ]
    last = {(rule, began): (ended, peak) for rule, began, ended, peak in live}

    assert last == {
        (episode.rule, episode.began_at): (episode.ended_at, episode.peak_centi)
        for episode in evaluate(history, EVERY_KIND)
    }


@settings(max_examples=100, deadline=None)
@given(histories())
def test_a_reading_told_twice_changes_nothing_the_second_time(history: list[Reading]) -> None:
    """`advance` passes over what is not newer, and says so beforehand."""
    state, _ = replay(history, EVERY_KIND)

    for one in history:
        assert state.is_late(one)
        assert advance(state, one, EVERY_KIND) == (state, ())
