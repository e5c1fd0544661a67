"""Joins the series of the antigens of a vaccine group (CDSi logic 4.6, step 6, note N1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from vaxsite.schedule.course import Verdict
from vaxsite.schedule.data import Group, SeriesType, Vaccine
from vaxsite.schedule.durations import after
from vaxsite.schedule.forecast import Forecast
from vaxsite.schedule.rules import DoseStatus, SeriesStatus
from vaxsite.schedule.select import Candidate

PRESENT_FIRST = (
    SeriesStatus.CONTRAINDICATED,
    SeriesStatus.AGED_OUT,
    SeriesStatus.NOT_RECOMMENDED,
    SeriesStatus.NOT_COMPLETE,
)
PREFERRED = {
    SeriesStatus.NOT_COMPLETE: 0,
    SeriesStatus.COMPLETE: 1,
    SeriesStatus.IMMUNE: 1,
    SeriesStatus.NOT_RECOMMENDED: 2,
    SeriesStatus.CONTRAINDICATED: 2,
    SeriesStatus.AGED_OUT: 3,
}
TYPES = (SeriesType.RISK, SeriesType.STANDARD, SeriesType.EVALUATION_ONLY)
# Where the antigens of one dose differ: a dose that counts for one of them was not in vain.
DOSE_ORDER = (
    DoseStatus.VALID,
    DoseStatus.NOT_VALID,
    DoseStatus.EXTRANEOUS,
    DoseStatus.SUBSTANDARD,
)


@dataclass(frozen=True, slots=True)
class Row:
    """The series of one type that speak for a vaccine group, and what they say together."""

    candidates: tuple[Candidate, ...]  # One for each antigen.
    forecast: Forecast


def choose(group: Group, best: Mapping[str, Sequence[Candidate]]) -> Row | None:
    """Return what the group says, of the best series of each of its antigens."""
    rows = []
    for kind in TYPES:  # Only series of one type are joined.
        of_kind = ([c for c in best.get(a, ()) if c.series.type is kind] for a in group.antigens)
        chosen = tuple(min(some, key=_rank) for some in of_kind if some)
        if chosen:
            rows.append(Row(chosen, blend(group, chosen)))
    return min(rows, key=_row_rank, default=None)


def _rank(one: Candidate) -> tuple[bool, int, int]:
    """Note N1: begun or old enough first, then by status."""
    return (not _is_timely(one), PREFERRED[one.forecast.status], one.series.preference)


def _row_rank(row: Row) -> tuple[bool, int]:
    timely = any(_is_timely(one) for one in row.candidates)
    return (not timely, PREFERRED[row.forecast.status])


def _is_timely(one: Candidate) -> bool:
    history, minimum = one.course.history, one.series.minimum_start
    old_enough = minimum is None or after(history.person.born_on, minimum) <= history.on
    return old_enough or bool(one.course.valid())


def blend(group: Group, chosen: Sequence[Candidate]) -> Forecast:
    """Return one forecast for the group."""
    if len(chosen) == 1:
        return chosen[0].forecast
    status = blended_status([one.forecast.status for one in chosen])
    said = [one.forecast for one in chosen if one.forecast.status is status]
    if status is not SeriesStatus.NOT_COMPLETE:
        return said[0]
    earliest = _earliest(said, chosen)
    due = min(said, key=lambda each: each.earliest != earliest)
    numbers = [each.number for each in said if each.number]
    return replace(
        due,
        number=min(numbers) if group.full else max(numbers),
        earliest=earliest,
        recommended=_not_before(earliest, (each.recommended for each in said)),
        past_due=_not_before(earliest, (each.past_due for each in said)),
        latest=min((each.latest for each in said if each.latest), default=None),
        vaccines=_common(said),
    )


def blended_status(statuses: Sequence[SeriesStatus]) -> SeriesStatus:
    """Return the status of a group of several antigens."""
    for status in PRESENT_FIRST:
        if status in statuses:
            return status
    immune = all(status is SeriesStatus.IMMUNE for status in statuses)
    return SeriesStatus.IMMUNE if immune else SeriesStatus.COMPLETE


def _earliest(said: Iterable[Forecast], chosen: Iterable[Candidate]) -> date:
    days = [each.earliest for each in said if each.earliest]
    if not any(each.override for each in said):
        return max(days)
    last = (given.on for one in chosen for given, _ in one.course.judged)
    return max(min(days), max(last, default=min(days)))


def _not_before(earliest: date, days: Iterable[date | None]) -> date | None:
    known = [day for day in days if day]
    return max(min(known), earliest) if known else None


def _common(said: Sequence[Forecast]) -> tuple[Vaccine, ...]:
    """Return the vaccines that serve every antigen; where there is none, those that serve any."""
    unique = {row.code: row for each in said for row in each.vaccines}
    shared = [row for row in unique.values() if all(_offers(each, row.code) for each in said)]
    return tuple(shared or unique.values())


def _offers(each: Forecast, code: str) -> bool:
    return any(row.code == code for row in each.vaccines)


def verdicts(row: Row) -> dict[int, Verdict]:
    """Return the verdict of the group on each dose, by its place in what was recorded."""
    found: dict[int, list[Verdict]] = {}
    for one in row.candidates:
        for given, verdict in one.course.judged:
            found.setdefault(given.place, []).append(verdict)
    return {place: min(some, key=_counting) for place, some in found.items()}


def most(some: Iterable[Verdict]) -> Verdict | None:
    """Return the verdict of *some* by which a dose counts most; None when there is none."""
    return min(some, key=_counting, default=None)


def _counting(one: Verdict) -> int:
    return DOSE_ORDER.index(one.status)
