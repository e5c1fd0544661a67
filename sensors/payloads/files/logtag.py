"""LogTag CSV: a header block (`Serial #`, `Reading interval`, ...), then date, time, reading.

After the files that LogTag recorders and LogTag Analyzer write; to be checked against a real one
of each model. The header names no time zone: times are as the computer's clock showed them.
"""

import re
from collections.abc import Iterator

from sensors.domain.rules import Direction
from sensors.payloads.files import rows, tables
from sensors.payloads.files.contents import (
    AlarmSetting,
    DateOrder,
    LoggerFile,
)

KIND = "logtag"
_SERIALS = ("serial #", "serial number", "serial no.", "logger serial number")
_UNITS_S = {"second": 1, "minute": 60, "hour": 3_600}
_RANGE = re.compile(r"\s*([+-]?[\d.,]+)\D*?\s+to\s+([+-]?[\d.,]+)\s*°?\s*([CF])?", re.IGNORECASE)


def recognises(text: str) -> bool:
    """Tell whether *text* is of this make."""
    return (
        re.search(r"logtag|^\W*serial #", text[:20_000], re.IGNORECASE | re.MULTILINE) is not None
    )


def parse(text: str, dates: DateOrder | None = None) -> LoggerFile:
    """Read *text*; raise `UnreadableFile` where it names no device or holds nothing."""
    return tables.logger_file(text, dates, kind=KIND, serials=_SERIALS, header=_header)


def _header(table: tables.Table) -> tables.Header:
    return tables.Header(
        f"LogTag {table.first('product type', 'model', 'description')}",
        _alarms(table.first("non alert range", "alert range")),
        _interval(table.first("reading interval", "recording interval")),
    )


def _interval(text: str) -> int | None:
    found = re.fullmatch(r"(\d{1,5}) (second|minute|hour)s?.*", text, re.IGNORECASE)
    return int(found[1]) * _UNITS_S[found[2].lower()] if found else None


def _alarms(text: str) -> Iterator[AlarmSetting]:
    """Give the two limits of a range such as `2.0  to  8.0 °C`; the file says no duration."""
    found = _RANGE.match(text)
    if found is None:
        return
    fahrenheit = (found[3] or "C").upper() == "F"
    for direction, limit in ((Direction.COLD, found[1]), (Direction.HOT, found[2])):
        try:
            centi, _ = rows.centi_of(limit, fahrenheit=fahrenheit)
        except ValueError:
            continue
        if centi is not None:
            yield AlarmSetting(direction, centi, None)
