"""Says what comes next in one series, and when (CDSi logic 4.6, step 4)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from vaxsite.schedule import skips
from vaxsite.schedule.course import Course, State, Target, in_force
from vaxsite.schedule.data import AgeRule, Antigen, BirthImmunity, Context, Interval, Vaccine
from vaxsite.schedule.durations import after, within
from vaxsite.schedule.history import History
from vaxsite.schedule.rules import Due, SeriesStatus

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Forecast:
    """The status of one series and its next dose; without a next dose all dates are None."""

    status: SeriesStatus
    why: Due
    number: int | None = None
    earliest: date | None = None
    recommended: date | None = None
    past_due: date | None = None
    latest: date | None = None
    vaccines: tuple[Vaccine, ...] = ()
    override: bool = False  # Each interval of the target has priority (step 6).
    finish: date | None = None  # When the series could end at the earliest.
    completable: bool = False


NO_DATES: dict[Due, SeriesStatus] = {
    Due.IMMUNE: SeriesStatus.IMMUNE,
    Due.CONTRAINDICATED: SeriesStatus.CONTRAINDICATED,
    Due.COMPLETE: SeriesStatus.COMPLETE,
    Due.NOTHING_NEEDED: SeriesStatus.NOT_RECOMMENDED,
    Due.SEASON_OVER: SeriesStatus.NOT_RECOMMENDED,
    Due.TOO_OLD: SeriesStatus.AGED_OUT,
    Due.TOO_OLD_THEN: SeriesStatus.AGED_OUT,
}


def forecast(course: Course, antigen: Antigen) -> Forecast:
    """Return what comes next after all doses of *course*, seen from the day of assessment."""
    on = course.history.on
    while target := course.open_target():
        if skips.is_skipped(target, course, Context.FORECAST, on):
            target.state = State.SKIPPED
            continue
        made = _of_target(target, course, antigen)
        if made.earliest and skips.is_skipped(target, course, Context.FORECAST, made.earliest):
            target.state = State.SKIPPED  # Validation: by then the dose is not needed.
            continue
        return made
    return _without_dates(_nothing_open(course, antigen))


def _without_dates(why: Due) -> Forecast:
    return Forecast(NO_DATES[why], why)


def _nothing_open(course: Course, antigen: Antigen) -> Due:
    if is_immune(antigen, course.history):
        return Due.IMMUNE
    if _is_contraindicated(antigen, course.history):
        return Due.CONTRAINDICATED
    return Due.COMPLETE if course.satisfied() else Due.NOTHING_NEEDED


def is_immune(antigen: Antigen, history: History) -> bool:
    """Return whether there is evidence of immunity: a finding, or the date of birth."""
    if antigen.immune_codes & history.observed:
        return True
    return any(_born_immune(each, history) for each in antigen.immune_births)


def _born_immune(each: BirthImmunity, history: History) -> bool:
    person = history.person
    return (
        person.born_on < each.before
        and not each.exclusions & history.observed
        and each.country in ("", person.birth_country)
    )


def _is_contraindicated(antigen: Antigen, history: History) -> bool:
    born_on = history.person.born_on
    return bool(history.observed) and any(
        each.code in history.observed and within(history.on, born_on, each.begin, each.end)
        for each in antigen.contraindications
        if not each.vaccines
    )


def _forbidden(antigen: Antigen, history: History) -> set[str]:
    if not history.observed:
        return set()
    born_on = history.person.born_on
    return {
        vaccine.code
        for each in antigen.contraindications
        if each.vaccines and each.code in history.observed
        for vaccine in each.vaccines
        if within(history.on, born_on, vaccine.begin, vaccine.end)
    }


def _of_target(target: Target, course: Course, antigen: Antigen) -> Forecast:
    """The first that applies: immune, contraindicated, season over, too old, or a next dose."""
    history, dose = course.history, target.dose
    forbidden = _forbidden(antigen, history)
    offered = [row for row in dose.preferable if row.code not in forbidden]
    if is_immune(antigen, history):
        return _without_dates(Due.IMMUNE)
    if _is_contraindicated(antigen, history) or (dose.preferable and not offered):
        return _without_dates(Due.CONTRAINDICATED)
    if dose.season_end and history.on > dose.season_end:
        return _without_dates(Due.SEASON_OVER)
    ages = in_force(dose.ages, history.on)
    age = ages[0] if ages else AgeRule()
    end = after(history.person.born_on, age.maximum) if age.maximum else None
    if end and history.on >= end:
        return _without_dates(Due.TOO_OLD)
    earliest, why = _candidate(target, course, age)
    if end and earliest >= end:
        return _without_dates(Due.TOO_OLD_THEN)
    made = _dated(target, course, age, earliest, why)
    vaccines = _recommended_vaccines(offered, made, course)
    return replace(made, vaccines=vaccines, latest=end - ONE_DAY if end else None)


def _candidate(target: Target, course: Course, age: AgeRule) -> tuple[date, Due]:
    """Return the earliest day of the target and what sets it: the latest of all lower bounds."""
    history = course.history
    bounds: list[tuple[date, Due]] = []
    if age.minimum:
        bounds.append((after(history.person.born_on, age.minimum), Due.AGE))
    for row, reference in _references(target, course):
        if row.minimum:
            bounds.append((after(reference, row.minimum), Due.INTERVAL))
    bounds += ((end, Due.CONFLICT) for end in _conflict_ends(target, history))
    if target.dose.season_start:
        bounds.append((target.dose.season_start, Due.SEASON))
    bounds += ((given.on, Due.INADVERTENT) for given in course.wrong_vaccines())
    if course.judged:
        bounds.append((course.judged[-1][0].on, Due.LAST_DOSE))
    return max(bounds, key=lambda bound: bound[0], default=(history.person.born_on, Due.AGE))


def _references(target: Target, course: Course) -> Iterator[tuple[Interval, date]]:
    for row in in_force(target.dose.intervals, course.history.on):
        if reference := course.reference(row, None):
            yield row, reference


def _conflict_ends(target: Target, history: History) -> Iterator[date]:
    for given in history.doses:
        for row in target.dose.preferable:
            if rule := history.release.conflicts.get((given.code, row.code)):
                yield after(given.on, rule.end)


def _dated(target: Target, course: Course, age: AgeRule, earliest: date, why: Due) -> Forecast:
    born_on = course.history.person.born_on
    rows = list(_references(target, course))
    advised = after(born_on, age.earliest) if age.earliest else None
    if advised is None:
        advised = _latest(after(day, row.earliest) for row, day in rows if row.earliest)
    late = after(born_on, age.latest) if age.latest else None
    if late is None:
        late = _latest(after(day, row.latest) for row, day in rows if row.latest)
    finish = _finish(target, course, earliest)
    return Forecast(
        status=SeriesStatus.NOT_COMPLETE,
        why=why,
        number=_number(target, course),
        earliest=earliest,
        recommended=max(advised or earliest, earliest),
        past_due=max(late - ONE_DAY, earliest) if late else None,
        override=_is_override(target, course),
        finish=finish,
        completable=_is_completable(finish, course),
    )


def _is_override(target: Target, course: Course) -> bool:
    rows = in_force(target.dose.intervals, course.history.on)
    return bool(rows) and all(row.override for row in rows)


def _latest(days: Iterable[date]) -> date | None:
    return max(days, default=None)


def _number(target: Target, course: Course) -> int:
    """Return the number of the next dose: those that count, in this season if there is one."""
    start = target.dose.season_start
    return 1 + sum(start is None or (each.on or start) >= start for each in course.satisfied())


def _finish(target: Target, course: Course, earliest: date) -> date:
    """Return the earliest day of the last dose: this one, and the minimum intervals after it."""
    finish = earliest
    for later in course.targets[course.targets.index(target) + 1 :]:
        rows = in_force(later.dose.intervals, course.history.on)
        finish = max((after(finish, row.minimum) for row in rows if row.minimum), default=finish)
    return finish


def _is_completable(finish: date, course: Course) -> bool:
    """Return whether the series can end before the maximum age of its last target (step 5)."""
    born_on, last = course.history.person.born_on, course.targets[-1].dose
    ages = in_force(last.ages, course.history.on)
    return all(age.maximum is None or finish < after(born_on, age.maximum) for age in ages)


def _recommended_vaccines(
    offered: Iterable[Vaccine], made: Forecast, course: Course
) -> tuple[Vaccine, ...]:
    """Return the rows whose age window holds the earliest or the recommended day.

    Where such a day has passed, the dose can be given today at the earliest: today counts then.
    """
    born_on, on = course.history.person.born_on, course.history.on
    days = [max(day, on) for day in (made.earliest, made.recommended) if day]
    return tuple(
        row
        for row in offered
        if row.recommended
        and row.window.holds(on)
        and any(within(day, born_on, row.begin, row.end) for day in days)
    )
