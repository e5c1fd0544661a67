"""The days of a month as rows: two readings by people, lowest and highest, what else there was."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from babel import dates

from sensors.domain.units import MaintenanceKind
from vaxsite.coldchain import daily_checks
from vaxsite.coldchain import rules as coldchain
from vaxsite.coldchain.daily_checks import PART_LABELS, PartOfDay
from vaxsite.coldchain.queries.series import known
from vaxsite.logbook.facts import CheckFact, MonthLog, ProbeDay
from vaxsite.logbook.months import begin_of
from vaxsite.logbook.sheets import Cell, Column, Table, cells
from vaxsite.logbook.views.words import Words, degrees
from vaxsite.web.catalogs import LOCALES
from vaxsite.web.filters import duration
from vaxsite.web.language import current_language, gettext


def table(log: MonthLog, words: Words) -> Table:
    """Return the days of the month, one a row."""
    morning, afternoon = (gettext(PART_LABELS[part]) for part in PartOfDay)
    return Table(
        heading=gettext("Day by day"),
        columns=(
            Column(gettext("Day"), 16),
            Column(f"{morning} °C", 13),
            Column(gettext("Read at, by"), 29),
            Column(f"{afternoon} °C", 13),
            Column(gettext("Read at, by"), 29),
            Column(gettext("Lowest °C"), 15),
            Column(gettext("Highest °C"), 15),
            Column(gettext("Remarks"), 60),
        ),
        rows=tuple(_rows(log, words)),
        empty="",
    )


def _rows(log: MonthLog, words: Words) -> Iterator[tuple[Cell, ...]]:
    checks = {(one.day, one.part): one for one in log.checks}
    probes: dict[date, list[ProbeDay]] = defaultdict(list)
    for one in log.temperatures:
        probes[one.day].append(one)
    for day in log.month.days:
        told: list[str] = [day_label(day)]
        for part in PartOfDay:
            told += _check(checks.get((day, part.value)), words)
        told.append(degrees(min(known(one.low_centi for one in probes[day]), default=None)))
        told.append(degrees(max(known(one.high_centi for one in probes[day]), default=None)))
        remarks = [*_remarks(log, day), *_counts(probes[day])]
        yield cells(*told, "; ".join(dict.fromkeys(remarks)))


def day_label(day: date) -> str:
    """Return a day of the month with its day of the week, short."""
    weekday = dates.format_date(day, "EEE", locale=LOCALES[current_language()])
    return f"{day.day} {weekday}"


def _check(one: CheckFact | None, words: Words) -> tuple[str, str]:
    """Return what a person read, and when and who; blank for ever where it was missed."""
    if one is None:
        return "", ""
    return degrees(one.shown_centi), f"{words.clock(one.at)} {words.named(one.by)}"


def _remarks(log: MonthLog, day: date) -> Iterator[str]:
    zone = log.unit.timezone
    yield from _spans(log, (begin_of(day, zone), begin_of(day + timedelta(days=1), zone)))
    for check in log.checks:
        if check.day == day:
            yield from _about(check)
    if any(note.day == day for note in log.notes):
        yield gettext("note below")


def _spans(log: MonthLog, day: tuple[datetime, datetime]) -> Iterator[str]:
    """Give what goes on for a while, on each day that it touches."""
    since, until = day
    for one in log.excursions:
        if one.began_at < until and (one.ended_at is None or one.ended_at > since):
            yield gettext("Excursion %(number)s", number=one.excursion_id)
    for gap in log.gaps:
        missing = min(gap.to_at, until) - max(gap.from_at, since)
        if missing > timedelta():
            yield gettext("no readings %(time)s", time=duration(missing))
    for work in log.maintenance:
        if work.from_at < until and work.to_at > since:
            yield gettext(coldchain.MAINTENANCE[MaintenanceKind(work.kind)])


def _about(check: CheckFact) -> Iterator[str]:
    if daily_checks.differs(check.shown_centi, check.probe_centi):
        yield gettext(
            "display %(shown)s, probe %(probe)s",
            shown=degrees(check.shown_centi),
            probe=degrees(check.probe_centi),
        )
    if check.note:
        yield check.note


def _counts(found: list[ProbeDay]) -> Iterator[str]:
    if faults := sum(one.faults for one in found):
        yield gettext("faults of the probe: %(count)s", count=faults)
    if imported := sum(one.imported for one in found):
        yield gettext("readings from files: %(count)s", count=imported)
