"""Tables of CSV files that people's software wrote: a header block, then rows, in any locale.

The software writes dates and decimals as the computer's settings want them, so the delimiter, the
order of day and month and the decimal comma are read from the file itself. Where 03/04 could be
two days, that is a doubt and a person decides.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sensors.payloads.files import rows
from sensors.payloads.files.contents import (
    AlarmSetting,
    DateOrder,
    Doubt,
    Doubted,
    LoggedReading,
    LoggerFile,
    Unreadable,
    UnreadableFile,
)

_MOMENT = re.compile(
    r"(?P<a>\d{1,4})[-/.](?P<b>\d{1,2})[-/.](?P<c>\d{1,4})[ T,]*"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.0+)?)?\s*(?P<half>[AP]M)?",
    re.IGNORECASE,
)
_HEAD_LINES = 200  # No header block is longer.


@dataclass(frozen=True)
class Table:
    """The header block as names (in small letters) and values, and the rows below the columns."""

    head: dict[str, str]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, wanted: Callable[[str], bool]) -> int | None:
        """Return the place of the first column whose name is *wanted*."""
        return next((place for place, name in enumerate(self.columns) if wanted(name)), None)

    def first(self, *names: str) -> str:
        """Return the first of the header's values under *names*, or nothing."""
        return next((self.head[name] for name in names if self.head.get(name)), "")


