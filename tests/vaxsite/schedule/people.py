"""Histories in short: `"08@2025-03-10"` is a dose, and what the local schedule says of them."""

from collections.abc import Sequence
from datetime import date

from vaxsite.releases import queries
from vaxsite.schedule import engine
from vaxsite.schedule.engine import Assessment, GroupAssessment
from vaxsite.schedule.history import Dose, Observation, Person
from vaxsite.schedule.rules import DoseStatus, Reason

LONG_AFTER = date(2060, 1, 1)


def doses(*texts: str) -> list[Dose]:
    """Return the doses that *texts* write."""
    pairs = (text.split("@") for text in texts)
    return [Dose(date.fromisoformat(day), code) for code, day in pairs]


def assessed(
    born_on: date,
    *texts: str,
    on: date = LONG_AFTER,
    sex: str = "F",
    observed: Sequence[Observation] = (),
) -> Assessment:
    """Return what the local schedule says."""
    person = Person(born_on, sex, tuple(observed))
    return engine.assess(doses(*texts), person, on=on, release=queries.local_release())


def last_dose(group: str, assessment: Assessment) -> tuple[DoseStatus, Reason]:
    """Return what the dose that was recorded last counts for."""
    return engine.status_of(assessment.doses[-1], group)


def due(group: str, born_on: date, *texts: str, on: date, sex: str = "F") -> GroupAssessment:
    """Return what comes next in *group* on the day *on*."""
    return assessed(born_on, *texts, on=on, sex=sex).groups[group]
