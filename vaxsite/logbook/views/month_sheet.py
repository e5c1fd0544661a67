"""The sheet of one unit's month: what page, PDF and CSV show."""

from collections.abc import Iterable
from datetime import datetime

from vaxsite.coldchain import daily_checks
from vaxsite.coldchain.daily_checks import PartOfDay
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.coldchain.queries.series import known
from vaxsite.coldchain.views.blueprint import namer
from vaxsite.logbook.facts import MonthLog, ProbeDay
from vaxsite.logbook.months import Month
from vaxsite.logbook.queries.signatures import SignedMonth
from vaxsite.logbook.sheets import Column, Sheet, Table, cells
from vaxsite.logbook.views import days, differences, month_tables
from vaxsite.logbook.views.words import NOTHING, Words, coded, degrees
from vaxsite.web.filters import celsius, local_date, month_name
from vaxsite.web.language import current_language, gettext


def sheet_of(found: SignedMonth, unit: UnitName, now: datetime) -> Sheet:
    """Return the sheet of a month as it reads at *now*."""
    log = found.log
    words = Words(unit.timezone, namer(_people(found)))
    several = [_probe_days(log)] if len({one.probe for one in log.probes}) > 1 else []
    changed = [differences.table(found.differences, words)] if found.changed else []
    return Sheet(
        title=title_of(unit, log.month),
        facts=_facts(found, unit, words, now),
        warnings=_warnings(found, now),
        tables=(
            *changed,
            days.table(log, words),
            *several,
            *month_tables.tables(log, found.signatures, words),
        ),
        closing=_closing(found, now, words),
    )


def title_of(unit: UnitName, month: Month) -> str:
    """Return the title of the log of a unit's month."""
    return gettext(
        "Temperature log %(month)s: %(site)s, %(unit)s",
        month=month_name(month.first),
        site=unit.site(current_language()),
        unit=unit.name(current_language()),
    )


def _people(found: SignedMonth) -> Iterable[str | None]:
    log = found.log
    yield from (one.by for one in found.signatures)
    yield from (one.by for one in log.checks)
    yield from (one.by for one in log.maintenance)
    yield from (one.by for one in log.notes)
    yield from (one.by for one in log.lots)
    yield from (one.signed_by for one in log.excursions)
    for one in found.differences:
        for fields in (one.before, one.after):
            yield from (str(fields[name]) for name in ("by", "signed_by") if fields.get(name))


def _facts(
    found: SignedMonth, unit: UnitName, words: Words, now: datetime
) -> tuple[tuple[str, str], ...]:
    log = found.log
    low = min(known(one.low_centi for one in log.temperatures), default=None)
    high = max(known(one.high_centi for one in log.temperatures), default=None)
    return (
        (gettext("Site"), unit.site(current_language())),
        (gettext("Unit"), f"{unit.name(current_language())} ({unit.code})"),
        (gettext("Month"), month_name(log.month.first)),
        (
            gettext("Kind of unit"),
            gettext(
                "%(kind)s, safe range %(low)s to %(high)s",
                kind=coded("profile", log.unit.profile),
                low=celsius(log.unit.low_centi),
                high=celsius(log.unit.high_centi),
            ),
        ),
        (
            gettext("Probes"),
            ", ".join(dict.fromkeys(one.probe for one in log.probes)) or gettext("No probe"),
        ),
        (
            gettext("Alarm rules"),
            ", ".join(dict.fromkeys(coded("rule_set", one.rule_set) for one in log.rules)),
        ),
        (
            gettext("Lowest and highest"),
            NOTHING
            if low is None or high is None
            else gettext("%(low)s to %(high)s", low=celsius(low), high=celsius(high)),
        ),
        (gettext("Readings by people"), _counted(log, now, words)),
        (gettext("Excursions of the month"), str(len(log.excursions))),
        (gettext("Signature"), _signature(found, words)),
    )


def _counted(log: MonthLog, now: datetime, words: Words) -> str:
    """Say how many readings by people there are of those that were due until now."""
    today = words.day(now)
    due = len(PartOfDay) * sum(day < today for day in log.month.days)
    made = sum(one.day < today for one in log.checks)
    return gettext("%(made)s of %(due)s", made=made, due=due)


def _signature(found: SignedMonth, words: Words) -> str:
    newest = found.newest
    if newest is None:
        return gettext("Not signed.")
    told = f"{words.named(newest.by)}, {words.when(newest.at)}"
    return "; ".join([told, gettext("changed since signed")]) if found.changed else told


def _warnings(found: SignedMonth, now: datetime) -> tuple[str, ...]:
    told = []
    if found.changed:
        told.append(
            gettext(
                "Changed since it was signed. What differs stands below; it can be signed anew."
            )
        )
    if any(one.altered for one in found.signatures):
        told.append(gettext("What is stored of a signature is not what was signed."))
    if found.gone_at is not None:
        told.append(
            gettext(
                "Readings of this month were deleted on %(day)s by the rule of retention. What "
                "stands here is what was signed.",
                day=local_date(found.gone_at, found.log.unit.timezone),
            )
        )
    if found.log.month.bounds(found.log.unit.timezone)[1] > now:
        told.append(gettext("The month goes on: this is how far it has come."))
    return tuple(told)


def _probe_days(log: MonthLog) -> Table:
    """Return what each probe read by itself, where there is more than one."""
    return Table(
        heading=gettext("Day by day, each probe"),
        columns=(
            Column(gettext("Day"), 30),
            Column(gettext("Probe"), 80),
            Column(gettext("Lowest °C"), 25),
            Column(gettext("Highest °C"), 25),
            Column(gettext("Readings"), 30),
        ),
        rows=tuple(cells(*_probe_day(one)) for one in log.temperatures),
        empty=gettext(month_tables.NONE),
    )


def _probe_day(one: ProbeDay) -> tuple[str, str, str, str, str]:
    low, high = degrees(one.low_centi), degrees(one.high_centi)
    return days.day_label(one.day), one.probe, low, high, str(one.readings)


def _closing(found: SignedMonth, now: datetime, words: Words) -> tuple[str, ...]:
    rule = daily_checks.rule_on(found.log.month.first)
    return (
        gettext(
            "Lowest and highest are those of the probe, corrected by the certificate in force. "
            "Readings by people are what the display of the unit showed. What was missed stays "
            "blank."
        ),
        gettext(
            "Two readings by people a day: %(source)s. To be checked by a qualified person "
            "against the official text.",
            source=gettext(rule.source),
        ),
        gettext("Times are those of %(zone)s.", zone=found.log.unit.timezone),
        gettext(
            "As of %(time)s. SHA-256 of the content: %(digest)s",
            time=words.when(now),
            digest=found.digest.hex(),
        ),
    )
