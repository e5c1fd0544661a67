"""What the dose engine says of one vaccine for one person: may it be given, does it count.

Pure. Nobody else in the pages, acts and jobs calls the engine. Its rules are data, to be checked
by a qualified person against the official text.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from vaxsite.core import source_titles
from vaxsite.core.decisions import N_, Refused
from vaxsite.schedule import data, engine
from vaxsite.schedule import rules as schedule
from vaxsite.schedule.durations import Duration
from vaxsite.schedule.engine import Assessment, GroupAssessment
from vaxsite.schedule.history import Dose, Person
from vaxsite.schedule.rules import DoseStatus, Due, SeriesStatus


class Reason(StrEnum):
    """Why a dose may not be given now, or does not count. The codes are also verdicts."""

    TOO_SOON = "too_soon"
    TOO_YOUNG = "too_young"
    OTHER_VACCINE = "near_other_vaccine"
    SEASON = "before_season"
    COMPLETE = "complete"
    NOT_DUE = "not_due"
    CONTRAINDICATED = "contraindicated"
    WRONG_PRODUCT = "wrong_product"
    UNDECIDED = "undecided"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.TOO_SOON: N_(
        "Too early for dose %(number)s: the last dose was on %(last)s, "
        "the next may be given from %(date)s."
    ),
    Reason.TOO_YOUNG: N_("Too young for dose %(number)s: it may be given from %(date)s."),
    Reason.OTHER_VACCINE: N_(
        "Too early for dose %(number)s, because of another vaccine on %(last)s: "
        "it may be given from %(date)s."
    ),
    Reason.SEASON: N_("The season has not begun: dose %(number)s may be given from %(date)s."),
    Reason.COMPLETE: N_("This vaccination is complete. No further dose is due."),
    Reason.NOT_DUE: N_("This vaccine is not due for this person: no rule gives it at this age."),
    Reason.CONTRAINDICATED: N_("This vaccine must not be given: there is a contraindication."),
    Reason.WRONG_PRODUCT: N_(
        "This vaccine does not complete what was begun: the dose before was another kind, "
        "given on %(last)s."
    ),
    Reason.UNDECIDED: N_(
        "It is not decided yet whether the dose of %(last)s counts, because its lot is held. "
        "The next dose waits for that."
    ),
}
EARLY: Mapping[Due, Reason] = {
    Due.AGE: Reason.TOO_YOUNG,
    Due.CONFLICT: Reason.OTHER_VACCINE,
    Due.SEASON: Reason.SEASON,
}


class Source(StrEnum):
    """Who says that an earlier dose was given."""

    PAPER_CARD = "paper_card"
    OTHER_CLINIC = "other_clinic"
    OLD_RECORD = "old_record"


SOURCE_LABELS: Mapping[Source, str] = {
    Source.PAPER_CARD: N_("The person's vaccination card or certificate"),
    Source.OTHER_CLINIC: N_("Another clinic told us"),
    Source.OLD_RECORD: N_("This clinic's older records"),
}
# Verdicts of the checks that say something about the vaccine itself: such a dose does not count.
SPOILT = frozenset({"not_in_stock", "expired", "rejected", "package_used"})
HELD = frozenset({"held", "held_still_lasts"})
NOT_GIVEN = "not_given"  # A correction that says: this dose was not given.
BROKEN: Mapping[schedule.Reason, Reason] = {
    schedule.Reason.TOO_YOUNG: Reason.TOO_YOUNG,
    schedule.Reason.TOO_SOON: Reason.TOO_SOON,
    schedule.Reason.CONFLICT: Reason.OTHER_VACCINE,
    schedule.Reason.SERIES_COMPLETE: Reason.COMPLETE,
    schedule.Reason.WRONG_VACCINE: Reason.WRONG_PRODUCT,
    schedule.Reason.INADVERTENT: Reason.WRONG_PRODUCT,
    schedule.Reason.DUPLICATE: Reason.TOO_SOON,
}


@dataclass(frozen=True)
class Leaflet:
    """What the maker says of a vaccine that the schedule does not know; intervals in days."""

    code: str
    name_en: str
    name_zh: str
    doses: int
    min_days: int | None
    max_days: int | None
    source: str


@dataclass(frozen=True)
class History:
    """A person as the engine takes one. *undecided* names the doses whose lots are held."""

    person: Person
    release: data.Release
    doses: tuple[Dose, ...] = ()
    undecided: frozenset[str] = frozenset()
    # The disease of each product by its code, to tell a begun series from one by leaflet.
    targets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """A dose that may be given, with the days of its window, and the rule that says so."""

    number: int
    group: str
    rule: str
    earliest: date | None = None
    recommended: date | None = None
    last_in_time: date | None = None
    latest: date | None = None

    def holds(self, day: date) -> bool:
        """Tell whether *day* lies in the window of the dose."""
        begun = self.earliest is None or self.earliest <= day
        return begun and (self.latest is None or day < self.latest)


LEAFLET = "leaflet:"


def engine_code(code: str, cvx: str | None, release: data.Release) -> str:
    """Return the code of a product in *release*; one of its own where the release knows none."""
    known = data.code_of(cvx or "")
    return known if known in release.associations else f"{LEAFLET}{code}"


def with_leaflets(release: data.Release, leaflets: Iterable[Leaflet]) -> data.Release:
    """Return *release* with one series for each vaccine that none of its rules counts.

    So a product without a code works too, is judged by what its leaflet says, and says so.
    """
    strange = [each for each in leaflets if not release.associations.get(each.code)]
    if not strange:
        return release
    names = {each.code: f"{LEAFLET}{each.code.removeprefix(LEAFLET)}" for each in strange}
    series = {each.code: _series(each, names[each.code]) for each in strange}
    groups = {
        names[each.code]: data.Group(
            names[each.code], (names[each.code],), label=(each.name_en, each.name_zh)
        )
        for each in strange
    }
    return replace(
        release,
        antigens={
            **release.antigens,
            **{names[code]: data.Antigen(names[code], (one,)) for code, one in series.items()},
        },
        groups={**release.groups, **groups},
        associations={
            **release.associations,
            **{code: (data.Association(name),) for code, name in names.items()},
        },
        names={
            **{each.code: f"{each.name_en} · {each.name_zh}" for each in strange},
            **release.names,
        },
    )


def _series(leaflet: Leaflet, antigen: str) -> data.Series:
    vaccine = data.Vaccine(leaflet.code, leaflet.name_en, recommended=True)
    days = None if leaflet.min_days is None else Duration(days=leaflet.min_days)
    # `latest` counts the day after the last one in time.
    late = None if leaflet.max_days is None else Duration(days=leaflet.max_days + 1)
    between = data.Interval(
        data.Reference.PREVIOUS, absolute_minimum=days, minimum=days, latest=late
    )
    doses = tuple(
        data.SeriesDose(
            number=number,
            intervals=(between,) if number > 1 and days is not None else (),
            preferable=(vaccine,),
        )
        for number in range(1, leaflet.doses + 1)
    )
    label = (f"{leaflet.name_en}, leaflet", f"{leaflet.name_zh}，说明书")
    return data.Series(
        label[0], antigen, antigen, doses, default=True, source=leaflet.source, label=label
    )


def assess(history: History, *, on: date, only: Collection[str] | None = None) -> Assessment:
    """Return what the schedule says of all that was given; doses of held lots do not count yet."""
    doses = next(_readings(history))
    return engine.assess(doses, history.person, on=on, release=history.release, only=only)


def _readings(history: History) -> Iterator[tuple[Dose, ...]]:
    """Give the doses as if those of held lots did not count, then as if they did."""
    if history.undecided:
        yield tuple(
            replace(dose, substandard=dose.substandard or dose.id in history.undecided)
            for dose in history.doses
        )
    yield history.doses


def next_dose(history: History, code: str, *, day: date) -> Turn | Refused:
    """Return which dose the vaccine *code* would be on *day*, or why it is none.

    Where a lot is undecided the dose must be right whether that lot counts or not. The end of the
    window is no refusal: a late series is completed, never begun again.
    """
    found = [_next(history, doses, code, day) for doses in _readings(history)]
    safe, last = found[0], found[-1]
    if isinstance(safe, Turn) and isinstance(last, Refused) and "date" not in last.detail:
        return replace(last, reason=Reason.UNDECIDED)
    return safe if isinstance(last, Turn) else last


def with_planned(history: History, code: str, *, on: date) -> History:
    """Return the history as it will be when a dose of *code* has been given on the day *on*."""
    return replace(history, doses=(*history.doses, Dose(on, code, id=f"planned {on}")))


def window_after(history: History, code: str, *, on: date) -> tuple[date, date] | None:
    """Return the first and last day of the dose after one that is given on *on*, if any follows."""
    later = with_planned(history, code, on=on)
    said = next_dose(later, code, day=on)
    if isinstance(said, Refused):
        first = said.detail.get("date")
        if not isinstance(first, date):
            return None
        said = next_dose(later, code, day=first)
    if isinstance(said, Refused) or said.earliest is None or said.last_in_time is None:
        return None
    return said.earliest, said.last_in_time


def number_of(turn: Turn | Refused) -> int:
    """Return which dose is or would be next."""
    return turn.number if isinstance(turn, Turn) else int(str(turn.detail["number"]))


def verdict(history: History, code: str, *, day: date) -> Reason | None:
    """Return which rule a dose of *code* broke that was given on *day*, or None: it counts."""
    names, release = groups_of(history.release, code), history.release
    for doses in _readings(history):
        before = engine.assess(doses, history.person, on=day, release=release, only=names)
        if broken := _broken(history, doses, code, day, before):
            return broken
    return None


def _next(history: History, doses: tuple[Dose, ...], code: str, day: date) -> Turn | Refused:
    names = groups_of(history.release, code)
    said = engine.assess(doses, history.person, on=day, release=history.release, only=names)
    found = list(said.groups.values())
    due = [group for group in found if group.status is SeriesStatus.NOT_COMPLETE]
    if not due or any(group.status is SeriesStatus.CONTRAINDICATED for group in found):
        return _closed(found, doses, history, code)
    one = max(due, key=lambda group: group.earliest or date.min)
    if one.earliest is not None and one.earliest > day:
        reason = EARLY.get(one.why, Reason.TOO_SOON)
        detail = {**_detail(history, doses, code, reason, one), "date": one.earliest}
        return Refused(reason, rule_name(one, history.release), detail=detail)
    is_first = not doses and any(each.code == code for each in one.vaccines)
    broken = None if is_first else _broken(history, doses, code, day, said)  # It counts, if first.
    if broken:
        detail = _detail(history, doses, code, broken, one)
        return Refused(broken, rule_name(one, history.release), detail=detail)
    return Turn(
        number=one.number or 1,
        group=one.group,
        rule=rule_name(one, history.release),
        earliest=one.earliest,
        recommended=one.recommended,
        last_in_time=one.past_due,
        latest=one.latest,
    )


def _closed(
    found: list[GroupAssessment], doses: tuple[Dose, ...], history: History, code: str
) -> Refused:
    """Return why nothing of these groups is due."""
    reason = Reason.NOT_DUE
    statuses = {group.status for group in found}
    if SeriesStatus.CONTRAINDICATED in statuses:
        reason = Reason.CONTRAINDICATED
    elif statuses & {SeriesStatus.COMPLETE, SeriesStatus.IMMUNE}:
        reason = Reason.COMPLETE
    rule = rule_name(found[0], history.release) if found else history.release.version
    return Refused(
        reason, rule, detail=_detail(history, doses, code, reason, found[0] if found else None)
    )


def _broken(
    history: History, doses: tuple[Dose, ...], code: str, day: date, before: Assessment
) -> Reason | None:
    """Ask the engine about the dose as if it were given: does it count, do those *before* still?"""
    if _begun_otherwise(history, doses, code):
        return Reason.WRONG_PRODUCT
    names, release = groups_of(history.release, code), history.release
    given = (*doses, Dose(day, code, id="now"))
    after = engine.assess(given, history.person, on=day, release=release, only=names).doses
    status, reason = engine.status_of(after[-1], "")
    if status is not DoseStatus.VALID:
        return BROKEN.get(reason, Reason.NOT_DUE)
    undone = any(
        _counts(old) and not _counts(new) for old, new in zip(before.doses, after[:-1], strict=True)
    )
    return Reason.WRONG_PRODUCT if undone else None


def _counts(dose: engine.DoseAssessment) -> bool:
    return engine.status_of(dose, "")[0] is DoseStatus.VALID


def _begun_otherwise(history: History, doses: tuple[Dose, ...], code: str) -> bool:
    """Tell whether a leaflet's vaccine meets another one against the same disease."""
    target = history.targets.get(code)
    if target is None:
        return False
    return any(
        dose.code != code
        and history.targets.get(dose.code) == target
        and (_by_leaflet(history.release, code) or _by_leaflet(history.release, dose.code))
        for dose in doses
    )


