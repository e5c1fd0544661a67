"""What a person is shown: stages, days and sentences, also of records that cannot be right."""

from datetime import date, timedelta

import pytest

from vaxsite.record import outlook as record_outlook
from vaxsite.record.outlook import GroupLine, Outlook, Stage, in_language, outlook
from vaxsite.record.rules import History, Leaflet, with_leaflets
from vaxsite.releases.queries import local_release
from vaxsite.schedule.history import Dose, Observation, Person

TODAY = date(2026, 1, 13)
DAY = timedelta(days=1)
ADULT = Person(date(1950, 5, 5), "female")


def looked(*doses: Dose, who: Person = ADULT, held: tuple[str, ...] = ()) -> Outlook:
    """The outlook of somebody today."""
    return outlook(History(who, local_release(), doses, frozenset(held)), on=TODAY)


def covid(said: Outlook) -> GroupLine:
    """The line about COVID-19."""
    return next(one for one in said.groups if one.group == "COVID-19")


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        (20, Stage.LATER),
        (21, Stage.DUE),
        (56, Stage.DUE),
        (57, Stage.OVERDUE),
        (4000, Stage.OVERDUE),
    ],
)
def test_dose_two_is_later_then_due_then_overdue(days: int, stage: Stage) -> None:
    """From 3 weeks, in time until 8 weeks, and still to be had years after."""
    line = covid(looked(Dose(TODAY - days * DAY, "511")))

    assert (line.stage, line.number) == (stage, 2)


def test_what_is_complete_forbidden_or_not_for_this_age_is_told_apart() -> None:
    """Two doses complete; pregnancy forbids; the children's vaccines are closed to her."""
    both = looked(Dose(TODAY - 60 * DAY, "511"), Dose(TODAY - 30 * DAY, "511"))
    pregnant = Person(date(1990, 5, 5), "female", (Observation("pregnant"),))

    assert covid(both).stage is Stage.COMPLETE
    assert covid(looked(who=pregnant)).stage is Stage.FORBIDDEN
    assert {one.stage for one in both.groups if one.group != "COVID-19"} == {Stage.CLOSED}


def test_the_most_urgent_comes_first() -> None:
    """A baby of eight months is late with much; what is far away stands below."""
    stages = [one.stage for one in looked(who=Person(TODAY - 250 * DAY, "female")).groups]

    assert stages == sorted(stages, key=list(Stage).index)
    assert {Stage.OVERDUE, Stage.LATER} <= set(stages)


@pytest.mark.parametrize(
    ("dose", "word"),
    [
        (Dose(date(1900, 1, 1), "511"), "before the birth"),
        (Dose(TODAY + DAY, "511"), "in the future"),
        (Dose(TODAY - DAY, "no such"), "unknown"),
    ],
)
def test_a_record_that_cannot_be_right_is_flagged_and_explained(dose: Dose, word: str) -> None:
    """The nurse sees which one and why; nothing raises."""
    (line,) = looked(dose).doses

    assert line.flagged
    assert not line.counts
    assert word in line.words[0].sentence


def test_a_dose_entered_twice_counts_once() -> None:
    """The second of two identical entries is flagged."""
    said = looked(Dose(TODAY - 30 * DAY, "511", id="1"), Dose(TODAY - 30 * DAY, "511", id="2"))

    assert [(one.counts, one.flagged) for one in said.doses] == [(True, False), (False, True)]
    assert covid(said).number == 2


def test_an_old_dose_is_judged_by_the_rule_of_its_day() -> None:
    """14 days were the rule in February 2021, and the line says since when which rule holds."""
    first = date(2021, 2, 1)
    old = looked(Dose(first, "511"), Dose(first + 14 * DAY, "511"))
    new = looked(Dose(date(2021, 4, 1), "511"), Dose(date(2021, 4, 1) + 13 * DAY, "511"))

    assert [one.counts for one in old.doses] == [True, True]
    assert [one.counts for one in new.doses] == [True, False]
    assert new.doses[1].in_force_since == date(2021, 3, 29)


def test_a_dose_of_a_held_lot_is_not_decided() -> None:
    """It neither counts nor is called wrong."""
    (line,) = looked(Dose(TODAY - 30 * DAY, "511", id="x"), held=("x",)).doses

    assert not line.counts
    assert line.words[0].sentence == record_outlook.UNDECIDED


def test_a_leaflet_advises_nobody_to_begin_and_completes_what_was_begun() -> None:
    """It knows no ages: a vaccine for grandparents is not due for a baby."""
    pair = Leaflet("leaflet:PAIR", "Pair", "两剂", 2, 30, 60, "Leaflet")
    release = with_leaflets(local_release(), [pair])

    def stages(*doses: Dose) -> list[Stage]:
        said = outlook(History(ADULT, release, doses), on=TODAY)
        return [one.stage for one in said.groups if one.group == "leaflet:PAIR"]

    assert stages() == []
    assert stages(Dose(TODAY - 40 * DAY, "leaflet:PAIR")) == [Stage.DUE]


def test_names_are_in_the_language_of_the_reader() -> None:
    """Disease, vaccines and policies have both; a name in one language stays as it is."""
    said = looked(Dose(TODAY - 30 * DAY, "511"))
    line = covid(said)

    assert (line.title("en"), line.title("zh")) == ("COVID-19", "新冠病毒")
    assert "新冠灭活疫苗（科兴）" in line.vaccine_names("zh")
    assert said.doses[0].title("zh") == "新冠灭活疫苗（科兴）"
    assert all(in_language(policy, "zh").startswith("《") for policy in said.policies)
    assert in_language("MMR", "zh") == "MMR"
    assert in_language(line.rule, "zh").startswith("新冠灭活疫苗，2剂（")


def test_every_stage_has_a_word() -> None:
    """No page shows a code."""
    assert set(record_outlook.STAGE_LABELS) == set(Stage)
