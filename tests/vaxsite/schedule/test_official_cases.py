"""The official cases of the CDC: status, dates and every dose, exactly."""

from typing import Any

import pytest

from tests.vaxsite.schedule import official
from vaxsite.schedule import engine
from vaxsite.schedule.engine import Assessment
from vaxsite.schedule.history import Dose, Observation, Person

pytestmark = pytest.mark.shared


def assessed(case: official.Case) -> Assessment:
    observations = tuple(
        Observation(each["code"], official.day(each.get("date"))) for each in case["observations"]
    )
    born_on, on = official.day(case["dob"]), official.day(case["assessment_date"])
    assert born_on is not None
    assert on is not None
    doses = [
        Dose(given_on, each["cvx"], each["name"] or "", each["mvx"] or "")
        for each in case["doses"]
        if (given_on := official.day(each["date"]))
    ]
    person = Person(born_on, case["sex"], observations)
    return engine.assess(doses, person, on=on, release=official.us_release())


def answer(case: official.Case) -> tuple[Any, ...]:  # Any: what the JSON holds, side by side.
    assessment = assessed(case)
    group = assessment.groups[case["group"]]
    statuses = [engine.status_of(each, case["group"])[0].lower() for each in assessment.doses]
    dates = (group.earliest, group.recommended, group.past_due)
    return (group.status.lower(), group.number, *dates, statuses)


def expected(case: official.Case) -> tuple[Any, ...]:  # Any: as above.
    row = case["expected"]
    dates = (official.day(row[name]) for name in ("earliest", "recommended", "past_due"))
    statuses = [each["expected_status"].lower() for each in case["doses"]]
    return (row["series_status"].lower(), row["forecast_dose_number"], *dates, statuses)


def test_nearly_every_official_case_is_answered_exactly() -> None:
    """At most two cases may differ: some published ones are wrong for their release."""
    differing = [case["id"] for case in official.cases() if answer(case) != expected(case)]

    assert len(official.cases()) == 248
    assert len(differing) <= 2, differing


def test_no_element_of_the_supporting_data_is_unknown() -> None:
    """The reader knows everything that this release says."""
    assert official.us_release().unknown == ()
    assert len(official.us_release().antigens) == 30
