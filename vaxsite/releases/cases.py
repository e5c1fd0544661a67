"""Cases in and answers out, one JSON object a line: for the official suite and for people."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from vaxsite.schedule import engine
from vaxsite.schedule.data import Release
from vaxsite.schedule.engine import Assessment
from vaxsite.schedule.history import Dose, Observation, Person
from vaxsite.schedule.rules import DoseStatus, Due, SeriesStatus

NOT_FOR_THIS_PERSON = engine.GroupAssessment("", SeriesStatus.NOT_RECOMMENDED, Due.NOTHING_NEEDED)
Json = Mapping[str, Any]  # Any: one object as it was written; `read_case` looks at each value.


@dataclass(frozen=True)
class Case:
    """A person, what was given, a day and the vaccine group that is asked about."""

    id: str
    group: str
    person: Person
    doses: tuple[Dose, ...]
    on: date


def read_cases(lines: Iterable[str]) -> Iterator[Case]:
    """Give the case of each line; raise `ValueError` that names the line."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield read_case(json.loads(line))
        except (KeyError, TypeError, AttributeError, ValueError) as err:
            raise ValueError(f"line {number}: {type(err).__name__}: {err}") from err


def read_case(raw: Json) -> Case:
    """Return the case that *raw* describes."""
    observations = tuple(
        Observation(str(each["code"]).strip(), _day(each.get("date")))
        for each in raw.get("observations") or ()
    )
    doses = tuple(
        Dose(
            date.fromisoformat(each["date"]),
            str(each["cvx"]),
            trade_name=each.get("name") or "",
            maker=each.get("mvx") or "",
        )
        for each in raw.get("doses") or ()
    )
    person = Person(date.fromisoformat(raw["dob"]), raw.get("sex") or "", observations)
    on = date.fromisoformat(raw["assessment_date"])
    return Case(str(raw["id"]), raw["group"], person, doses, on)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text and text != "-" else None


def assessed(case: Case, release: Release) -> Assessment:
    """Return the assessment of *case*, in all groups: a dose may count in another one only."""
    return engine.assess(case.doses, case.person, on=case.on, release=release)


def answer(case: Case, release: Release) -> Json:
    """Return the answer to *case*; a group for which nothing is relevant is not recommended."""
    assessment = assessed(case, release)
    group = assessment.groups.get(case.group, NOT_FOR_THIS_PERSON)
    return {
        "id": case.id,
        "series_status": group.status.value,
        "forecast_dose_number": group.number,
        "earliest": _text(group.earliest),
        "recommended": _text(group.recommended),
        "past_due": _text(group.past_due),
        "doses": [_dose(each, case.group) for each in assessment.doses],
    }


def _dose(each: engine.DoseAssessment, group: str) -> Json:
    status, reason = engine.status_of(each, group)
    counts = status is DoseStatus.VALID
    return {"status": status.value, "reason": None if counts else reason.value}


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
