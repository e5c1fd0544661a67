"""The calendar of a plan by weeks: what is offered, what it needs, what comes, what is short."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from vaxsite.plans.rules.check import Place, Situation, Verdict, monday


@dataclass(frozen=True, slots=True)
class Week:
    """One week, known by its Monday, of all clinics together."""

    monday: date
    first: int  # First seats on offer.
    second: int  # Free seats set aside for second doses.
    second_needed: int  # Of these and the missing ones, so that everybody has one in time.
    seats_missing: int
    doses_needed: int
    doses_coming: int  # On hand in the first week; then what is delivered.
    doses_missing: int

    @property
    def short(self) -> bool:
        """Tell whether something is missing in this week."""
        return bool(self.seats_missing or self.doses_missing)


def weeks(situation: Situation, verdict: Verdict) -> list[Week]:
    """Return every week in which something is offered, needed, coming or missing."""
    counts: dict[str, Counter[date]] = {
        "first": Counter(),
        "second": _weekly(situation.seats),
        "second_needed": _weekly(verdict.needed),
        "seats_missing": Counter(),
        "doses_needed": _weekly(situation.booked) + _weekly(verdict.needed),
        "doses_coming": Counter(),
        "doses_missing": Counter(),
    }
    for need in situation.needs:
        if need.offered:
            counts["first"][monday(need.given_on)] += need.count
            counts["doses_needed"][monday(need.given_on)] += need.count
    for supply in situation.supplies:
        counts["doses_coming"][monday(supply.first_on)] += supply.doses
    for name, missing in (("seats_missing", verdict.seats), ("doses_missing", verdict.doses)):
        for one in missing:
            counts[name][monday(one.day)] += one.count
    found = sorted({day for counter in counts.values() for day in counter})
    return [Week(day, **{name: counter[day] for name, counter in counts.items()}) for day in found]


def _weekly(places: Mapping[Place, int]) -> Counter[date]:
    counted: Counter[date] = Counter()
    for (_site, day), count in places.items():
        counted[monday(day)] += count
    return counted
