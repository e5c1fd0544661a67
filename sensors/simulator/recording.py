"""A recording of a real device as `at,c` lines: what is a reading, and why a line is not one."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

HEADER = ["at", "c"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One reading of a recording."""

    line: int
    at: datetime
    c: float


@dataclass(frozen=True, slots=True)
class NotAReading:
    """A line that is set aside, with the reason."""

    line: int
    reason: str


def read_lines(lines: Iterable[bytes]) -> Iterator[Recorded | NotAReading]:
    """Read each of *lines* on its own, so that a bad one costs nothing but itself.

    The header and empty lines are skipped. A time must name its zone.
    """
    for number, raw in enumerate(lines, start=1):
        text = raw.decode("utf-8-sig", errors="replace").strip()
        cells = [cell.strip().strip('"') for cell in text.split(",")]
        if not text or (number == 1 and [cell.lower() for cell in cells] == HEADER):
            continue
        yield _read(number, cells)


def _read(number: int, cells: list[str]) -> Recorded | NotAReading:
    if len(cells) != 2:
        return NotAReading(number, f"2 columns (at,c) are expected, {len(cells)} found")
    try:
        at = datetime.fromisoformat(cells[0])
    except ValueError:
        return NotAReading(number, "the time is not ISO 8601, such as 2026-01-12T03:04:05Z")
    if at.tzinfo is None:
        return NotAReading(number, "the time has no zone; end it with Z or +08:00")
    try:
        c = float(cells[1])
    except ValueError:
        return NotAReading(number, "the temperature is not a number")
    if not math.isfinite(c):
        return NotAReading(number, "the temperature is not a finite number")
    try:
        return Recorded(number, at.astimezone(UTC), c)
    except OverflowError:
        return NotAReading(number, "the time is out of range")
