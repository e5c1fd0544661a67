"""Public holidays as dated data with their source. Pure but for reading its own file once."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days off from one to another, both included, and who says so."""

    name_en: str
    name_zh: str
    first_on: date
    last_on: date
    source_en: str
    source_zh: str

    def name(self, language: str) -> str:
        """Return the name in *language*."""
        return self.name_zh if language == "zh" else self.name_en

    def source(self, language: str) -> str:
        """Return who says so, in *language*."""
        return self.source_zh if language == "zh" else self.source_en

    def days(self) -> Iterable[date]:
        """Give its days."""
        for number in range((self.last_on - self.first_on).days + 1):
            yield self.first_on + timedelta(days=number)


@cache
def holidays() -> tuple[Holiday, ...]:
    """Return every known public holiday, oldest first."""
    text = files("vaxsite.plans.rules").joinpath("holidays.toml").read_text(encoding="utf-8")
    return tuple(
        Holiday(
            each["name"][0],
            each["name"][1],
            each["first_on"],
            each["last_on"],
            each["source"][0],
            each["source"][1],
        )
        for each in tomllib.loads(text)["holiday"]
    )


def holiday_on(day: date) -> Holiday | None:
    """Return the public holiday of a day, if it is one."""
    return next((one for one in holidays() if one.first_on <= day <= one.last_on), None)


def unknown_years(first_on: date, last_on: date) -> list[int]:
    """Return the years of a period whose public holidays nobody has entered yet."""
    known = {one.first_on.year for one in holidays()}
    return [year for year in range(first_on.year, last_on.year + 1) if year not in known]
