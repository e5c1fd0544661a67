"""Reads the text file of a Fridge-tag for tests: what the device itself says about each day."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

DAY = re.compile(
    r"Date: (?P<on>[\d-]{10})\s+"
    r"Min T: (?P<low>[+-][\d.]+).*?"
    r"Max T: (?P<high>[+-][\d.]+).*?"
    r"0:\s+t Acc: (?P<cold>\d+)(?:, TS A: (?P<cold_alarm>[\d:]+))?.*?"
    r"1:\s+t Acc: (?P<hot>\d+)(?:, TS A: (?P<hot_alarm>[\d:]+))?",
    re.DOTALL,
)
ROW = re.compile(r"^\t([\d-]{10} [\d:]{5})\t([\d.-]+)(\tx)?", re.MULTILINE)


@dataclass(frozen=True)
class Day:
    """One day as the device summed it up; temperatures in centi-degrees, times in minutes."""

    on: date
    low_centi: int
    high_centi: int
    cold_minutes: int
    hot_minutes: int
    cold_alarm_at: datetime | None  # First alarm of the day; midnight where it lasts from before.
    hot_alarm_at: datetime | None


@dataclass(frozen=True)
class Row:
    """One logged reading, and whether the device marked it as out of limits."""

    at: datetime
    centi: int
    out_of_limits: bool


def read_days(path: Path) -> dict[date, Day]:
    """Return the days of the file at *path*."""
    days = (
        Day(
            on=date.fromisoformat(found["on"]),
            low_centi=round(float(found["low"]) * 100),
            high_centi=round(float(found["high"]) * 100),
            cold_minutes=int(found["cold"]),
            hot_minutes=int(found["hot"]),
            cold_alarm_at=_at(found["on"], found["cold_alarm"]),
            hot_alarm_at=_at(found["on"], found["hot_alarm"]),
        )
        for found in DAY.finditer(path.read_text())
    )
    return {day.on: day for day in days}


def _at(on: str, time: str | None) -> datetime | None:
    return datetime.fromisoformat(f"{on} {time}").replace(tzinfo=UTC) if time else None


def read_rows(path: Path) -> list[Row]:
    """Return the logged readings of the file at *path*; its zone is 0.00."""
    return [
        Row(datetime.fromisoformat(at).replace(tzinfo=UTC), round(float(c) * 100), bool(out))
        for at, c, out in ROW.findall(path.read_text())
    ]
