"""Tells whether a target is not needed (CDSi logic 4.6, "Conditional skip")."""

from datetime import date

from vaxsite.schedule.course import Course, Target
from vaxsite.schedule.data import Comparison, Condition, ConditionKind, Context, Skip, SkipSet
from vaxsite.schedule.durations import after, within
from vaxsite.schedule.history import Given
from vaxsite.schedule.rules import DoseStatus


def is_skipped(
    target: Target, course: Course, context: Context, on: date, before: Given | None = None
) -> bool:
    """Return whether *target* is skipped in *context*, seen from the day *on*.

    In evaluation only what came *before* the dose counts.
    """
    return bool(target.dose.skips) and any(
        _holds(skip, course, on, before)
        for skip in target.dose.skips
        if skip.context in (context, Context.BOTH)
    )


def _holds(skip: Skip, course: Course, on: date, before: Given | None) -> bool:
    met = [each.window.holds(on) and _set_holds(each, course, on, before) for each in skip.sets]
    return bool(met) and (all(met) if skip.every else any(met))


def _set_holds(each: SkipSet, course: Course, on: date, before: Given | None) -> bool:
    met = (_condition_holds(condition, course, on, before) for condition in each.conditions)
    return all(met) if each.every else any(met)


def _condition_holds(one: Condition, course: Course, on: date, before: Given | None) -> bool:
    match one.kind:
        case ConditionKind.AGE:
            return within(on, course.history.person.born_on, one.begin, one.end)
        case ConditionKind.INTERVAL:
            last = course.judged[-1][0] if course.judged else None
            return bool(last and one.interval and on >= after(last.on, one.interval))
        case ConditionKind.COMPLETED:
            return course.is_complete(one.groups)
        case ConditionKind.COUNT:
            return _compares(_count(one, course, before), one)


def _compares(count: int, one: Condition) -> bool:
    match one.comparison:
        case Comparison.MORE:
            return count > one.count
        case Comparison.EQUAL:
            return count == one.count
        case Comparison.LESS:
            return count < one.count


def _count(one: Condition, course: Course, before: Given | None) -> int:
    born_on = course.history.person.born_on
    return sum(
        one.since <= given.on < one.until and within(given.on, born_on, one.begin, one.end)
        for given in _counted(one, course, before)
        if not one.codes or given.code in one.codes
    )


def _counted(one: Condition, course: Course, before: Given | None) -> list[Given]:
    """Return the doses so far that may count.

    A count of all doses that names its vaccines sees the whole history, because rules name
    vaccines without the antigen of the series (Td before a dose against pertussis).
    """
    if one.valid_only:
        return [given for given, each in course.judged if each.status is DoseStatus.VALID]
    if not one.codes:
        return [given for given, _ in course.judged]
    doses = course.history.doses
    return doses if before is None else doses[: before.order]
