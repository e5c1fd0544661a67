"""Sheets as files: PDF and CSV, under names that sort by month."""

from collections.abc import Iterator, Sequence

from flask import Response, current_app

from vaxsite.logbook import printing
from vaxsite.logbook.sheets import Sheet
from vaxsite.web.language import current_language, gettext
from vaxsite.web.spreadsheet import csv_response


def pdf_response(sheets: Sequence[Sheet], *, title: str, filename: str) -> Response:
    """Give *sheets* as a PDF to look at or to print; nobody in between may store it."""
    made = printing.pdf(
        sheets,
        title=title,
        pages=gettext("Page %(page)s of %(pages)s", page="%(page)s", pages="%(pages)s"),
        address=current_app.config["PUBLIC_URL"],
        language=current_language(),
    )
    response = Response(made, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{filename}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def csv_of(sheets: Sequence[Sheet], *, filename: str) -> Response:
    """Give *sheets* as CSV, one below the other, each table with its heading above it."""
    rows = [row for sheet in sheets for row in _rows(sheet)]
    return csv_response(rows, f"{filename}.csv")


def _rows(sheet: Sheet) -> Iterator[Sequence[str]]:
    yield [sheet.title]
    yield from sheet.facts
    yield from ([one] for one in sheet.warnings)
    for table in sheet.tables:
        yield []
        yield [table.heading]
        if not table.rows:
            yield [table.empty]
            continue
        yield [column.label for column in table.columns]
        yield from ([cell.text for cell in row] for row in table.rows)
    yield []
    yield from ([one] for one in sheet.closing)
    yield []
