"""What the schedule says of one person, ready to be read: by vaccine group, and by dose. Pure.

A sentence comes as template and detail, so that each page says it in the reader's language; names
in a schedule are written `English · 中文`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from vaxsite.core.decisions import N_, Detail
from vaxsite.record import rules
from vaxsite.record.rules import History
from vaxsite.schedule import engine
from vaxsite.schedule.data import Release
from vaxsite.schedule.durations import FIRST_DAY
from vaxsite.schedule.engine import DoseAssessment, GroupAssessment
from vaxsite.schedule.rules import SENTENCES, DoseStatus, Due, Reason, SeriesStatus


class Stage(StrEnum):
    """How urgent a vaccine group is, the most urgent first."""

    OVERDUE = "overdue"
    DUE = "due"
    LATER = "later"
    FORBIDDEN = "forbidden"
    COMPLETE = "complete"
    CLOSED = "closed"


STAGE_LABELS: Mapping[Stage, str] = {
    Stage.OVERDUE: N_("Overdue"),
    Stage.DUE: N_("Due now"),
    Stage.LATER: N_("Not due yet"),
    Stage.FORBIDDEN: N_("Must not be given"),
    Stage.COMPLETE: N_("Complete"),
    Stage.CLOSED: N_("Not needed"),
}
UNDECIDED = N_("Not decided yet: the lot is held, and the pharmacist has not judged it.")
OTHERS = frozenset({Reason.WRONG_VACCINE, Reason.SERIES_COMPLETE})


@dataclass(frozen=True)
class Words:
    """A sentence before it is said: its English template and what fills its places."""

    sentence: str
    detail: Detail = field(default_factory=dict)


@dataclass(frozen=True)
class DoseLine:
    """A dose that was given, what it counts for, and by which rule."""

    id: str
    given_on: date
    code: str
    name: str
    counts: bool
    flagged: bool  # The record itself cannot be right.
    words: tuple[Words, ...]
    groups: tuple[str, ...] = ()
    in_force_since: date | None = None  # Of the rule that judged it, where it is dated.

    def title(self, language: str) -> str:
        """Return the vaccine in *language*."""
        return in_language(self.name, language)


@dataclass(frozen=True)
class GroupLine:
    """Where a person stands against one disease, and what comes next."""

    group: str
    label: tuple[str, ...]
    stage: Stage
    words: Words
    number: int | None = None
    earliest: date | None = None
    recommended: date | None = None
    last_in_time: date | None = None
    latest: date | None = None
    vaccines: tuple[str, ...] = ()
    rule: str = ""

    def title(self, language: str) -> str:
        """Return the disease in *language*."""
        return self.label[language == "zh"] if len(self.label) == 2 else self.group

    def vaccine_names(self, language: str) -> list[str]:
        """Return what may be given, in *language*, each name once."""
        return list(dict.fromkeys(in_language(name, language) for name in self.vaccines))


@dataclass(frozen=True)
class Outlook:
    """All of it for one person on one day, with whose rules they are."""

    on: date
    release: str
    policies: tuple[str, ...]  # Whose rules they are.
    caution: str
    groups: tuple[GroupLine, ...]
    doses: tuple[DoseLine, ...]

    def of(self, *stages: Stage) -> list[GroupLine]:
        """Return the groups of these stages."""
        return [group for group in self.groups if group.stage in stages]


def in_language(name: str, language: str) -> str:
    """Return the part of a schedule's name that is in *language*."""
    english, _, chinese = name.partition(" · ")
    return chinese if chinese and language == "zh" else english


def outlook(history: History, *, on: date) -> Outlook:
    """Return what was given and what is due, most urgent first; nothing raises."""
    said = rules.assess(history, on=on)
    begun = {name for each in said.doses for name in each.verdicts}
    # A leaflet knows no ages, so it completes what was begun and advises nobody to begin.
    groups = [
        _group(group, history.release, on)
        for name, group in said.groups.items()
        if name in begun or not name.startswith(rules.LEAFLET)
    ]
    order = list(Stage)
    return Outlook(
        on=on,
        release=said.release,
        policies=tuple(said.policy.split("; ")),
        caution=said.caution,
        groups=tuple(
            sorted(groups, key=lambda one: (order.index(one.stage), one.earliest or date.max))
        ),
        doses=tuple(
            sorted(
                (_dose(each, history) for each in said.doses),
                key=lambda one: (one.given_on, one.id),
            )
        ),
    )


def _group(said: GroupAssessment, release: Release, on: date) -> GroupLine:
    places: Detail = {"number": said.number or 1, "earliest": said.earliest or on}
    return GroupLine(
        group=said.group,
        label=release.groups[said.group].label,
        stage=_stage(said, on),
        words=Words(SENTENCES[said.why], places),
        number=said.number,
        earliest=said.earliest,
        recommended=said.recommended,
        last_in_time=said.past_due,
        latest=said.latest,
        vaccines=tuple(vaccine.name or vaccine.code for vaccine in said.vaccines),
        rule=rules.rule_name(said, release),
    )


def _stage(said: GroupAssessment, on: date) -> Stage:
    if said.status is SeriesStatus.CONTRAINDICATED:
        return Stage.FORBIDDEN
    if said.status in (SeriesStatus.COMPLETE, SeriesStatus.IMMUNE):
        return Stage.COMPLETE
    if said.status is not SeriesStatus.NOT_COMPLETE or said.why is Due.NOTHING_NEEDED:
        return Stage.CLOSED
    if said.past_due is not None and said.past_due < on:
        return Stage.OVERDUE
    return Stage.LATER if said.earliest is not None and said.earliest > on else Stage.DUE


def _dose(said: DoseAssessment, history: History) -> DoseLine:
    dose, release = said.dose, history.release
    status, _ = engine.status_of(said, "")
    dated = [each.since for each in said.verdicts.values() if each.since is not None]
    return DoseLine(
        id=dose.id,
        given_on=dose.given_on,
        code=dose.code,
        name=release.names.get(dose.code, dose.code),
        counts=status is DoseStatus.VALID,
        flagged=said.fault is not None and said.fault is not Reason.NO_ANTIGEN,
        words=_words(said, dose.id in history.undecided),
        groups=tuple(said.verdicts),
        in_force_since=max((day for day in dated if day != FIRST_DAY), default=None),
    )


def _words(said: DoseAssessment, undecided: bool) -> tuple[Words, ...]:
    if undecided:
        return (Words(UNDECIDED),)
    if said.fault is not None:
        return (Words(SENTENCES[said.fault]),)
    found = (
        Words(SENTENCES[each.reason], {"number": each.number, **each.compared})
        for each in said.verdicts.values()
    )
    return tuple({words.sentence % words.detail: words for words in found}.values())
