"""The first sheet of an XLSX (ECMA-376) as text. Pure.

Only what a list of people needs: texts, shared or in place, and numbers. Formulas give the value
that was stored with them. An own reader, because it can bound what it unpacks before it does.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree as ET

MOST_UNPACKED = 24_000_000  # Bytes of one part; a sheet of 10,000 people has about 5 million.
MOST_PARTS = 500
# A number in a cell keeps 15 digits (IEEE 754 double); an identity number of 18 has lost its end.
MOST_DIGITS = 15
ROUNDED = "\N{NUMBER SIGN}rounded"  # Stands for a number that the spreadsheet has rounded.
EPOCH, EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)  # ECMA-376 part 1, 18.17.4.1.
_SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml")
_COLUMN = re.compile(r"[A-Z]{1,3}")


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
        with zipfile.ZipFile(io.BytesIO(payload)) as packed:
            names = packed.namelist()
            if len(names) > MOST_PARTS:
                raise TooLarge
            if "xl/workbook.xml" not in names:
                raise NoWorkbook
            book = _part(packed, "xl/workbook.xml")
            texts = _shared(packed) if "xl/sharedStrings.xml" in names else []
            sheet = _part(packed, _first_sheet(packed, book, names))
            epoch = EPOCH_1904 if re.search(rb'date1904="(1|true)"', book) else EPOCH
            return Workbook(_rows(sheet, texts, most_rows), epoch)
    except (zipfile.BadZipFile, ET.ParseError, EOFError, KeyError, NotImplementedError) as err:
        raise Broken from err
    except (IndexError, ValueError, RuntimeError, OSError, zlib.error) as err:
        raise Broken from err  # A number that is none, a password, a damaged part.


def _part(packed: zipfile.ZipFile, name: str) -> bytes:
    """Unpack one part, but never more than `MOST_UNPACKED`, whatever its header claims."""
    with packed.open(name) as part:
        content = part.read(MOST_UNPACKED + 1)
    if len(content) > MOST_UNPACKED:
        raise TooLarge
    if b"<!DOCTYPE" in content or b"\0" in content:
        raise NoWorkbook  # Entities can grow without end; UTF-16 could hide them. Nobody writes it.
    return content


def _elements(content: bytes) -> Iterator[ET.Element]:
    """Give each element of a part when it ends."""
    for _, element in ET.iterparse(io.BytesIO(content)):  # noqa: S314 - `_part` refuses entities
        yield element


def _first_sheet(packed: zipfile.ZipFile, book: bytes, names: list[str]) -> str:
    """Return the part of the sheet that stands first, as the workbook says."""
    sheet = next((one for one in _elements(book) if _tag(one) == "sheet"), None)
    wanted = None
    if sheet is not None:
        wanted = next((value for key, value in sheet.attrib.items() if key.endswith("}id")), None)
    relations = "xl/_rels/workbook.xml.rels"
    if wanted and relations in names:
        for one in _elements(_part(packed, relations)):
            if one.get("Id") == wanted:
                target = (one.get("Target") or "").lstrip("/")
                return target if target.startswith("xl/") else f"xl/{target}"
    sheets = [match for match in map(_SHEET.fullmatch, names) if match]
    if not sheets:
        raise Broken
    return min(sheets, key=lambda match: int(match[1])).group()


def _shared(packed: zipfile.ZipFile) -> list[str]:
    found = _elements(_part(packed, "xl/sharedStrings.xml"))
    return [_text(one) for one in found if _tag(one) == "si"]


def _rows(sheet: bytes, texts: list[str], most: int) -> list[tuple[int, tuple[str, ...]]]:
    rows: list[tuple[int, tuple[str, ...]]] = []
    for element in _elements(sheet):
        if _tag(element) != "row":
            continue
        cells = dict(_cells(element, texts))
        number = int(element.get("r") or len(rows) + 1)
        if any(cells.values()):
            width = min(max(cells) + 1, 100)
            rows.append((number, tuple(cells.get(place, "") for place in range(width))))
        element.clear()
        if len(rows) > most:
            break
    return rows


def _cells(row: ET.Element, texts: list[str]) -> Iterator[tuple[int, str]]:
    """Give the place, from 0, and the text of each cell of a row."""
    for place, cell in enumerate(one for one in row if _tag(one) == "c"):
        letters = _COLUMN.match(cell.get("r") or "")
        yield _place(letters.group()) if letters else place, _value(cell, texts)


def _place(letters: str) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _value(cell: ET.Element, texts: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return _text(cell)
    value = next((one.text or "" for one in cell if _tag(one) == "v"), "")
    if kind == "s":
        return texts[int(value)] if value else ""
    if kind == "n" and value:
        return _number(value)
    return "" if kind == "e" else value


def _number(value: str) -> str:
    """Return a number as it was typed: no exponent, no .0."""
    try:
        number = Decimal(value)
    except InvalidOperation as err:
        raise Broken from err
    if not number.is_finite() or (number and not -30 < number.adjusted() < 30):
        raise Broken
    whole = number == number.to_integral_value()
    plain = f"{number.to_integral_value():f}" if whole else f"{number:f}"
    return ROUNDED if whole and len(plain.lstrip("-")) > MOST_DIGITS else plain


def _text(element: ET.Element) -> str:
    """Return the text of its runs, without what says how characters are pronounced."""
    runs = (run for run in element if _tag(run) != "rPh")
    return "".join(one.text or "" for run in runs for one in run.iter() if _tag(one) == "t")


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]
