"""From the bytes of an upload to rows of text: CSV of whatever program, or an XLSX. Pure.

Nothing of a file is trusted: how much of it is unpacked, how many rows and how long a cell are
limits, and what cannot be read to its end is refused as a whole.
"""

import codecs
import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from vaxsite.core.decisions import N_, Refused
from vaxsite.rosters.rules import workbooks

RULE = "roster file"
MAX_BYTES = 1_800_000  # A form of a page takes 2 MiB. Ten thousand people are about 1 MB as CSV.
MAX_ROWS = 10_000  # Of people; a larger employer sends several files.
MAX_CELL = 500
MAX_COLUMNS = 60


class FileReason(StrEnum):
    """Why a file cannot be read at all."""

    EMPTY = "file_empty"
    TOO_LARGE = "file_too_large"
    TOO_MANY_ROWS = "file_too_many_rows"
    OLD_EXCEL = "file_old_excel"
    KIND = "file_kind"
    BROKEN = "file_broken"
    UNCLOSED = "file_unclosed"
    HEADER = "file_header"
    NOBODY = "file_nobody"


SENTENCES: Mapping[StrEnum, str] = {
    FileReason.EMPTY: N_("This file is empty. Save it again in the program that made it."),
    FileReason.TOO_LARGE: N_(
        "This file is too large. At most 10,000 people and 1.8 MB fit into one: divide it."
    ),
    FileReason.TOO_MANY_ROWS: N_(
        "This file has more than %(most)s rows. Divide it into several files."
    ),
    FileReason.OLD_EXCEL: N_(
        "This is a workbook of an old Excel, or one with a password. "
        "Save it as an Excel workbook (.xlsx) without a password, or as CSV."
    ),
    FileReason.KIND: N_("This is neither a CSV file nor an Excel workbook (.xlsx)."),
    FileReason.BROKEN: N_(
        "This workbook cannot be opened: perhaps it was not copied to its end. Save it again."
    ),
    FileReason.UNCLOSED: N_(
        "This file ends in the middle of a cell: a quotation mark is not closed. "
        "Perhaps it was not copied to its end."
    ),
    FileReason.HEADER: N_(
        "The first row must name the columns. We do not find: %(columns)s. "
        "The example file shows the names."
    ),
    FileReason.NOBODY: N_("This file has the names of the columns, and nobody below them."),
}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text, each with the number that a spreadsheet shows beside it.

    *epoch* is the day from which the workbook counts dates; None in CSV.
    """

    rows: tuple[tuple[int, tuple[str, ...]], ...]
    epoch: date | None = None


def read_table(payload: bytes) -> Table | Refused:
    """Read a file by what is in it, whatever its name says."""
    if not payload.strip():
        return Refused(FileReason.EMPTY, RULE)
    if len(payload) > MAX_BYTES:
        return Refused(FileReason.TOO_LARGE, RULE)
    if payload.startswith(b"\xd0\xcf\x11\xe0"):
        return Refused(FileReason.OLD_EXCEL, RULE)
    try:
        if payload.startswith(b"PK"):
            book = workbooks.read_workbook(payload, most_rows=MAX_ROWS + 1)
            return _table(book.rows, book.epoch)
        return _read_csv(payload)
    except workbooks.TooLarge:
        return Refused(FileReason.TOO_LARGE, RULE)
    except workbooks.NoWorkbook:
        return Refused(FileReason.KIND, RULE)
    except workbooks.Broken:
        return Refused(FileReason.BROKEN, RULE)


def _read_csv(payload: bytes) -> Table | Refused:
    text = _decode(payload)
    if text is None or "\0" in text:
        return Refused(FileReason.KIND, RULE)
    header = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t，；", key=header.count)
    if not header.count(delimiter):
        delimiter = ","
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, tuple[str, ...]]] = []
    try:
        for number, cells in enumerate(lines, start=1):
            rows.append((number, tuple(cells)))
            if len(rows) > 2 * MAX_ROWS:  # Blank rows do not count as people, but have an end.
                return Refused(FileReason.TOO_MANY_ROWS, RULE, detail={"most": MAX_ROWS})
    except csv.Error:
        return Refused(FileReason.UNCLOSED, RULE)
    return _table(rows, None)


def _decode(payload: bytes) -> str | None:
    """Return the text: with a mark as it says, else UTF-8, else the Chinese national encoding."""
    if payload.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]  # What Excel calls Unicode text.
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return payload.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _table(found: list[tuple[int, tuple[str, ...]]], epoch: date | None) -> Table | Refused:
    rows = [
        (number, tuple(cell.strip()[:MAX_CELL] for cell in cells[:MAX_COLUMNS]))
        for number, cells in found
        if any(cell.strip() for cell in cells)
    ]
    if not rows:
        return Refused(FileReason.EMPTY, RULE)
    if len(rows) > MAX_ROWS + 1:
        return Refused(FileReason.TOO_MANY_ROWS, RULE, detail={"most": MAX_ROWS})
    return Table(tuple(rows), epoch)