def read(text: str) -> Table | None:
    """Return the table of *text*; None where no line names a time and a temperature."""
    delimiter = max(",;\t", key=text[:20_000].count)
    try:
        lines = [
            tuple(cell.strip() for cell in line)
            for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error:
        return None
    head: dict[str, str] = {}
    for number, line in enumerate(lines[:_HEAD_LINES]):
        names = tuple(cell.lower() for cell in line)
        if any(map(is_temperature, names)) and any(map(is_time, names)):
            return Table(head, names, tuple(row for row in lines[number + 1 :] if any(row)))
        key, value = _pair(line)
        head.setdefault(key, value)
    return None


def _pair(line: Sequence[str]) -> tuple[str, str]:
    """Return a line of the header block as name and value, whether or not a colon parts them."""
    cells = [cell for cell in line if cell]
    if len(cells) == 1 and ":" in cells[0]:
        name, _, value = cells[0].partition(":")
        return name.strip().lower(), value.strip()
    return (cells[0].rstrip(": ").lower(), cells[1]) if len(cells) > 1 else ("", "")


def is_time(name: str) -> bool:
    """Tell whether a column called *name* holds times."""
    return name.startswith(("time", "date", "时间", "日期"))


def is_temperature(name: str) -> bool:
    """Tell whether a column called *name* holds temperatures."""
    return name.startswith(("temp", "reading", "温度", "°c", "℃", "°f", "℉"))


@dataclass(frozen=True)
class Header:
    """What the lines above the table say of a logger; an interval that is not told is None."""

    model: str
    alarms: Iterable[AlarmSetting]
    interval_s: int | None = None


def logger_file(
    text: str,
    dates: DateOrder | None,
    *,
    kind: str,
    serials: Sequence[str],
    header: Callable[[Table], Header],
) -> LoggerFile:
    """Read a file that is a table of readings; *serials* are the names of the serial number.

    Raises `UnreadableFile` where it names no device or holds nothing.
    """
    table = read(text)
    if table is None:
        raise UnreadableFile(Unreadable.NOTHING_IN_IT)
    serial = table.first(*serials)
    if not re.fullmatch(r"[0-9A-Za-z_-]{4,40}", serial):
        raise UnreadableFile(Unreadable.NO_SERIAL)
    measured = measure(table, dates, cut=rows.ends_mid_line(text))
    began, ended = rows.period_of(measured.readings)
    told = header(table)
    return LoggerFile(
        kind=kind,
        model=told.model.strip()[:60],
        serial=serial,
        offset=None,
        began=began,
        ended=ended,
        interval_s=told.interval_s or rows.interval_of(measured.readings),
        resolution_s=1 if measured.has_seconds else 60,
        readings=measured.readings,
        days=(),
        alarms=tuple(told.alarms),
        signed=False,
        doubts=measured.doubts,
    )


@dataclass(frozen=True)
class Measured:
    """The rows of a table as readings, in the order of the file."""

    readings: tuple[LoggedReading, ...]
    has_seconds: bool
    doubts: tuple[Doubted, ...]


def measure(table: Table, dates: DateOrder | None, *, cut: bool) -> Measured:
    """Read the rows of *table*; *dates* is the order that a person chose.

    With *cut* the last row has no end of line, and is left out: it may be half a number.
    """
    lines = table.rows[:-1] if cut else table.rows
    found = [_MOMENT.fullmatch(_moment(table, row)) for row in lines]
    order, certain = (dates, True) if dates else _order([one for one in found if one])
    place = table.column(is_temperature)
    assert place is not None  # Or it would not be a table.
    fahrenheit = re.search("°?f|℉", re.sub(".*temp[a-z]*", "", table.columns[place])) is not None
    readings: list[LoggedReading] = []
    unreadable = int(cut)
    for row, moment in zip(lines, found, strict=True):
        try:
            if moment is None:
                raise ValueError(row[:3])
            humidity = _humidity(table, row)
            centi, fault = rows.centi_of(row[place], fahrenheit=fahrenheit)
            readings.append(LoggedReading(_instant(moment, order), centi, fault, humidity))
        except (ValueError, IndexError):
            unreadable += 1
    doubts = rows.listed(
        (Doubt.ROWS_UNREADABLE, unreadable), (Doubt.CUT_OFF, cut), (Doubt.DAY_ORDER, not certain)
    )
    in_time = readings[::-1] if _newest_first(readings) else readings
    return Measured(
        tuple(in_time),
        any(one and one["second"] for one in found),
        (*doubts, *rows.doubts_of(in_time, rows.interval_of(in_time))),
    )


def _newest_first(readings: Sequence[LoggedReading]) -> bool:
    return len(readings) > 1 and readings[0].at > readings[-1].at


def _moment(table: Table, row: Sequence[str]) -> str:
    """Return date and time of *row*, which stand in one column or in two."""
    places = [place for place, name in enumerate(table.columns) if is_time(name)][:2]
    return " ".join(row[place] for place in places if place < len(row))


def _humidity(table: Table, row: Sequence[str]) -> int | None:
    place = table.column(lambda name: name.startswith(("hum", "%rh", "湿度")))
    text = row[place] if place is not None and place < len(row) else ""
    if not re.fullmatch(r"\d{1,3}([.,]\d+)?", text):
        return None
    per_cent = round(float(text.replace(",", ".")))
    return per_cent if per_cent <= 100 else None


def _order(moments: Sequence[re.Match[str]]) -> tuple[DateOrder, bool]:
    """Return the order of the dates, and whether the dates themselves leave no other."""
    if any(len(one["a"]) == 4 for one in moments):
        return DateOrder.YEAR_FIRST, True
    if any(int(one["a"]) > 12 for one in moments):
        return DateOrder.DAY_FIRST, True
    if any(int(one["b"]) > 12 for one in moments):
        return DateOrder.MONTH_FIRST, True
    return DateOrder.DAY_FIRST, all(one["a"] == one["b"] for one in moments)


def _instant(found: re.Match[str], order: DateOrder) -> datetime:
    a, b, c = int(found["a"]), int(found["b"]), int(found["c"])
    year, month, day = {
        DateOrder.YEAR_FIRST: (a, b, c),
        DateOrder.DAY_FIRST: (c, b, a),
        DateOrder.MONTH_FIRST: (c, a, b),
    }[order]
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"].upper() == "PM" else 0)
    century = 2000 if year < 100 else 0
    second = int(found["second"] or 0)
    clock = time(hour, int(found["minute"]), second)
    return datetime.combine(date(century + year, month, day), clock)
