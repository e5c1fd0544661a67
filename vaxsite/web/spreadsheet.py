"""CSV as spreadsheets of all languages open it: UTF-8 with a mark, and no text run as a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from flask import Response

FORMULA = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
# Our pages write a true minus sign, which a spreadsheet takes for a letter.
_MINUS = re.compile("^\N{MINUS SIGN}(?=[0-9.]+$)")


def plain(cell: str) -> str:
    """Return *cell* so that no spreadsheet takes it for a formula; a number stays a number."""
    cell = _MINUS.sub("-", cell)
    if NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def csv_response(rows: Iterable[Sequence[str]], filename: str) -> Response:
    """Give *rows* as a file to keep, under *filename*; nobody in between may store it."""
    text = io.StringIO()
    lines = csv.writer(text)
    for row in rows:
        lines.writerow([plain(cell) for cell in row])
    response = Response("\ufeff" + text.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    response.headers["Cache-Control"] = "no-store"
    return response
