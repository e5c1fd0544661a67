"""When may a person's reading of a unit's own display be written down? Twice a day, hours apart.

It is written at the time it is seen and at no other: what was missed stays blank for ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from vaxsite.core.decisions import N_, Allowed, Decision, Refused


class PartOfDay(StrEnum):
    """The two times of day at which a person reads every unit."""

    MORNING = "morning"
    AFTERNOON = "afternoon"


PART_LABELS: Mapping[PartOfDay, str] = {
    PartOfDay.MORNING: N_("Morning"),
    PartOfDay.AFTERNOON: N_("Afternoon"),
}
NOON = 12


@dataclass(frozen=True)
class CheckRule:
    """How often people read a unit, by whose rule, from which day on."""

    id: str
    since: date
    apart: timedelta
    source: str


# The last whose day has come holds. The numbers are quoted from secondary texts of the rule; the
# day is the first of its edition's year. To be checked by a qualified person against the official
# text.
CHECK_RULES: tuple[CheckRule, ...] = (
    CheckRule(
        id="cn-storage-2017",
        since=date(2017, 1, 1),
        apart=timedelta(hours=6),
        source=N_("Vaccine storage and transport rule of China, 2017 edition, Article 11"),
    ),
)
# A display and a probe that differ by more are not measuring the same place, or one is wrong:
# thermometers of fridges are allowed 1 °C by the same rule (from memory; to be checked).
DIFFERENCE_CENTI = 100


class CheckReason(StrEnum):
    """Why a reading by a person is refused."""

    ALREADY_DONE = "already_done"
    TOO_SOON = "too_soon"


SENTENCES: Mapping[StrEnum, str] = {
    CheckReason.ALREADY_DONE: N_("This unit has its reading for this part of the day already."),
    CheckReason.TOO_SOON: N_(
        "Readings must be at least %(hours)s hours apart. The next can be written from %(from_at)s."
    ),
}


@dataclass(frozen=True)
class Made:
    """A reading by a person that stands already."""

    day: date
    part: PartOfDay
    at: datetime


def rule_on(day: date) -> CheckRule:
    """Return the rule in force on *day*; the first for days before any."""
    in_force = [rule for rule in CHECK_RULES if rule.since <= day]
    return in_force[-1] if in_force else CHECK_RULES[0]


def part_of(local: datetime) -> PartOfDay:
    """Return the part of the day of an instant on the clock of the site."""
    return PartOfDay.MORNING if local.hour < NOON else PartOfDay.AFTERNOON


def may_check(local: datetime, made: Sequence[Made], timezone: str) -> Decision:
    """Decide whether a reading may be written down at *local*, on the clock of the site."""
    rule = rule_on(local.date())
    if any(one.day == local.date() and one.part is part_of(local) for one in made):
        return Refused(CheckReason.ALREADY_DONE, rule.id, since=rule.since)
    last = max((one.at for one in made), default=None)
    if last is not None and local - last < rule.apart:
        hours = int(rule.apart.total_seconds()) // 3_600
        return Refused(
            CheckReason.TOO_SOON,
            rule.id,
            since=rule.since,
            detail={"hours": hours, "from_at": last + rule.apart, "timezone": timezone},
        )
    return Allowed(rule.id)


def differs(shown_centi: int, probe_centi: int | None) -> bool:
    """Tell whether display and probe are further apart than both may be wrong."""
    return probe_centi is not None and abs(shown_centi - probe_centi) > DIFFERENCE_CENTI
