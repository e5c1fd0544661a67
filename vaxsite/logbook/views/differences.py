"""What is not as it was signed, as a table: which fact, which field, before and now."""

from collections.abc import Iterator, Mapping, Sequence

from vaxsite.coldchain.daily_checks import PART_LABELS, PartOfDay
from vaxsite.core.decisions import N_
from vaxsite.logbook.content import Difference, Kind, Part
from vaxsite.logbook.sheets import Cell, Column, Table, cells
from vaxsite.logbook.views.words import FIELDS, NOTHING, Words
from vaxsite.web.language import gettext

PARTS: Mapping[Part, str] = {
    Part.UNIT: N_("The unit"),
    Part.PROBES: N_("Probes in the unit"),
    Part.CERTIFICATES: N_("Calibration"),
    Part.RULES: N_("Alarm rules"),
    Part.CHECKS: N_("Readings by people"),
    Part.TEMPERATURES: N_("Temperatures of a day"),
    Part.EXCURSIONS: N_("Excursions of the month"),
    Part.LOTS: N_("Lots in excursions"),
    Part.GAPS: N_("Times without readings"),
    Part.MAINTENANCE: N_("Work on the unit"),
    Part.NOTES: N_("Notes written afterwards"),
}
KINDS: Mapping[Kind, str] = {
    Kind.ADDED: N_("not there when it was signed"),
    Kind.GONE: N_("no longer there"),
    Kind.CHANGED: N_("changed"),
}
# What a key or an added fact says already by itself.
_UNTOLD = frozenset({"excursion_id", "window_id", "note_id", "number", "timezone"})


def table(found: Sequence[Difference], words: Words) -> Table:
    """Return the differences from what was signed last."""
    return Table(
        heading=gettext("What differs from what was signed"),
        columns=(
            Column(gettext("Part of the log"), 34),
            Column(gettext("What"), 46),
            Column(gettext("As signed"), 55),
            Column(gettext("Now"), 55),
        ),
        rows=tuple(row for one in found for row in _rows(one, words)),
        empty=gettext("Nothing has changed since the signature."),
    )


def _rows(one: Difference, words: Words) -> Iterator[tuple[Cell, ...]]:
    where = gettext(PARTS[one.part])
    if one.kind is not Kind.CHANGED:
        told = "; ".join(_told(one, words))
        before = told if one.kind is Kind.GONE else NOTHING
        after = told if one.kind is Kind.ADDED else NOTHING
        yield cells(where, f"{_key(one, words)}: {gettext(KINDS[one.kind])}", before, after)
        return
    for field, value in one.before.items():
        yield cells(
            where,
            f"{_key(one, words)}: {gettext(FIELDS.get(field, field))}",
            words.value(field, value),
            words.value(field, one.after[field]),
        )


def _told(one: Difference, words: Words) -> Iterator[str]:
    for field, value in (one.after or one.before).items():
        if field not in _UNTOLD and value is not False and value not in {None, ""}:
            yield f"{gettext(FIELDS.get(field, field))} {words.value(field, value)}"


def _key(one: Difference, words: Words) -> str:
    """Return which fact it is, as people would point at it."""
    match one.part:
        case Part.CHECKS:
            day, part = one.key.split(" ")
            return f"{day} {gettext(PART_LABELS[PartOfDay(part)])}"
        case Part.EXCURSIONS:
            return gettext("Excursion %(number)s", number=one.key)
        case Part.LOTS:
            excursion, _, rest = one.key.partition(" ")
            lot = rest.rpartition(" ")[0]
            return gettext("Excursion %(number)s, lot %(lot)s", number=excursion, lot=lot)
        case Part.GAPS | Part.PROBES | Part.CERTIFICATES | Part.RULES:
            told, _, at = one.key.rpartition(" ")
            return f"{told} {words.value('at', at)}".strip()
        case _:
            return one.key
