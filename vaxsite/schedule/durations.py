"""Ages and intervals of the rules, and what they make of a date (CDSi logic 4.6, "Dates")."""

import calendar
import re
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

FIRST_DAY = date(1900, 1, 1)  # A blank minimum in evaluation.
LAST_DAY = date(2999, 12, 31)  # A blank maximum in evaluation.

_TERM = re.compile(r"([+-]?)\s*(\d+)\s*(year|month|week|day)s?", re.IGNORECASE)


class Duration(NamedTuple):
    """A signed sum of years, months and days; a week is seven days."""

    years: int = 0
    months: int = 0
    days: int = 0

    def __str__(self) -> str:
        """Return it as rules write it: `12 months - 4 days`."""
        parts = [(self.years, "year"), (self.months, "month"), (self.days, "day")]
        if self.days and self.days % 7 == 0:
            parts[2] = (self.days // 7, "week")
        terms = [
            f"{'-' if n < 0 else '+'} {abs(n)} {unit}{'' if abs(n) == 1 else 's'}"
            for n, unit in parts
            if n
        ]
        return " ".join(terms).removeprefix("+ ") or "0 days"


class NotADuration(ValueError):
    """A text is not a sum of years, months, weeks and days."""


def parse(text: str) -> Duration | None:
    """Return the duration that *text* writes, or None when it is blank."""
    if not text.strip():
        return None
    amounts = {"year": 0, "month": 0, "week": 0, "day": 0}
    at = 0
    for term in _TERM.finditer(text):
        if text[at : term.start()].strip() or (at and not term[1]):
            raise NotADuration(text)
        amounts[term[3].lower()] += int(term[2]) * (-1 if term[1] == "-" else 1)
        at = term.end()
    if at == 0 or text[at:].strip():
        raise NotADuration(text)
    return Duration(amounts["year"], amounts["month"], amounts["week"] * 7 + amounts["day"])


@lru_cache(maxsize=1 << 17)
def after(day: date, duration: Duration) -> date:
    """Return *day* plus *duration*: years, then months, then days.

    A day that the month does not have becomes the first of the next month, before days are added:
    31 March + 6 months is 1 October, 31 January + 6 months - 4 days is 27 July.
    """
    moved = _months_after(_months_after(day, 12 * duration.years), duration.months)
    return moved + timedelta(days=duration.days)


def _months_after(day: date, months: int) -> date:
    if not months:
        return day
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if years >= LAST_DAY.year:
        return LAST_DAY  # An impossible date of birth must not end in an exception.
    if day.day > calendar.monthrange(years, month + 1)[1]:
        return date(years + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return date(years, month + 1, day.day)


def from_or_first(day: date, duration: Duration | None) -> date:
    """Return *day* plus *duration*; the first day of all when the rule is blank."""
    return FIRST_DAY if duration is None else after(day, duration)


def from_or_last(day: date, duration: Duration | None) -> date:
    """Return *day* plus *duration*; the last day of all when the rule is blank."""
    return LAST_DAY if duration is None else after(day, duration)


def within(day: date, born_on: date, begin: Duration | None, end: Duration | None) -> bool:
    """Return whether *day* lies in the age window: closed at its start, open at its end."""
    return (begin is None or after(born_on, begin) <= day) and (
        end is None or day < after(born_on, end)
    )
