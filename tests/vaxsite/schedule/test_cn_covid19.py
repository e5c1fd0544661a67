"""COVID-19 in China, 2020 to 2021: each limit the day before, the day, the day after."""

from datetime import date, timedelta

import pytest

from tests.vaxsite.schedule import people
from vaxsite.schedule.history import Observation
from vaxsite.schedule.rules import DoseStatus, Due, Reason, SeriesStatus

WANG = date(1990, 5, 5)
COVID = "COVID-19"
NOT_VALID, VALID = DoseStatus.NOT_VALID, DoseStatus.VALID


def after(first: str, days: int) -> tuple[DoseStatus, Reason]:
    """Return the verdict on a second dose *days* after the *first*."""
    day = date.fromisoformat(first) + timedelta(days=days)
    return people.last_dose(COVID, people.assessed(WANG, f"510@{first}", f"510@{day}"))


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (13, (NOT_VALID, Reason.TOO_SOON)),
        (14, (VALID, Reason.VALID)),
        (15, (VALID, Reason.VALID)),
        (20, (VALID, Reason.VALID)),
        (28, (VALID, Reason.VALID)),
    ],
)
def test_in_january_2021_dose_2_counts_from_14_days(
    days: int, expected: tuple[DoseStatus, Reason]
) -> None:
    """The practice before the guidance."""
    assert after("2021-01-05", days) == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (13, (NOT_VALID, Reason.TOO_SOON)),
        (14, (VALID, Reason.INTERVAL_GRACE)),
        (20, (VALID, Reason.INTERVAL_GRACE)),
        (21, (VALID, Reason.VALID)),
        (22, (VALID, Reason.VALID)),
        (56, (VALID, Reason.VALID)),
        (57, (VALID, Reason.VALID)),
        (400, (VALID, Reason.VALID)),
    ],
)
def test_under_the_guidance_14_to_20_days_ask_for_no_more_dose(
    days: int, expected: tuple[DoseStatus, Reason]
) -> None:
    """It was too soon by the guidance, and is not repeated; a late dose always completes."""
    assert after("2021-04-01", days) == expected


@pytest.mark.parametrize(
    ("on", "earliest", "last"),
    [
        (date(2021, 3, 28), date(2021, 4, 3), date(2021, 4, 17)),
        (date(2021, 3, 29), date(2021, 4, 10), date(2021, 5, 15)),
    ],
)
def test_dose_2_is_planned_by_the_rule_of_the_day(on: date, earliest: date, last: date) -> None:
    """14 to 28 days before 29 March 2021, from then 21 days and within 8 weeks."""
    group = people.due(COVID, WANG, "510@2021-03-20", on=on)

    assert (group.number, group.earliest, group.past_due) == (2, earliest, last)


def test_after_a_dose_that_was_too_soon_one_more_is_planned() -> None:
    """Three weeks after the dose that did not count."""
    group = people.due(COVID, WANG, "510@2021-04-07", "510@2021-04-10", on=date(2021, 4, 20))

    assert (group.number, group.earliest) == (2, date(2021, 5, 1))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2021, 4, 12), (NOT_VALID, Reason.TOO_SOON)),
        (date(2021, 4, 13), (VALID, Reason.VALID)),
        (date(2021, 4, 14), (VALID, Reason.VALID)),
    ],
)
def test_the_repeated_dose_counts_from_three_weeks(
    day: date, expected: tuple[DoseStatus, Reason]
) -> None:
    """Doses of 10 and 23 March stood 13 days apart: the third counts from 13 April."""
    assessment = people.assessed(WANG, "510@2021-03-10", "510@2021-03-23", f"510@{day}")

    assert people.last_dose(COVID, assessment) == expected


def test_a_january_dose_with_a_second_in_april_is_judged_by_april() -> None:
    """The rule is that of the day of the second dose."""
    assert after("2021-01-20", 75) == (VALID, Reason.VALID)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2021, 4, 9), (NOT_VALID, Reason.TOO_YOUNG)),
        (date(2021, 4, 10), (VALID, Reason.VALID)),
        (date(2021, 4, 11), (VALID, Reason.VALID)),
    ],
)
def test_a_dose_counts_from_the_18th_birthday(
    day: date, expected: tuple[DoseStatus, Reason]
) -> None:
    """Who turns 18 between booking and visit is old enough at the visit."""
    assessment = people.assessed(date(2003, 4, 10), f"511@{day}")

    assert people.last_dose(COVID, assessment) == expected


