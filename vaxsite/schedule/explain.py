"""Says in words how an answer came about: for a person who has to check it."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from vaxsite.schedule import engine, select
from vaxsite.schedule.course import Course, State, Verdict
from vaxsite.schedule.data import Release
from vaxsite.schedule.durations import FIRST_DAY
from vaxsite.schedule.engine import DoseAssessment, GroupAssessment
from vaxsite.schedule.history import Dose, Person, organize
from vaxsite.schedule.rules import SENTENCES, Reason, SeriesStatus
from vaxsite.schedule.select import Candidate

Say = Callable[[str], str]


def as_is(sentence: str) -> str:
    """Return *sentence* untranslated: English."""
    return sentence


def verdict_sentence(verdict: Verdict, say: Say = as_is) -> str:
    """Return what one dose counts for, in the language of *say*."""
    places = {"number": verdict.number, **verdict.compared}
    return say(SENTENCES[verdict.reason]) % places


def fault_sentence(fault: Reason, say: Say = as_is) -> str:
    """Return what is wrong with the record of a dose."""
    return say(SENTENCES[fault])


def due_sentence(group: GroupAssessment, say: Say = as_is) -> str:
    """Return what comes next in a vaccine group."""
    places = {"number": group.number or 0, "earliest": group.earliest or ""}
    return say(SENTENCES[group.why]) % places


def lines(
    doses: Iterable[Dose], person: Person, group: str, *, on: date, release: Release
) -> Iterator[str]:
    """Give the lines that explain *group*: each series, each dose in it, and the choice."""
    doses = list(doses)
    assessment = engine.assess(doses, person, on=on, release=release)
    yield f"{release.policy}, version {release.version}. {release.caution}"
    yield f"Born {person.born_on}, sex {person.sex or 'unknown'}, assessed on {on}: {group}"
    for number, each in enumerate(assessment.doses, 1):
        yield f"  {number}. {_dose_line(each, group)}"
    history = organize(person, doses, on, release)
    for antigen in release.groups[group].antigens if group in release.groups else ():
        chosen = engine.prioritized(antigen, history)
        best = {one.series.name for one in select.best(chosen)}
        yield f"{antigen}:"
        for one in engine.candidates(release.antigens[antigen], history):
            yield from _series_lines(one, {each.series.name for each in chosen}, best)
    yield from _outcome(assessment.groups.get(group))


def _dose_line(each: DoseAssessment, group: str) -> str:
    status, reason = engine.status_of(each, group)
    verdict = each.verdicts.get(group)
    words = verdict_sentence(verdict) if verdict else fault_sentence(reason)
    if verdict is None and each.verdicts:
        words = f"Counted in {', '.join(each.verdicts)}."
    return f"{each.dose.given_on} {each.dose.code} {each.dose.trade_name}: {status}. {words}"


def _series_lines(one: Candidate, prioritized: set[str], best: set[str]) -> Iterator[str]:
    name, said = one.series.name, one.forecast
    mark = "best" if name in best else "prioritized" if name in prioritized else "not chosen"
    yield f"  {name} ({one.series.type}, group {one.series.series_group}): {said.status}, {mark}"
    for given, verdict in one.course.judged:
        yield f"    {given.on} {given.code}: {verdict.status}. {_rule(verdict)}"
    yield f"    targets: {_targets(one.course)}"
    if said.status is SeriesStatus.NOT_COMPLETE:
        yield (
            f"    dose {said.number}: earliest {said.earliest} ({said.why}), recommended "
            f"{said.recommended}, past due {said.past_due}, latest {said.latest}"
        )


def _rule(verdict: Verdict) -> str:
    since = f" Rule in force since {verdict.since}." if _dated(verdict.since) else ""
    return f"[{verdict.reason}] {verdict_sentence(verdict)}{since}"


def _dated(since: date | None) -> bool:
    return since is not None and since != FIRST_DAY


def _targets(course: Course) -> str:
    words = {State.OPEN: "open", State.SATISFIED: "satisfied", State.SKIPPED: "skipped"}
    return ", ".join(
        f"{target.dose.number} {words[target.state]}{f' {target.on}' if target.on else ''}"
        for target in course.targets
    )


def _outcome(group: GroupAssessment | None) -> Iterator[str]:
    if group is None:
        yield "No series of this group is for this person."
        return
    yield f"{group.group}: {group.status}. {due_sentence(group)}"
    if group.status is SeriesStatus.NOT_COMPLETE:
        names = ", ".join(f"{row.name} ({row.code})" for row in group.vaccines) or "none named"
        yield f"  recommended {group.recommended}, past due {group.past_due}, with: {names}"
