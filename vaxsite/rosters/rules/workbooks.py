"""The first sheet of an XLSX (ECMA-376) as text: values, no formulas. Pure.

openpyxl reads it; before that all of it is unpacked once, within bounds.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook

MOST_UNPACKED = 24_000_000  # Bytes of all parts; a sheet of 10,000 people has about 5 million.
MOST_PARTS = 500
MOST_COLUMNS = 100
# A number in a cell keeps 15 digits (IEEE 754 double); an identity number of 18 has lost its end.
MOST_DIGITS = 15
ROUNDED = "\N{NUMBER SIGN}rounded"  # Stands for a number that the spreadsheet has rounded.


class NoWorkbook(Exception):
    """A packed file of another kind."""


class Broken(Exception):
    """A workbook that cannot be read to its end."""


class TooLarge(Exception):
    """A workbook that unpacks to more than any list of people."""


@dataclass(frozen=True, slots=True)
class Workbook:
    """The rows of the first sheet with their numbers, and from which day dates are counted."""

    rows: list[tuple[int, tuple[str, ...]]]
    epoch: date


def read_workbook(payload: bytes, *, most_rows: int) -> Workbook:
    """Read the first sheet, up to one row more than *most_rows*; raise what is said above."""
    try:
        _check(payload)
        book = load_workbook(io.BytesIO(payload), read_only=True, data_only=True, keep_links=False)
        return Workbook(list(_rows(book.worksheets[0], most_rows)), book.epoch.date())
    except (NoWorkbook, TooLarge):
        raise
    except Exception as err:  # A damaged file makes the library raise whatever there is.
        raise Broken from err


def _check(payload: bytes) -> None:
    """Unpack every part once, but never more than `MOST_UNPACKED`, whatever a header claims."""
    left = MOST_UNPACKED
    with zipfile.ZipFile(io.BytesIO(payload)) as packed:
        names = packed.namelist()
        if len(names) > MOST_PARTS:
            raise TooLarge
        if "xl/workbook.xml" not in names:
            raise NoWorkbook
        for name in names:
            with packed.open(name) as part:
                content = part.read(left + 1)
            left -= len(content)
            if left < 0:
                raise TooLarge
            if name.endswith((".xml", ".rels")) and (b"<!DOCTYPE" in content or b"\0" in content):
                raise NoWorkbook  # Entities grow without end; UTF-16 could hide them.


def _rows(
    sheet: Any,  # Any: the stubs know no sheet that is read row by row.
    most: int,
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Give the rows that say something, up to one more than *most*."""
    sheet.reset_dimensions()  # What a file says of its own size may be wrong.
    found = 0
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), start=1):
        cells = tuple(map(_text, row))
        if not any(cells):
            continue
        if number > 2 * most:
            raise TooLarge  # Blank rows do not count as people, but have an end.
        yield number, cells
        found += 1
        if found > most:
            return


def _text(value: object) -> str:
    """Return a value as a person would have typed it."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, int | float):
        return _number(Decimal(repr(value)))
    return str(value)


def _number(number: Decimal) -> str:
    """Return a number without exponent and without .0."""
    whole = number == number.to_integral_value()
    plain = f"{number.to_integral_value():f}" if whole else f"{number:f}"
    return ROUNDED if whole and len(plain.lstrip("-")) > MOST_DIGITS else plain
