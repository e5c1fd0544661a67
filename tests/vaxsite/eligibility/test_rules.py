"""Whose turn it is, where and when."""

from datetime import date

import pytest

from vaxsite.core.decisions import Allowed, Refused
from vaxsite.eligibility import queries, rules
from vaxsite.eligibility.rules import Attributes, Occupation, PhaseView, Reason

GROUPS = queries.groups()
DAY = date(2026, 12, 1)


def somebody(
    born_on: date,
    occupation: Occupation = Occupation.OTHER,
    *,
    ill: bool = False,
) -> Attributes:
    return Attributes(born_on, occupation, ill)


def phase(group: str, opens_on: date = DAY, closes_on: date | None = None) -> PhaseView:
    return PhaseView(1, 1, group, opens_on, closes_on)


def codes(who: Attributes, day: date = DAY) -> list[str]:
    return [group.code for group in rules.groups_of(GROUPS, who, day)]


@pytest.mark.parametrize(
    ("born_on", "occupation", "ill", "expected"),
    [
        (date(1985, 5, 5), Occupation.OTHER, False, ["adults-18-59", "everyone-from-18"]),
        (
            date(1985, 5, 5),
            Occupation.HEALTH_CARE,
            False,
            ["key-occupations-1", "adults-18-59", "everyone-from-18"],
        ),
        (
            date(1985, 5, 5),
            Occupation.FIRE,
            True,
            ["key-occupations-2", "adults-18-59", "long-term-illness", "everyone-from-18"],
        ),
        (date(1950, 5, 5), Occupation.HEALTH_CARE, False, ["from-60", "everyone-from-18"]),
        (date(2015, 5, 5), Occupation.OTHER, True, []),
    ],
)
def test_what_people_say_puts_them_into_groups(
    born_on: date, occupation: Occupation, ill: bool, expected: list[str]
) -> None:
    """Age, occupation and illness together decide; the highest group comes first."""
    assert codes(somebody(born_on, occupation, ill=ill)) == expected


@pytest.mark.parametrize(
    ("born_on", "expected"),
    [
        (date(1966, 12, 2), ["adults-18-59", "everyone-from-18"]),
        (date(1966, 12, 1), ["from-60", "everyone-from-18"]),
        (date(1966, 11, 30), ["from-60", "everyone-from-18"]),
        (date(2008, 12, 2), []),
        (date(2008, 12, 1), ["adults-18-59", "everyone-from-18"]),
    ],
)
def test_the_birthday_itself_changes_the_group(born_on: date, expected: list[str]) -> None:
    """Turning 18 or 60 counts from the birthday on, not from the day after."""
    assert codes(somebody(born_on)) == expected


def test_people_born_on_29_february_get_older_on_1_march() -> None:
    """In a year without 29 February the birthday is 1 March."""
    assert rules.birthday(date(2008, 2, 29), 18) == date(2026, 3, 1)
    assert rules.birthday(date(2004, 2, 29), 20) == date(2024, 2, 29)


def test_groups_of_2020_did_not_know_the_old_yet() -> None:
    """Groups are dated: people from 60 came with the guidance of 29 March 2021."""
    old = somebody(date(1950, 5, 5))

    assert codes(old, date(2021, 3, 28)) == []
    assert codes(old, date(2021, 3, 29)) == ["from-60", "everyone-from-18"]


@pytest.mark.parametrize(
    ("phases", "expected"),
    [
        ([phase("adults-18-59", date(2026, 12, 1))], Allowed("adults-18-59")),
        ([phase("everyone-from-18", date(2026, 11, 1))], Allowed("everyone-from-18")),
        (
            [phase("adults-18-59", date(2026, 12, 2))],
            Refused(
                Reason.OPENS_LATER,
                "groups 2021-03-29",
                since=date(2026, 12, 2),
                detail={"date": date(2026, 12, 2)},
            ),
        ),
        (
            [phase("adults-18-59", date(2026, 11, 1), date(2026, 12, 1))],
            Refused(
                Reason.CLOSED,
                "groups 2021-03-29",
                since=date(2026, 11, 30),
                detail={"date": date(2026, 11, 30)},
            ),
        ),
        ([phase("from-60")], Refused(Reason.NO_PHASE, "groups 2021-03-29")),
        ([], Refused(Reason.NO_PHASE, "groups 2021-03-29")),
    ],
)
def test_an_open_phase_of_a_group_of_theirs_lets_people_in(
    phases: list[PhaseView], expected: object
) -> None:
    """Without one, the refusal says whether to wait, to look elsewhere, or when to come."""
    assert rules.decide(GROUPS, phases, somebody(date(1985, 5, 5)), day=DAY) == expected


def test_the_highest_group_with_an_open_phase_is_the_reason() -> None:
    """A nurse comes in as a nurse, not as one of everybody."""
    nurse = somebody(date(1985, 5, 5), Occupation.HEALTH_CARE)
    phases = [phase("everyone-from-18"), phase("key-occupations-1")]

    assert rules.decide(GROUPS, phases, nurse, day=DAY) == Allowed("key-occupations-1")


def test_somebody_too_young_learns_when_they_are_old_enough() -> None:
    """The day is given, so that nobody has to ask again."""
    decision = rules.decide(
        GROUPS, [phase("everyone-from-18")], somebody(date(2008, 12, 2)), day=DAY
    )

    assert isinstance(decision, Refused)
    assert decision.reason == Reason.TOO_YOUNG
    assert decision.detail == {"age": 18, "date": date(2026, 12, 2)}


def test_a_phase_that_opens_after_a_birthday_counts() -> None:
    """Somebody who turns 60 meanwhile is told the day on which the phase for 60 opens."""
    nearly = somebody(date(1966, 12, 10))

    decision = rules.decide(GROUPS, [phase("from-60", date(2026, 12, 15))], nearly, day=DAY)

    assert isinstance(decision, Refused)
    assert decision.detail == {"date": date(2026, 12, 15)}


def test_every_group_has_a_source_and_both_names() -> None:
    """Clinical data without a source is not data."""
    assert len(GROUPS.groups) == 6
    for group in GROUPS.groups:
        assert group.source
        assert group.name("en") != group.name("zh")


def test_every_occupation_of_a_group_is_one_that_people_can_choose() -> None:
    """Nobody is in a group that the question does not offer."""
    assert set(rules.OCCUPATIONS) == set(Occupation)
    assert set(rules.SENTENCES) == set(Reason)


@pytest.mark.parametrize(
    "text",
    [
        'edition = "1"\n[[group]]\ncode = "a"\n',
        """
        edition = "1"
        [[group]]
        code = "a"
        name_en = "A"
        name_zh = "A"
        source = "s"
        valid_from = 2021-01-01
        occupations = ["astronaut"]
        """,
    ],
)
def test_data_that_does_not_describe_a_group_is_refused(text: str) -> None:
    """A mistyped occupation or a missing date is found at the start, not at the door."""
    with pytest.raises((ValueError, TypeError)):
        rules.read_groups(text)
