"""Chooses among the series of one antigen (CDSi logic 4.6, step 5)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from vaxsite.schedule.course import Course, State
from vaxsite.schedule.data import Series, SeriesType
from vaxsite.schedule.durations import from_or_last
from vaxsite.schedule.forecast import Forecast
from vaxsite.schedule.rules import DoseStatus, SeriesStatus


@dataclass(frozen=True, slots=True)
class Candidate:
    """A relevant series, evaluated and forecast."""

    course: Course
    forecast: Forecast

    @property
    def series(self) -> Series:
        """Return the series of this candidate."""
        return self.course.series

    @property
    def is_complete(self) -> bool:
        """Return whether the series is complete."""
        return self.forecast.status is SeriesStatus.COMPLETE

    @property
    def in_process(self) -> bool:
        """Return whether the series is begun and not complete."""
        status = self.forecast.status
        return status is SeriesStatus.NOT_COMPLETE and bool(self.course.satisfied())


Test = Callable[[Candidate], bool]
Points = dict[int, int]  # By the place of the candidate.


def prioritize(group: Sequence[Candidate]) -> Candidate | None:
    """Return the one series of a series group that speaks for it."""
    able = [each for each in group if each.forecast.status is not SeriesStatus.CONTRAINDICATED]
    group = able or group
    scorable = [each for each in group if is_scorable(each, group)]
    defaults = sorted((c for c in group if c.series.default), key=_preference)  # Note N5.
    complete = [each for each in scorable if each.is_complete]
    begun = [each for each in scorable if each.in_process]
    for few in (scorable, complete, begun if not complete else []):
        if len(few) == 1:
            return few[0]
    if defaults and not complete and not begun:
        return defaults[0]
    return best_scored(scorable or group)


def is_scorable(one: Candidate, group: Iterable[Candidate]) -> bool:
    """Return whether a series may compete in its group."""
    match one.series.type:
        case SeriesType.RISK:
            risks = [each for each in group if each.series.type is SeriesType.RISK]
            return one.series.priority == min(each.series.priority for each in risks)
        case SeriesType.EVALUATION_ONLY:
            return one.is_complete
        case SeriesType.STANDARD:
            return _is_standard_scorable(one, list(group))


def _is_standard_scorable(one: Candidate, group: Sequence[Candidate]) -> bool:
    if valid := one.course.valid():
        born_on = one.course.history.person.born_on
        return valid[0] < from_or_last(born_on, one.series.maximum_start)
    started = any(each.course.valid() for each in group)
    return not started and not any(each.series.default for each in group)


def best_scored(group: Sequence[Candidate]) -> Candidate | None:
    """Return the candidate with the most points, the lowest preference first.

    Where two are complete, or two begun, only those compete.
    """
    for rivals in ([c for c in group if c.is_complete], [c for c in group if c.in_process]):
        if len(rivals) > 1:
            group = rivals
            break
    points = score(group)
    best = max(points.values(), default=0)
    return min((c for n, c in enumerate(group) if points[n] == best), key=_preference, default=None)


def score(group: Sequence[Candidate]) -> Points:
    """Return the points of each candidate, by the class that the group is in."""
    total = dict.fromkeys(range(len(group)), 0)
    for points in _points(group):
        for place, amount in points.items():
            total[place] += amount
    return total


def _points(group: Sequence[Candidate]) -> list[Points]:
    if sum(each.is_complete for each in group) > 1:
        return [_most(group, lambda c: len(c.course.valid()), 1)]
    if sum(each.in_process for each in group) > 1:
        return [
            _is(group, _is_pure_product_path, 2),
            _is(group, lambda c: c.forecast.completable, 3),
            _most(group, lambda c: len(c.course.valid()), 2),
            _most(group, lambda c: -_unsatisfied(c), 2),
            _most(group, lambda c: -_ordinal(c.forecast.finish), 1),
        ]
    return [
        _most(group, lambda c: -_ordinal(c.forecast.earliest), 1),
        _is(group, lambda c: c.forecast.completable, 1),
        _is(group, lambda c: c.series.product_path, -1),
    ]


def _is(group: Sequence[Candidate], test: Test, weight: int) -> Points:
    return {place: weight if test(each) else -weight for place, each in enumerate(group)}


def _most(group: Sequence[Candidate], measure: Callable[[Candidate], int], weight: int) -> Points:
    """Give *weight* to the one with the most, nothing where several share it, else take it."""
    values = [measure(each) for each in group]
    top = max(values)
    won = 0 if values.count(top) > 1 else weight
    return {place: won if value == top else -weight for place, value in enumerate(values)}


def _is_pure_product_path(one: Candidate) -> bool:
    return one.series.product_path and all(
        verdict.status is DoseStatus.VALID for _, verdict in one.course.judged
    )


def _unsatisfied(one: Candidate) -> int:
    return sum(target.state is State.OPEN for target in one.course.targets)


def _ordinal(day: date | None) -> int:
    return day.toordinal() if day else date.max.toordinal()


def _preference(one: Candidate) -> int:
    return one.series.preference


def best(prioritized: Sequence[Candidate]) -> list[Candidate]:
    """Return the series that count for the antigen, of those prioritized in each group."""
    return [each for each in prioritized if each.is_complete or _may_stand(each, prioritized)]


def _may_stand(one: Candidate, prioritized: Sequence[Candidate]) -> bool:
    if one.series.type is SeriesType.EVALUATION_ONLY:
        return False
    rivals = [c for c in prioritized if c.series.series_group in one.series.equivalents]
    if any(rival.is_complete for rival in rivals):
        return False
    has_risk = any(rival.series.type is SeriesType.RISK for rival in rivals)
    return one.series.type is SeriesType.RISK or not has_risk
