"""A month on the clock of a site: its days, and the instants at which it begins and ends."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_WRITTEN = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, order=True)
class Month:
    """A month of a year."""

    year: int
    number: int

    def __str__(self) -> str:
        """Return it as addresses write it: 2026-01."""
        return f"{self.year}-{self.number:02}"

    @property
    def first(self) -> date:
        """The first day."""
        return date(self.year, self.number, 1)

    @property
    def following(self) -> "Month":
        """The month after it."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def before(self) -> "Month":
        """The month before it."""
        return of_day(self.first - timedelta(days=1))

    @property
    def days(self) -> tuple[date, ...]:
        """All of its days."""
        count = (self.following.first - self.first).days
        return tuple(self.first + timedelta(days=ahead) for ahead in range(count))

    def bounds(self, timezone: str) -> tuple[datetime, datetime]:
        """Return [first instant, first instant of the next month) in UTC."""
        return begin_of(self.first, timezone), begin_of(self.following.first, timezone)


def parse(text: str) -> Month | None:
    """Return the month that an address names; None where it names none."""
    found = _WRITTEN.fullmatch(text)
    return Month(int(found[1]), int(found[2])) if found else None


def of_day(day: date) -> Month:
    """Return the month of *day*."""
    return Month(day.year, day.month)


def begin_of(day: date, timezone: str) -> datetime:
    """Return the instant at which *day* begins at a place, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)
