"""Judges the doses of one antigen against one series (CDSi logic 4.6, step 3)."""

from collections.abc import Callable, Collection
from datetime import date

from vaxsite.schedule import skips
from vaxsite.schedule.course import Course, State, Target, Verdict, begin, in_force
from vaxsite.schedule.data import Context, Interval, Series, Vaccine
from vaxsite.schedule.durations import after, within
from vaxsite.schedule.history import Given, History
from vaxsite.schedule.rules import Compared, DoseStatus, Reason

STATUS = {
    Reason.TOO_OLD: DoseStatus.EXTRANEOUS,
    Reason.SERIES_COMPLETE: DoseStatus.EXTRANEOUS,
    Reason.SUBSTANDARD: DoseStatus.SUBSTANDARD,
}
Fault = tuple[Reason, date | None, Compared]  # The reason, the rule's first day, what it compared.


def evaluate(
    series: Series, history: History, is_complete: Callable[[Collection[str]], bool]
) -> Course:
    """Return the course through *series* with a verdict for each dose of its antigen."""
    course = begin(series, history, is_complete)
    for given in history.by_antigen.get(series.antigen, ()):
        course.judged.append((given, _judge(given, course)))
    return course


def _judge(given: Given, course: Course) -> Verdict:
    target = course.open_target()
    if target is not None and given.substandard:  # 3.2
        return _verdict(course, target, (Reason.SUBSTANDARD, None, {}))
    while target and skips.is_skipped(target, course, Context.EVALUATION, given.on, given):  # 3.3
        target.state = State.SKIPPED
        target = course.open_target()
    if target is None:  # 3.1
        return _verdict(course, None, (Reason.SERIES_COMPLETE, None, {}))
    for check in CHECKS:  # The first check that fails gives the reason.
        if fault := check(given, target, course):
            return _verdict(course, target, fault)
    reason = _grace(given, target, course)
    course.satisfy(target, given.on)
    return Verdict(
        DoseStatus.VALID, reason, course.series.antigen, course.series.name, target.dose.number
    )


def _verdict(course: Course, target: Target | None, fault: Fault) -> Verdict:
    reason, since, compared = fault
    return Verdict(
        STATUS.get(reason, DoseStatus.NOT_VALID),
        reason,
        course.series.antigen,
        course.series.name,
        target.dose.number if target else 0,
        since,
        compared,
    )


def _inadvertent(given: Given, target: Target, _course: Course) -> Fault | None:
    """Step 3.4."""
    return (Reason.INADVERTENT, None, {}) if given.code in target.dose.inadvertent else None


def _age(given: Given, target: Target, course: Course) -> Fault | None:
    """Step 3.5: from the absolute minimum age, and before the maximum age."""
    born_on = course.history.person.born_on
    for row in in_force(target.dose.ages, given.on):
        if row.absolute_minimum and given.on < (limit := after(born_on, row.absolute_minimum)):
            return Reason.TOO_YOUNG, row.window.since, {"limit": limit}
        if row.maximum and given.on >= (limit := after(born_on, row.maximum)):
            return Reason.TOO_OLD, row.window.since, {"limit": limit}
    return None


def _interval(given: Given, target: Target, course: Course) -> Fault | None:
    """Step 3.6: all intervals hold, or all allowable intervals do, when there are any."""
    fault = _first_too_soon(given, in_force(target.dose.intervals, given.on), course)
    if fault is None:
        return None
    allowable = in_force(target.dose.allowable, given.on)
    if allowable and _first_too_soon(given, allowable, course) is None:
        return None
    return fault


def _first_too_soon(given: Given, rows: list[Interval], course: Course) -> Fault | None:
    for row in rows:
        reference = course.reference(row, given)
        if reference is None or row.absolute_minimum is None:
            continue
        if given.on < (limit := after(reference, row.absolute_minimum)):
            return Reason.TOO_SOON, row.window.since, {"limit": limit, "reference": reference}
    return None


def _conflict(given: Given, _target: Target, course: Course) -> Fault | None:
    """Step 3.7: no earlier dose keeps this vaccine away.

    An earlier dose counts as valid unless this series judged it otherwise (note N4).
    """
    conflicts = course.history.release.conflicts
    not_valid = {
        each.place for each, verdict in course.judged if verdict.status is not DoseStatus.VALID
    }
    for earlier in course.history.doses[: given.order]:
        if (rule := conflicts.get((earlier.code, given.code))) is None:
            continue
        end = rule.end if earlier.place in not_valid else rule.minimum_end
        limit = after(earlier.on, end)
        if after(earlier.on, rule.begin) <= given.on < limit:
            return Reason.CONFLICT, None, {"limit": limit, "reference": earlier.on}
    return None


def _vaccine(given: Given, target: Target, course: Course) -> Fault | None:
    """Step 3.8: a preferable vaccine of the right trade name, or an allowable one, by age."""
    rows = (*target.dose.preferable, *target.dose.allowed)
    if any(_accepts(row, given, course.history.person.born_on) for row in rows):
        return None
    return Reason.WRONG_VACCINE, None, {}


def _accepts(row: Vaccine, given: Given, born_on: date) -> bool:
    return (
        row.code == given.code
        and row.window.holds(given.on)
        and within(given.on, born_on, row.begin, row.end)
        and row.trade_name in ("", given.trade_name)
    )


def _grace(given: Given, target: Target, course: Course) -> Reason:
    """Name a valid dose that came before the minimum age or interval, after the absolute one."""
    born_on = course.history.person.born_on
    for row in in_force(target.dose.ages, given.on):
        if row.minimum and given.on < after(born_on, row.minimum):
            return Reason.AGE_GRACE
    for each in in_force(target.dose.intervals, given.on):
        reference = course.reference(each, given)
        if reference and each.minimum and given.on < after(reference, each.minimum):
            return Reason.INTERVAL_GRACE
    return Reason.VALID


CHECKS = (_inadvertent, _age, _interval, _conflict, _vaccine)
