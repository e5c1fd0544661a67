"""What the readers of logger files share: bytes to text, text to temperatures, rows to doubts."""

import codecs
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from sensors.domain.readings import HIGHEST_CENTI, LOWEST_CENTI, Fault
from sensors.payloads.files.contents import (
    Doubt,
    Doubted,
    LoggedReading,
    Unreadable,
    UnreadableFile,
)

# 60 days of a reading every minute are 3 MB; every make here keeps fewer than 64,000 readings.
MAX_BYTES = 1_500_000
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{1,3})?")
_NONE = re.compile(r"[-. ]*|n/?a|err(?:or)?|nan|null", re.IGNORECASE)
_CHINESE = re.compile("温度|时间")


def text_of(payload: bytes) -> tuple[str, bool]:
    """Return *payload* as text, and whether its encoding is only a guess."""
    if not payload.strip():
        raise UnreadableFile(Unreadable.EMPTY)
    if len(payload) > MAX_BYTES:
        raise UnreadableFile(Unreadable.TOO_LARGE)
    wide = payload.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030", "latin-1"):
        try:
            text = payload.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        if encoding != "gb18030" or _CHINESE.search(text):
            return text, encoding == "latin-1"
    raise UnreadableFile(Unreadable.NOT_TEXT)


def centi_of(text: str, *, fahrenheit: bool = False) -> tuple[int | None, Fault | None]:
    """Return *text* as (centi-degrees Celsius, None), or (None, the fault of the probe).

    Raises `ValueError` for what is neither a number nor a sign for no measurement.
    """
    text = text.strip()
    if _NONE.fullmatch(text):
        return None, Fault.DISCONNECTED
    if not _NUMBER.fullmatch(text):
        raise ValueError(text[:40])
    degrees = float(text.replace(",", "."))
    centi = round((degrees - 32) * 500 / 9 if fahrenheit else degrees * 100)
    if LOWEST_CENTI <= centi <= HIGHEST_CENTI:
        return centi, None
    return None, Fault.OUT_OF_RANGE


def interval_of(readings: Sequence[LoggedReading]) -> int | None:
    """Return the usual step between *readings* in seconds, None for fewer than two."""
    steps = [(b.at - a.at).total_seconds() for a, b in pairwise(readings) if b.at > a.at]
    return round(median(steps)) if steps else None


def doubts_of(readings: Sequence[LoggedReading], interval_s: int | None) -> list[Doubted]:
    """Return what is strange about the times of *readings*, in the order of the file."""
    temperatures: dict[datetime, set[int | None]] = {}
    for one in readings:
        temperatures.setdefault(one.at, set()).add(one.centi)
    steps = [after.at - before.at for before, after in pairwise(readings)]
    longest = timedelta(seconds=2 * interval_s) if interval_s else timedelta.max
    return listed(
        (Doubt.INSTANT_TWICE, sum(len(centis) > 1 for centis in temperatures.values())),
        (Doubt.CLOCK_WENT_BACK, sum(step < timedelta() for step in steps)),
        (Doubt.HOLES, sum(step > longest for step in steps)),
    )


def listed(*counted: tuple[Doubt, int]) -> list[Doubted]:
    """Return the doubts that were counted at least once."""
    return [Doubted(doubt, int(count)) for doubt, count in counted if count]


def ends_mid_line(text: str) -> bool:
    """Tell whether the last line has no end, so that what it says may be cut off."""
    return not text.endswith(("\n", "\r"))


def period_of(
    readings: Iterable[LoggedReading], *others: datetime | None
) -> tuple[datetime, datetime]:
    """Return the first and the last time of a file; raise `UnreadableFile` where there is none."""
    times = [one.at for one in readings] + [other for other in others if other]
    if not times:
        raise UnreadableFile(Unreadable.NOTHING_IN_IT)
    return min(times), max(times)
