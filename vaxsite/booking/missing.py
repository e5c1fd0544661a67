"""When somebody did not come: dated rules about the mark and the second dose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class MissingRule:
    """What is in force during [from_on, to_on).

    An appointment is missed *after* the end of its session: whoever comes late within it is
    vaccinated all the same. The seat of a second dose is kept for *keep_second*, in which the first
    can be booked anew; then it goes to somebody else.
    """

    from_on: date
    after: timedelta
    keep_second: timedelta
    source: str
    to_on: date | None = None


RULES: tuple[MissingRule, ...] = (
    MissingRule(date(2021, 1, 1), timedelta(hours=2), timedelta(days=3), "House rule"),
)
# Whoever is marked later than this, as after a long outage, is not written to any more.
TELL_WITHIN = timedelta(days=3)


def rule_on(day: date, rules: Sequence[MissingRule] = RULES) -> MissingRule | None:
    """Return the rule in force on *day*, or None: then nobody is marked."""
    return next(
        (
            rule
            for rule in rules
            if rule.from_on <= day and (rule.to_on is None or day < rule.to_on)
        ),
        None,
    )


def year_of(now: datetime, timezone: str) -> tuple[datetime, datetime]:
    """Return the instants [begin, end) of the calendar year of *now* on the clinic's clock.

    Appointments missed within it count together: two a year in Wuhan's Optics Valley, then nothing
    online until the next year. A clinic sets its own number, or none.
    """
    zone = ZoneInfo(timezone)
    year = now.astimezone(zone).year
    return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