@pytest.mark.parametrize(
    ("born_on", "on", "offered"),
    [
        (date(1961, 2, 2), date(2021, 2, 1), True),
        (date(1961, 2, 2), date(2021, 2, 2), False),
        (date(1961, 2, 2), date(2021, 3, 28), False),
        (date(1961, 2, 2), date(2021, 3, 29), True),
    ],
)
def test_until_the_guidance_nothing_is_offered_from_60_years(
    born_on: date, on: date, offered: bool
) -> None:
    """Before, inactivated vaccine was for 18 to 59 years."""
    group = people.due(COVID, born_on, "510@2021-01-05", on=on)

    assert bool(group.vaccines) is offered


@pytest.mark.parametrize(("days", "status"), [(27, NOT_VALID), (28, VALID), (29, VALID)])
def test_doses_of_the_subunit_vaccine_stand_28_days_apart(days: int, status: DoseStatus) -> None:
    """The second and the third alike."""
    second = date(2021, 5, 1) + timedelta(days=days)
    third = date(2021, 5, 29) + timedelta(days=days)

    two = people.assessed(WANG, "507@2021-05-01", f"507@{second}", on=date(2021, 12, 1))
    three = people.assessed(
        WANG, "507@2021-05-01", "513@2021-05-29", f"507@{third}", on=date(2021, 12, 1)
    )

    assert people.last_dose(COVID, two)[0] is status
    assert people.last_dose(COVID, three)[0] is status


def test_the_subunit_vaccine_is_due_within_8_weeks_and_6_months() -> None:
    """Both counted from the first dose, the last day included."""
    second = people.due(COVID, WANG, "507@2021-05-01", on=date(2021, 5, 2))
    third = people.due(COVID, WANG, "507@2021-05-01", "507@2021-05-29", on=date(2021, 6, 1))

    assert (second.number, second.past_due) == (2, date(2021, 6, 26))
    assert (third.number, third.past_due) == (3, date(2021, 11, 1))


def test_one_dose_of_the_vector_vaccine_is_complete() -> None:
    """And no other product is due after it."""
    group = people.due(COVID, WANG, "506@2021-05-01", on=date(2021, 6, 1))

    assert (group.status, group.why) == (SeriesStatus.COMPLETE, Due.COMPLETE)


def test_inactivated_vaccines_of_two_makers_complete_each_other() -> None:
    """The same product of another maker, given elsewhere, counts."""
    group = people.due(COVID, WANG, "510@2021-04-01", "511@2021-04-22", on=date(2021, 6, 1))

    assert group.status is SeriesStatus.COMPLETE


def test_another_platform_does_not_count_as_the_second_dose() -> None:
    """After an inactivated dose a subunit one leaves the series where it was."""
    assessment = people.assessed(
        WANG, "510@2021-04-01", "510@2021-04-22", "507@2021-06-01", on=date(2021, 7, 1)
    )

    assert people.last_dose(COVID, assessment)[0] is DoseStatus.EXTRANEOUS
    assert assessment.groups[COVID].status is SeriesStatus.COMPLETE


def test_after_an_infection_one_dose_is_due_six_months_later() -> None:
    """Six months after 31 August is 1 March."""
    had_it = [Observation("covid19-infection", date(2021, 8, 31))]

    group = people.assessed(WANG, on=date(2021, 9, 30), observed=had_it).groups[COVID]

    assert (group.number, group.earliest) == (1, date(2022, 3, 1))


def test_the_next_dose_stays_away_from_other_vaccines() -> None:
    """More than 14 days: from the fifteenth day on."""
    group = people.due(COVID, WANG, "21@2021-04-10", on=date(2021, 4, 12))

    assert (group.earliest, group.why) == (date(2021, 4, 25), Due.CONFLICT)


@pytest.mark.parametrize(
    "code",
    [
        "vaccine-allergy",
        "severe-vaccine-reaction",
        "uncontrolled-nervous-disease",
        "acute-illness",
        "pregnant",
    ],
)
def test_each_contraindication_of_the_guidance_stops_the_dose(code: str) -> None:
    """All five, whatever the product."""
    found = people.assessed(WANG, on=date(2021, 6, 1), observed=[Observation(code)])

    assert found.groups[COVID].status is SeriesStatus.CONTRAINDICATED


def test_a_verdict_names_its_rule_and_the_dates_it_compared() -> None:
    """Series, dose, limit, the dose it counted from, and since when the rule holds."""
    assessment = people.assessed(WANG, "510@2021-04-01", "510@2021-04-10")

    verdict = assessment.doses[1].verdicts[COVID]

    assert (verdict.series, verdict.number) == ("COVID-19 inactivated, 2 doses", 2)
    assert verdict.since == date(2021, 3, 29)
    assert verdict.compared == {"limit": date(2021, 4, 15), "reference": date(2021, 4, 1)}
    assert assessment.release == "CN programme 2026; CN COVID-19 2021-03-29"
