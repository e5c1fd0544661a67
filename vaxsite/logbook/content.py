"""The canonical content of a month: the same facts give the same bytes, and these a digest.

A signature keeps the bytes and their SHA-256. Whoever doubts it needs no program of ours: the
digest is that of the text as it is stored, UTF-8. What differs from it later is found by comparing
fact by fact.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum

from vaxsite.logbook import facts
from vaxsite.logbook.facts import MonthLog

Value = str | int | bool | None
Fields = Mapping[str, Value]
Content = Mapping[str, Mapping[str, Fields]]
Fact = (
    facts.UnitFacts
    | facts.Stay
    | facts.CertificateFact
    | facts.RulesFact
    | facts.CheckFact
    | facts.ProbeDay
    | facts.ExcursionFact
    | facts.LotFact
    | facts.GapFact
    | facts.WorkFact
    | facts.NoteFact
)
# Of what the bytes are made. A later format is another number beside this one: what was signed in
# an old format is compared in that format.
FORMAT = "vaxsite-month-1"


class Part(StrEnum):
    """The kinds of facts of a month, in the order in which people read them."""

    UNIT = "unit"
    PROBES = "probes"
    CERTIFICATES = "certificates"
    RULES = "rules"
    CHECKS = "checks"
    TEMPERATURES = "temperatures"
    EXCURSIONS = "excursions"
    LOTS = "lots"
    GAPS = "gaps"
    MAINTENANCE = "maintenance"
    NOTES = "notes"


class Kind(StrEnum):
    """How a fact differs from what was signed."""

    ADDED = "added"
    GONE = "gone"
    CHANGED = "changed"


@dataclass(frozen=True)
class Difference:
    """One fact that is not as it was signed: the fields that differ, before and after."""

    part: Part
    key: str
    kind: Kind
    before: Fields
    after: Fields


def content_of(log: MonthLog) -> Content:
    """Return the facts of *log* by part and key, in values that JSON has."""
    parts: Mapping[Part, Sequence[Fact]] = {
        Part.UNIT: (log.unit,),
        Part.PROBES: log.probes,
        Part.CERTIFICATES: log.certificates,
        Part.RULES: log.rules,
        Part.CHECKS: log.checks,
        Part.TEMPERATURES: log.temperatures,
        Part.EXCURSIONS: log.excursions,
        Part.LOTS: log.lots,
        Part.GAPS: log.gaps,
        Part.MAINTENANCE: log.maintenance,
        Part.NOTES: log.notes,
    }
    return {part.value: {one.key: _fields(one) for one in found} for part, found in parts.items()}


def _fields(fact: Fact) -> Fields:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in asdict(fact).items()
    }


def canonical(log: MonthLog) -> str:
    """Return the text that is signed: JSON with sorted names, no spaces, nothing escaped."""
    whole = {"format": FORMAT, "month": str(log.month), "facts": content_of(log)}
    return json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(text: str) -> bytes:
    """Return the SHA-256 of a canonical text."""
    return hashlib.sha256(text.encode()).digest()


def differences(signed: str, log: MonthLog) -> tuple[Difference, ...]:
    """Return what *log* says otherwise than the canonical text that was *signed*."""
    before: Content = json.loads(signed)["facts"]
    after = content_of(log)
    return tuple(
        found
        for part in Part
        for key in sorted(before.get(part, {}).keys() | after[part].keys())
        if (found := _compare(part, key, before.get(part, {}).get(key), after[part].get(key)))
    )


def _compare(
    part: Part, key: str, before: Fields | None, after: Fields | None
) -> Difference | None:
    if before == after:
        return None
    if before is None or after is None:
        kind = Kind.ADDED if before is None else Kind.GONE
        return Difference(part, key, kind, before or {}, after or {})
    names = [
        one for one in sorted(before.keys() | after.keys()) if before.get(one) != after.get(one)
    ]
    return Difference(
        part,
        key,
        Kind.CHANGED,
        {one: before.get(one) for one in names},
        {one: after.get(one) for one in names},
    )
