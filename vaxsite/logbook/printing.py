"""Sheets on A4 paper: a PDF with its glyphs inside, so that it prints alike wherever it is opened.

The font is a part of the program (see `fonts/FONT.toml`); nothing of the machine is used. A
character that it does not have is printed as its code point, never left out.
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.resources import files
from xml.sax.saxutils import escape, quoteattr

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    TableStyle,
)
from reportlab.platypus import Table as Grid

from vaxsite.logbook.sheets import Cell, Sheet, Table
from vaxsite.web.catalogs import Language

FONT = "vaxsite-log"
COLONS: Mapping[Language, str] = {"en": ": ", "zh": "："}
MARGIN = 10 * mm
FOOT = 8 * mm
WIDTH = A4[0] - 2 * MARGIN
SMALL = 8  # Points: the least that is read without effort on paper.
_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_LINE = colors.HexColor("#768692")
_SHADE = colors.HexColor("#e8edee")
_GRID = TableStyle(
    [
        ("FONTNAME", (0, 0), (-1, -1), FONT),  # Else the library's own is named, not embedded.
        ("GRID", (0, 0), (-1, -1), 0.4, _LINE),
        ("BACKGROUND", (0, 0), (-1, 0), _SHADE),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 2),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
)
_FACTS = TableStyle(
    [
        ("FONTNAME", (0, 0), (-1, -1), FONT),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ]
)


def pdf(
    sheets: Sequence[Sheet], *, title: str, pages: str, address: str, language: Language
) -> bytes:
    """Return *sheets* as a PDF, each from a new page on; the same sheets give the same bytes.

    *pages* is the line at the foot, with the places `page` and `pages`; *address* is where links
    to our own pages begin.
    """
    _font()
    made = io.BytesIO()
    document = BaseDocTemplate(
        made,
        pagesize=A4,
        title=title,
        author="vaxsite",
        lang={"zh": "zh-Hans"}.get(language, "en-GB"),
        initialFontName=FONT,
        invariant=1,
    )
    for number, sheet in enumerate(sheets):
        frame = Frame(MARGIN, MARGIN + FOOT, WIDTH, A4[1] - 2 * MARGIN - FOOT, 0, 0, 0, 0)
        foot = partial(_foot, _known(sheet.title))
        document.addPageTemplates(PageTemplate(str(number), [frame], onPage=foot))
    document.build(
        list(_story(sheets, address, COLONS[language])), canvasmaker=partial(_Counting, pages=pages)
    )
    return made.getvalue()


class _Counting(Canvas):
    """A canvas that writes at the foot of each page which of how many it is."""

    def __init__(self, *args: object, pages: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # As the document calls it.
        self._pages = pages
        self._kept: list[dict[str, object]] = []

    def showPage(self) -> None:  # noqa: N802 - the name that the library calls
        """Keep the page until their number is known."""
        self._kept.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # Left out of the stubs.

    def save(self) -> None:
        """Write every page with its number."""
        for number, page in enumerate(self._kept, start=1):
            self.__dict__.update(page)
            self.setFont(FONT, SMALL)
            line = self._pages % {"page": number, "pages": len(self._kept)}
            self.drawRightString(A4[0] - MARGIN, MARGIN, line)
            super().showPage()
        super().save()


def _foot(title: str, canvas: Canvas, _document: BaseDocTemplate) -> None:
    canvas.setFont(FONT, SMALL)
    canvas.drawString(MARGIN, MARGIN, title)


def _story(sheets: Sequence[Sheet], address: str, colon: str) -> Iterator[Flowable]:
    for number, sheet in enumerate(sheets):
        if number:
            yield NextPageTemplate(str(number))
            yield PageBreak()
        yield Paragraph(_marked(sheet.title), _style(14, sheet.title, after=4))
        yield _facts(sheet, colon)
        for warning in sheet.warnings:
            yield _boxed(warning)
        for table in sheet.tables:
            yield from _table(table, address)
        yield Spacer(0, 6)
        for line in sheet.closing:
            yield Paragraph(_marked(line), _style(SMALL, line, after=1))


def _facts(sheet: Sheet, colon: str) -> Flowable:
    """Put the facts in two columns, read from left to right."""
    told = [
        Paragraph(_marked(f"{name}{colon}{value}"), _style(9, name)) for name, value in sheet.facts
    ]
    told += [Paragraph("", _style(9, ""))] * (len(told) % 2)
    rows = [told[place : place + 2] for place in range(0, len(told), 2)]
    return Grid(rows, colWidths=[WIDTH / 2] * 2, style=_FACTS)


def _boxed(text: str) -> Flowable:
    style = TableStyle(
        [("FONTNAME", (0, 0), (-1, -1), FONT), ("BOX", (0, 0), (-1, -1), 1.2, colors.black)]
    )
    return Grid([[Paragraph(_marked(text), _style(10, text))]], colWidths=[WIDTH], style=style)


def _table(table: Table, address: str) -> Iterator[Flowable]:
    heading = Paragraph(_marked(table.heading), _style(10, table.heading, before=7, after=2))
    if not table.rows:
        yield KeepTogether([heading, Paragraph(_marked(table.empty), _style(SMALL, table.empty))])
        return
    whole = sum(column.width for column in table.columns)
    head = [Paragraph(_marked(one.label), _style(SMALL, one.label)) for one in table.columns]
    body = [[_cell(one, address) for one in row] for row in table.rows]
    widths = [WIDTH * column.width / whole for column in table.columns]
    # The heading keeps with the first rows; the head is repeated on every page.
    heading.keepWithNext = True
    yield heading
    yield Grid([head, *body], colWidths=widths, repeatRows=1, style=_GRID)


def _cell(cell: Cell, address: str) -> Flowable:
    text = _marked(cell.text)
    if cell.path:
        text = f"<link href={quoteattr(address + cell.path)}><u>{text}</u></link>"
    return Paragraph(text, _style(SMALL, cell.text))


def _style(size: float, text: str, *, before: float = 0, after: float = 0) -> ParagraphStyle:
    """Return the style of a text: Chinese breaks between any two characters, English at spaces."""
    return _styles(size, bool(_HAN.search(text)), before, after)


@cache
def _styles(size: float, is_han: bool, before: float, after: float) -> ParagraphStyle:
    return ParagraphStyle(
        name=f"{size}-{is_han}-{before}-{after}",
        fontName=FONT,
        fontSize=size,
        leading=size * 1.25,
        spaceBefore=before,
        spaceAfter=after,
        wordWrap="CJK" if is_han else "LTR",
    )


def _marked(text: str) -> str:
    return escape(_known(text))


def _known(text: str) -> str:
    """Return *text* with the code point in place of each character that the font does not have."""
    has: Callable[[int], bool] = _font().face.charToGlyph.__contains__
    return "".join(one if has(ord(one)) or one.isspace() else f"[U+{ord(one):04X}]" for one in text)


@cache
def _font() -> TTFont:
    """Read the font once in a process."""
    with files("vaxsite.logbook").joinpath("fonts/log.ttf").open("rb") as file:
        font = TTFont(FONT, io.BytesIO(file.read()))
    pdfmetrics.registerFont(font)
    pdfmetrics.registerFontFamily(FONT, normal=FONT, bold=FONT, italic=FONT, boldItalic=FONT)
    return font
