"""Who is assessed and what was given, as the engine takes it; impossible entries are set aside."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from vaxsite.schedule.data import Release, code_of, trade_key
from vaxsite.schedule.durations import within
from vaxsite.schedule.rules import Reason


@dataclass(frozen=True, slots=True)
class Observation:
    """Something known about a person, by the code of the release; without a date: always."""

    code: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """What the rules ask about a person; sex is `F`, `M` or anything else for unknown."""

    born_on: date
    sex: str = ""
    observations: tuple[Observation, ...] = ()
    birth_country: str = ""

    @property
    def gender(self) -> str:
        """Return the gender as series name it."""
        return {"f": "female", "m": "male"}.get(self.sex[:1].lower(), "unknown")

    def last_observed(self, codes: Collection[str]) -> date | None:
        """Return the latest date of an observation of *codes*."""
        return max((o.on for o in self.observations if o.on and o.code in codes), default=None)


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose as recorded; `substandard` is an expired lot or a dose that failed otherwise."""

    given_on: date
    code: str
    trade_name: str = ""
    maker: str = ""
    substandard: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """A dose that can be judged: its code in the one form, its place in the order of giving."""

    on: date
    code: str
    trade_name: str
    substandard: bool
    order: int
    place: int  # In what was recorded.


@dataclass(slots=True, eq=False)
class History:
    """A person's doses on the day of assessment, in order; what cannot be judged stands apart."""

    person: Person
    on: date
    release: Release
    recorded: tuple[Dose, ...] = ()
    doses: list[Given] = field(default_factory=list)
    by_antigen: dict[str, list[Given]] = field(default_factory=dict)
    set_aside: dict[int, Reason] = field(default_factory=dict)  # By place.
    observed: frozenset[str] = frozenset()


def organize(person: Person, doses: Iterable[Dose], on: date, release: Release) -> History:
    """Return the history to judge (CDSi logic 4.6, step 1); the order of entry does not matter."""
    history = History(person, on, release, tuple(doses))
    history.observed = frozenset(
        each.code for each in person.observations if each.on is None or each.on <= on
    )
    _set_impossible_aside(history)
    kept = sorted(
        (dose.given_on, code_of(dose.code), place)
        for place, dose in enumerate(history.recorded)
        if place not in history.set_aside
    )
    for order, (given_on, code, place) in enumerate(kept):
        dose = history.recorded[place]
        given = Given(given_on, code, trade_key(dose.trade_name), dose.substandard, order, place)
        history.doses.append(given)
        for antigen in _antigens(given, history):
            history.by_antigen.setdefault(antigen, []).append(given)
    return history


def _set_impossible_aside(history: History) -> None:
    seen: set[tuple[date, str, str, str]] = set()
    for place, dose in enumerate(history.recorded):
        same = (dose.given_on, code_of(dose.code), trade_key(dose.trade_name), dose.maker)
        if reason := _impossible(dose, history):
            history.set_aside[place] = reason
        elif same in seen:
            history.set_aside[place] = Reason.DUPLICATE
        seen.add(same)


def _impossible(dose: Dose, history: History) -> Reason | None:
    if dose.given_on < history.person.born_on:
        return Reason.BEFORE_BIRTH
    if dose.given_on > history.on:
        return Reason.FUTURE
    if code_of(dose.code) not in history.release.associations:
        return Reason.UNKNOWN_CODE
    return None


def _antigens(given: Given, history: History) -> list[str]:
    return [
        each.antigen
        for each in history.release.associations[given.code]
        if within(given.on, history.person.born_on, each.begin, each.end)
    ]
