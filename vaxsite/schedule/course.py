"""One history on its way through one series: the targets, the verdicts, the references of rules."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
from typing import TypeVar

from vaxsite.schedule.data import (
    AgeRule,
    Interval,
    Reference,
    Series,
    SeriesDose,
    SeriesType,
    Vaccine,
)
from vaxsite.schedule.durations import within
from vaxsite.schedule.history import Given, History
from vaxsite.schedule.rules import Compared, DoseStatus, Reason

Dated = TypeVar("Dated", AgeRule, Interval, Vaccine)
COUNTING = frozenset({DoseStatus.VALID, DoseStatus.NOT_VALID})


class State(Enum):
    """What became of a target."""

    OPEN = auto()
    SATISFIED = auto()
    SKIPPED = auto()


@dataclass(slots=True, eq=False)
class Target:
    """A series dose that is to be satisfied."""

    dose: SeriesDose
    state: State = State.OPEN
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one dose counts for in one series, by which rule, in force since when."""

    status: DoseStatus
    reason: Reason
    antigen: str = ""
    series: str = ""
    number: int = 0
    since: date | None = None
    compared: Compared = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Course:
    """The series, how far the history is in it, and what it needs to know of other series."""

    series: Series
    history: History
    is_complete: Callable[[Collection[str]], bool]  # Whether a series of these groups is.
    targets: list[Target] = field(default_factory=list)
    judged: list[tuple[Given, Verdict]] = field(default_factory=list)

    def open_target(self) -> Target | None:
        """Return the first target that is neither satisfied nor skipped."""
        return next((target for target in self.targets if target.state is State.OPEN), None)

    def satisfy(self, target: Target, on: date) -> None:
        """Satisfy *target*; a recurring dose comes again right after it (step 3)."""
        target.state, target.on = State.SATISFIED, on
        if target.dose.recurring:
            self.targets.insert(self.targets.index(target) + 1, Target(target.dose))

    def satisfied(self) -> list[Target]:
        """Return the targets that a dose satisfied."""
        return [target for target in self.targets if target.state is State.SATISFIED]

    def valid(self) -> list[date]:
        """Return the days of the valid doses, in order."""
        return [given.on for given, verdict in self.judged if verdict.status is DoseStatus.VALID]

    def wrong_vaccines(self) -> list[Given]:
        """Return the doses of a vaccine that must not be used here."""
        return [given for given, each in self.judged if each.reason is Reason.INADVERTENT]

    def reference(self, row: Interval, before: Given | None) -> date | None:
        """Return the day from which *row* counts, for the dose *before* or the next one (3.6)."""
        match row.reference:
            case Reference.PREVIOUS | Reference.REPEATED:
                return self._previous(row.reference)
            case Reference.TARGET:
                days = (t.on for t in self.satisfied() if t.dose.number == row.target)
                return max((day for day in days if day), default=None)
            case Reference.MOST_RECENT:
                return self._most_recent(row.codes, before)
            case Reference.OBSERVATION:
                return self.history.person.last_observed(row.codes)

    def _previous(self, reference: Reference) -> date | None:
        for given, verdict in reversed(self.judged):
            if verdict.status in COUNTING and verdict.reason is not Reason.INADVERTENT:
                repeated = verdict.status is DoseStatus.NOT_VALID
                return given.on if repeated or reference is Reference.PREVIOUS else None
        return None

    def _most_recent(self, codes: Collection[str], before: Given | None) -> date | None:
        wrong = {given.place for given in self.wrong_vaccines()}
        days = (
            given.on
            for given in self.history.doses
            if given.code in codes
            and given.place not in wrong
            and (before is None or given.on < before.on)
        )
        return max(days, default=None)


def begin(
    series: Series, history: History, is_complete: Callable[[Collection[str]], bool]
) -> Course:
    """Return the course of *history* through *series* before its first dose."""
    return Course(series, history, is_complete, [Target(dose) for dose in series.doses])


def in_force(rows: Iterable[Dated], on: date) -> list[Dated]:
    """Return the rows in force on the day *on*."""
    return [row for row in rows if row.window.holds(on)]


def is_relevant(series: Series, history: History) -> bool:
    """Return whether *series* is for this person (CDSi logic 4.6, step 2)."""
    if series.genders and history.person.gender not in series.genders:
        return False
    if not series.window.holds(history.on):
        return False
    if series.type is not SeriesType.RISK:
        return True
    born_on = history.person.born_on
    return any(
        each.code in history.observed and within(history.on, born_on, each.begin, each.end)
        for each in series.indications
    )
