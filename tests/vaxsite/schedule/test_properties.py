"""What holds for every history."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vaxsite.schedule import people
from vaxsite.releases import queries
from vaxsite.schedule import engine
from vaxsite.schedule.history import Dose, Person

CODES = ("08", "19", "10", "178", "20", "03", "191", "192", "83", "HepA-L", "JE-L", "JE-I", "510")
BORN = date(2021, 1, 31)
ON = date(2026, 11, 23)
HISTORIES = st.lists(
    st.tuples(st.sampled_from(CODES), st.integers(0, 2000)), max_size=12, unique=True
)


IRRELEVANT = "harmless"
LOCAL = queries.local_release()
RELEASE = replace(LOCAL, associations={**LOCAL.associations, IRRELEVANT: ()})


def doses(history: list[tuple[str, int]]) -> list[Dose]:
    return [Dose(BORN + timedelta(days=day), code) for code, day in history]


def verdicts(history: list[Dose], born_on: date = BORN) -> list[object]:
    assessment = engine.assess(history, Person(born_on), on=ON, release=RELEASE)
    return [(each.fault, each.verdicts) for each in assessment.doses]


@settings(max_examples=60, deadline=None)
@given(HISTORIES)
def test_a_later_irrelevant_dose_changes_no_earlier_verdict(
    history: list[tuple[str, int]],
) -> None:
    """In no group, and in nobody's way. Varicella is no such dose: it delays live vaccines, and
    then another series may be the one that is finished first.
    """
    later = Dose(BORN + timedelta(days=2001), IRRELEVANT)

    assert verdicts([*doses(history), later])[:-1] == verdicts(doses(history))


@settings(max_examples=60, deadline=None)
@given(HISTORIES, st.randoms())
def test_the_order_of_entry_changes_nothing(history: list[tuple[str, int]], chance) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - hypothesis gives a random.Random of its own kind
    """Evaluation is repeatable, and looks at dates only."""
    mixed = list(history)
    chance.shuffle(mixed)

    once, again = verdicts(doses(history)), verdicts(doses(history))

    assert once == again
    assert dict(zip(mixed, verdicts(doses(mixed)), strict=True)) == dict(
        zip(history, once, strict=True)
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 200), min_size=1, max_size=4, unique=True), st.integers(0, 60))
def test_whole_weeks_shift_every_answer_alike(days: list[int], weeks: int) -> None:
    """Inside the window of one release, where rules count days and weeks only."""
    shift = timedelta(weeks=weeks)
    start, on, born_on = date(2021, 4, 1), date(2021, 12, 1), date(1980, 1, 1)
    given_days = [start + timedelta(days=day) for day in days]

    before = people.assessed(born_on, *(f"510@{day}" for day in given_days), on=on)
    after = people.assessed(born_on, *(f"510@{day + shift}" for day in given_days), on=on + shift)

    here, there = before.groups["COVID-19"], after.groups["COVID-19"]
    statuses = [engine.status_of(each, "COVID-19") for each in before.doses]
    assert statuses == [engine.status_of(each, "COVID-19") for each in after.doses]
    assert (here.status, here.number) == (there.status, there.number)
    for one, other in ((here.earliest, there.earliest), (here.past_due, there.past_due)):
        assert other == (one + shift if one else None)
