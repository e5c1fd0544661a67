"""What a release of a schedule says, as data: the one model of every source.

The names follow the supporting data of the CDSi logic specification; a national programme is
written in the same terms. Nothing here knows a vaccine, and nothing here decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from vaxsite.schedule.durations import FIRST_DAY, LAST_DAY, Duration


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which a rule is in force, both ends included."""

    since: date = FIRST_DAY
    until: date = LAST_DAY

    def holds(self, day: date) -> bool:
        """Return whether the rule is in force on *day*."""
        return self.since <= day <= self.until


ALWAYS = Window()


class SeriesType(StrEnum):
    """For whom a series is meant."""

    STANDARD = "Standard"
    RISK = "Risk"
    EVALUATION_ONLY = "Evaluation Only"


class Context(StrEnum):
    """When a conditional skip is tested."""

    EVALUATION = "Evaluation"
    FORECAST = "Forecast"
    BOTH = "Both"


class ConditionKind(StrEnum):
    """What a condition of a skip looks at; the three counts of vaccines are one kind."""

    AGE = "age"
    INTERVAL = "interval"
    COMPLETED = "completed series"
    COUNT = "vaccine count"


class Comparison(StrEnum):
    """How a count is compared."""

    MORE = "greater than"
    EQUAL = "equal to"
    LESS = "less than"


class Reference(StrEnum):
    """From what an interval counts."""

    PREVIOUS = "previous dose"
    TARGET = "target dose"
    MOST_RECENT = "most recent dose of a vaccine"
    OBSERVATION = "observation"
    # Not in the CDC data: the previous dose, and only if it was Not Valid (a dose that repeats).
    REPEATED = "previous dose that was not valid"


@dataclass(frozen=True, slots=True)
class AgeRule:
    """The ages of one series dose."""

    absolute_minimum: Duration | None = None
    minimum: Duration | None = None
    earliest: Duration | None = None
    latest: Duration | None = None
    maximum: Duration | None = None
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True)
class Interval:
    """One interval of a series dose; an allowable interval has no more than the absolute one."""

    reference: Reference
    target: int = 0
    codes: frozenset[str] = frozenset()  # Vaccines, or the one observation.
    absolute_minimum: Duration | None = None
    minimum: Duration | None = None
    earliest: Duration | None = None
    latest: Duration | None = None
    override: bool = False
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True)
class Vaccine:
    """A vaccine that a series dose takes, in an age window."""

    code: str
    name: str = ""
    begin: Duration | None = None
    end: Duration | None = None
    trade_name: str = ""  # Letters and digits only, lower case.
    recommended: bool = False
    window: Window = ALWAYS  # Not in the CDC data.


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a skip; what its kind does not use is blank."""

    kind: ConditionKind
    begin: Duration | None = None
    end: Duration | None = None
    since: date = FIRST_DAY
    until: date = LAST_DAY  # Open, as every window that is not one of effective dates.
    interval: Duration | None = None
    count: int = 0
    comparison: Comparison = Comparison.MORE
    valid_only: bool = False
    codes: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SkipSet:
    """Conditions of which all, or any, must hold."""

    conditions: tuple[Condition, ...]
    every: bool = True
    description: str = ""
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True)
class Skip:
    """When a series dose is not needed: all, or any, of the sets hold."""

    sets: tuple[SkipSet, ...]
    context: Context = Context.BOTH
    every: bool = False


@dataclass(frozen=True, slots=True)
class SeriesDose:
    """One target of a series."""

    number: int = 0
    ages: tuple[AgeRule, ...] = ()
    intervals: tuple[Interval, ...] = ()
    allowable: tuple[Interval, ...] = ()
    preferable: tuple[Vaccine, ...] = ()
    allowed: tuple[Vaccine, ...] = ()
    inadvertent: frozenset[str] = frozenset()
    skips: tuple[Skip, ...] = ()
    recurring: bool = False
    season_start: date | None = None
    season_end: date | None = None


@dataclass(frozen=True, slots=True)
class Indication:
    """An observation that makes a Risk series relevant, in an age window."""

    code: str
    begin: Duration | None = None
    end: Duration | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One way to become protected against one antigen."""

    name: str
    antigen: str
    group: str  # The vaccine group.
    doses: tuple[SeriesDose, ...]
    type: SeriesType = SeriesType.STANDARD
    genders: frozenset[str] = frozenset()
    equivalents: frozenset[str] = frozenset()
    default: bool = False
    product_path: bool = False
    series_group: str = "1"
    priority: str = "A"
    preference: int = 0
    minimum_start: Duration | None = None
    maximum_start: Duration | None = None
    indications: tuple[Indication, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""
    window: Window = ALWAYS  # Not in the CDC data: when the series is part of the programme.
    label: tuple[str, ...] = ()  # In English and Chinese, where the source has both.


@dataclass(frozen=True, slots=True)
class Contraindication:
    """An observation that forbids the antigen (no vaccine named) or single vaccines."""

    code: str
    begin: Duration | None = None
    end: Duration | None = None
    vaccines: tuple[Vaccine, ...] = ()


@dataclass(frozen=True, slots=True)
class BirthImmunity:
    """Who is taken as immune because of the date and country of birth."""

    before: date
    country: str = ""
    exclusions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Antigen:
    """All rules about one antigen."""

    name: str
    series: tuple[Series, ...]
    contraindications: tuple[Contraindication, ...] = ()
    immune_codes: frozenset[str] = frozenset()
    immune_births: tuple[BirthImmunity, ...] = ()


@dataclass(frozen=True, slots=True)
class Association:
    """An antigen that a vaccine holds, for doses given in an age window."""

    antigen: str
    begin: Duration | None = None
    end: Duration | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """How long a dose of one vaccine keeps another away."""

    begin: Duration
    minimum_end: Duration
    end: Duration


@dataclass(frozen=True, slots=True)
class Group:
    """A vaccine group: what people call "the MMR"."""

    name: str
    antigens: tuple[str, ...]
    full: bool = False  # administerFullVaccineGroup.
    label: tuple[str, ...] = ()  # In English and Chinese, where the source has both.


@dataclass(frozen=True, slots=True)
class Unknown:
    """An element of a source that this reader does not know: reported, never passed over."""

    file: str
    element: str
    times: int


@dataclass(frozen=True, slots=True)
class Release:
    """One release of one source, complete: all that the engine is given besides the person."""

    version: str
    policy: str  # Whose policy it is: shown beside every verdict.
    antigens: Mapping[str, Antigen]
    groups: Mapping[str, Group]
    associations: Mapping[str, tuple[Association, ...]]
    conflicts: Mapping[tuple[str, str], Conflict] = field(default_factory=dict)
    observations: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[Unknown, ...] = ()
    source: str = ""
    caution: str = ""  # What a reader must be told before relying on it.
    names: Mapping[str, str] = field(default_factory=dict)  # Of vaccines, by code.


class Unreadable(Exception):
    """A source cannot be read: the file, the element and what is wrong with it."""

    def __init__(self, file: str, element: str, fault: str) -> None:
        """Keep where and what, for the one who has to mend it."""
        super().__init__(f"{file}: {element}: {fault}")
        self.file, self.element, self.fault = file, element, fault


def code_of(text: str) -> str:
    """Return a vaccine code in its one form: numbers have at least two digits (note N3)."""
    code = text.strip()
    return code.zfill(2) if code.isdigit() else code


def trade_key(text: str) -> str:
    """Return what two spellings of one trade name share (note N2): letters and digits."""
    return "".join(char for char in text.lower() if char.isalnum())
