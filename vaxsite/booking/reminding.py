"""When residents are written to about an appointment: dated rules on the clock of the clinic."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReminderRule:
    """What is in force during [from_on, to_on): how many days before, largest first, and when.

    Nobody is written to before *earliest* or from *latest* on, on the clock of the clinic.
    """

    from_on: date
    days_before: tuple[int, ...]
    earliest: time
    latest: time
    source: str
    to_on: date | None = None


RULES: tuple[ReminderRule, ...] = (
    ReminderRule(
        date(2021, 1, 1),
        (3, 1),
        time(9),
        time(20),
        "House rule. That being told of a reserved dose helps: Dai et al., Nature 597, 404 (2021)",
    ),
)


def rule_on(day: date, rules: Sequence[ReminderRule] = RULES) -> ReminderRule | None:
    """Return the rule in force on *day*, or None: then nobody is reminded."""
    return next(
        (
            rule
            for rule in rules
            if rule.from_on <= day and (rule.to_on is None or day < rule.to_on)
        ),
        None,
    )


def may_write(local: datetime, rule: ReminderRule) -> bool:
    """Tell whether people may be written to at *local*, the clinic's own time."""
    return rule.earliest <= local.time() < rule.latest


def write_from(now: datetime, timezone: str, rule: ReminderRule | None) -> datetime:
    """Return the first instant from *now* on at which people may be written to."""
    local = now.astimezone(ZoneInfo(timezone))
    if rule is None or may_write(local, rule):
        return now
    day = local.date() if local.time() < rule.earliest else local.date() + DAY
    return datetime.combine(day, rule.earliest, ZoneInfo(timezone))


def days_of(stage: int, today: date, rule: ReminderRule) -> tuple[date, date]:
    """Return the days [from, to) whose appointments the reminder *stage* days before is for today.

    A reminder that could not be sent on its day is sent later, until the next one takes its place.
    """
    nearer = [one for one in rule.days_before if one < stage]
    first = max(nearer) + 1 if nearer else 0
    return today + first * DAY, today + (stage + 1) * DAY


def needless(told_on: date, visit_on: date, stage: int) -> bool:
    """Tell whether whoever booked or changed on *told_on* knows it already: no reminder is due."""
    return told_on >= visit_on - stage * DAY
