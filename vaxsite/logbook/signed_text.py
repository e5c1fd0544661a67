"""The facts of a month, read back from the text that was signed.

Readings go by the rule of retention, and a log without them cannot be computed again. Then what was
signed is what the log says.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, TypeVar, get_args, get_type_hints

from vaxsite.logbook import facts, months
from vaxsite.logbook.content import FORMAT, Content, Fields, Part
from vaxsite.logbook.facts import MonthLog

F = TypeVar("F")
_INSTANT, _DAY, _KEY = attrgetter("from_at"), attrgetter("day"), attrgetter("key")


def log_of(text: str) -> MonthLog:
    """Return the log of a canonical text; `ValueError` where the text has another format."""
    whole = json.loads(text)
    month = months.parse(whole["month"])
    if whole["format"] != FORMAT or month is None:
        raise ValueError(whole["format"])
    found: Content = whole["facts"]

    def told(part: Part, kind: type[F], order: Callable[[F], Any]) -> tuple[F, ...]:  # Any: sorts.
        return tuple(sorted(_facts(kind, found[part].values()), key=order))

    return MonthLog(
        month=month,
        unit=told(Part.UNIT, facts.UnitFacts, _KEY)[0],
        probes=told(Part.PROBES, facts.Stay, _KEY),
        certificates=told(Part.CERTIFICATES, facts.CertificateFact, _INSTANT),
        rules=told(Part.RULES, facts.RulesFact, _INSTANT),
        checks=told(Part.CHECKS, facts.CheckFact, attrgetter("day", "at")),
        temperatures=told(Part.TEMPERATURES, facts.ProbeDay, attrgetter("day", "probe")),
        excursions=told(Part.EXCURSIONS, facts.ExcursionFact, attrgetter("began_at")),
        lots=told(Part.LOTS, facts.LotFact, attrgetter("excursion_id", "lot", "number")),
        gaps=told(Part.GAPS, facts.GapFact, _KEY),
        maintenance=told(Part.MAINTENANCE, facts.WorkFact, _INSTANT),
        notes=told(Part.NOTES, facts.NoteFact, attrgetter("day", "note_id")),
    )


def _facts(kind: type[F], told: Iterable[Fields]) -> Iterable[F]:
    readers = _readers(kind)
    for one in told:
        yield kind(**{name: reader(one[name]) for name, reader in readers.items()})


def _readers(kind: type[Any]) -> Mapping[str, Callable[[Any], Any]]:  # Any: one kind of fact.
    """Return what makes a value of JSON that of each field again."""
    hints = get_type_hints(kind)
    return {one.name: _reader(hints[one.name]) for one in fields(kind)}


def _reader(hint: Any) -> Callable[[Any], Any]:  # Any: the type of a field, and its values.
    for kind in get_args(hint) or (hint,):
        if kind in {date, datetime}:
            return lambda value: None if value is None else kind.fromisoformat(value)
    return lambda value: value
