"""The dose engine: a person, the recorded doses, a day and a release make an assessment.

Pure: it reads no clock, no file and no database, and it knows no vaccine. Each rule is one of the
CDC's CDSi logic specification 4.6; what it is about comes from the release alone.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from vaxsite.schedule import groups, select
from vaxsite.schedule.course import Verdict, is_relevant
from vaxsite.schedule.data import Antigen, Release, Vaccine
from vaxsite.schedule.evaluate import evaluate
from vaxsite.schedule.forecast import Forecast, forecast
from vaxsite.schedule.history import Dose, History, Person, organize
from vaxsite.schedule.rules import DoseStatus, Due, Reason, SeriesStatus
from vaxsite.schedule.select import Candidate


@dataclass(frozen=True, slots=True)
class DoseAssessment:
    """One recorded dose: what is wrong with its record, or its verdict in each vaccine group."""

    dose: Dose
    fault: Reason | None = None
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupAssessment:
    """Where a person stands in one vaccine group, and what comes next."""

    group: str
    status: SeriesStatus
    why: Due
    series: tuple[str, ...] = ()
    number: int | None = None
    earliest: date | None = None
    recommended: date | None = None
    past_due: date | None = None  # The last day on which the dose is in time.
    latest: date | None = None
    vaccines: tuple[Vaccine, ...] = ()
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """All that one release says about one person on one day."""

    on: date
    release: str
    policy: str
    caution: str
    doses: tuple[DoseAssessment, ...]  # In the order in which they were recorded.
    groups: Mapping[str, GroupAssessment]


def assess(
    doses: Iterable[Dose],
    person: Person,
    *,
    on: date,
    release: Release,
    only: Collection[str] | None = None,
) -> Assessment:
    """Judge all *doses* and say what comes next, in every vaccine group or *only* in some.

    Impossible records are set aside, flagged in their `DoseAssessment`, and never raise.
    """
    history = organize(person, doses, on, release)
    rows: dict[str, groups.Row] = {}
    for group in release.groups.values():
        if only is None or group.name in only:
            best = {name: select.best(prioritized(name, history)) for name in group.antigens}
            if row := groups.choose(group, best):
                rows[group.name] = row
    judged = {name: groups.verdicts(row) for name, row in rows.items()}
    return Assessment(
        on=on,
        release=release.version,
        policy=release.policy,
        caution=release.caution,
        doses=tuple(_dose(history, place, judged) for place in range(len(history.recorded))),
        groups={name: _group(name, row) for name, row in rows.items()},
    )


def _dose(
    history: History, place: int, judged: Mapping[str, Mapping[int, Verdict]]
) -> DoseAssessment:
    dose = history.recorded[place]
    if fault := history.set_aside.get(place):
        return DoseAssessment(dose, fault)
    verdicts = {name: found[place] for name, found in judged.items() if place in found}
    return DoseAssessment(dose, None if verdicts else Reason.NO_ANTIGEN, verdicts)


def _group(name: str, row: groups.Row) -> GroupAssessment:
    said: Forecast = row.forecast
    series = [one.series for one in row.candidates]
    return GroupAssessment(
        group=name,
        status=said.status,
        why=said.why,
        series=tuple(each.name for each in series),
        number=said.number,
        earliest=said.earliest,
        recommended=said.recommended,
        past_due=said.past_due,
        latest=said.latest,
        vaccines=said.vaccines,
        notes=tuple(dict.fromkeys(note for each in series for note in each.notes)),
        sources=tuple(dict.fromkeys(each.source for each in series if each.source)),
    )


def status_of(dose: DoseAssessment, group: str) -> tuple[DoseStatus, Reason]:
    """Return what *dose* counts for in *group*, or where it counts most when not in that one."""
    found = dose.verdicts.get(group) or groups.most(dose.verdicts.values())
    if found:
        return found.status, found.reason
    if dose.fault is Reason.DUPLICATE:
        return DoseStatus.NOT_VALID, dose.fault
    return DoseStatus.NOT_EVALUATED, dose.fault or Reason.NO_ANTIGEN


def prioritized(name: str, history: History) -> list[Candidate]:
    """Return the series that speaks for each series group of the antigen *name*."""
    antigen = history.release.antigens.get(name)
    if antigen is None:
        return []
    by_group: dict[str, list[Candidate]] = {}
    for one in candidates(antigen, history):
        by_group.setdefault(one.series.series_group, []).append(one)
    chosen = (select.prioritize(group) for group in by_group.values())
    return [one for one in chosen if one]


def candidates(antigen: Antigen, history: History) -> list[Candidate]:
    """Return every relevant series of *antigen*, evaluated and forecast."""
    relevant = [series for series in antigen.series if is_relevant(series, history)]
    done: dict[int, Candidate] = {}
    begun: set[int] = set()

    def is_complete(series_groups: Collection[str]) -> bool:
        """Answer the condition "Completed Series"; a series never waits for itself."""
        wanted = (n for n, each in enumerate(relevant) if each.series_group in series_groups)
        return any(n not in begun and run(n).is_complete for n in wanted)

    def run(number: int) -> Candidate:
        if number not in done:
            begun.add(number)
            course = evaluate(relevant[number], history, is_complete)
            done[number] = Candidate(course, forecast(course, antigen))
            begun.discard(number)
        return done[number]

    return [run(number) for number in range(len(relevant))]