def _by_leaflet(release: data.Release, code: str) -> bool:
    return any(name.startswith(LEAFLET) for name in groups_of(release, code))


def groups_of(release: data.Release, code: str) -> list[str]:
    """Return the vaccine groups that the vaccine *code* is for."""
    antigens = {each.antigen for each in release.associations.get(code, ())}
    return [group.name for group in release.groups.values() if antigens & set(group.antigens)]


def _detail(
    history: History,
    doses: tuple[Dose, ...],
    code: str,
    reason: Reason,
    group: GroupAssessment | None,
) -> dict[str, str | int | date]:
    """Return what the sentences name; the last dose is of any vaccine where another is in the way.

    Where a leaflet's vaccine meets another one against the disease, that one counts as before too.
    """
    mine = set(groups_of(history.release, code))
    same = {
        other for other, target in history.targets.items() if target == history.targets.get(code)
    }
    days = [
        dose.given_on
        for dose in doses
        if reason is Reason.OTHER_VACCINE
        or dose.code in same
        or mine & set(groups_of(history.release, data.code_of(dose.code)))
    ]
    last = max(days, default=history.person.born_on)
    return {"number": (group.number if group else None) or 1, "last": last}


def rule_name(group: GroupAssessment, release: data.Release) -> str:
    """Return the series that speak and their version, as `English · 中文`."""
    labels = {
        series.name: series.label or (series.name, series.name)
        for antigen in release.groups[group.group].antigens
        for series in release.antigens[antigen].series
    }
    names = [labels[name] for name in group.series] or [(group.group, group.group)]
    english, chinese = (" + ".join(name[place] for name in names) for place in (0, 1))
    version = source_titles.in_chinese(release.version)
    return f"{english} ({release.version}) · {chinese}（{version}）"
