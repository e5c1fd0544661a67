"""Sheets on paper: A4, every glyph inside, both languages; and as CSV that runs no formula."""

import hashlib
import io
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from vaxsite.logbook import printing
from vaxsite.logbook.sheets import Cell, Column, Sheet, Table, cells
from vaxsite.web import spreadsheet
from vaxsite.web.catalogs import Language

FONTS = Path(printing.__file__).parent / "fonts"
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
A4_POINTS = (595, 842)


def a_sheet(*, rows: int = 3, text: str = "冰箱", title: str = "测温记录 Log") -> Sheet:
    table = Table(
        "逐日 Day by day",
        (Column("Day", 20), Column("备注", 80)),
        tuple((Cell(str(row)), Cell(text, "/coldchain/excursions/7")) for row in range(rows)),
        "None",
    )
    return Sheet(title, (("站点", "朝阳门诊"),), ("注意",), (table,), ("As of now.",))


def printed(*sheets: Sheet, language: Language = "en") -> PdfReader:
    made = printing.pdf(
        sheets,
        title="Log",
        pages="Page %(page)s of %(pages)s",
        address="https://clinic.example",
        language=language,
    )
    return PdfReader(io.BytesIO(made))


def fonts_of(reader: PdfReader) -> list[DictionaryObject]:
    return [
        font.get_object()
        for page in reader.pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]  # As a dictionary.
    ]


@LANGUAGES
def test_paper_is_a4_and_every_font_is_inside(language: Language) -> None:
    """It prints alike wherever it is opened."""
    reader = printed(a_sheet(rows=100), language=language)

    for page in reader.pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == A4_POINTS
    found = fonts_of(reader)
    assert found
    for font in found:
        assert "/FontFile2" in font["/FontDescriptor"]


@LANGUAGES
def test_paper_says_what_the_sheet_says(language: Language) -> None:
    """Title, facts, warnings, head and cells, Chinese as well as English; and the link."""
    reader = printed(a_sheet(), language=language)

    text = reader.pages[0].extract_text()

    for told in ("测温记录", "朝阳门诊", "注意", "备注", "冰箱", "As of now.", "Page 1 of 1"):
        assert told in text
    links = [one.get_object()["/A"]["/URI"] for one in reader.pages[0]["/Annots"]]  # type: ignore[attr-defined]  # A list.
    assert set(links) == {"https://clinic.example/coldchain/excursions/7"}


def test_long_table_repeats_its_head_and_every_page_names_its_sheet() -> None:
    """A page that was parted from the others still says what it is of."""
    reader = printed(a_sheet(rows=120), a_sheet(title="第二 Second"))

    texts = [page.extract_text() for page in reader.pages]

    assert len(texts) >= 3
    assert all("备注" in text for text in texts if "冰箱" in text)
    assert all("测温记录" in text for text in texts[:-1])
    assert "第二" in texts[-1]
    assert f"Page {len(texts)} of {len(texts)}" in texts[-1]


def test_same_sheet_gives_the_same_bytes() -> None:
    """Two prints of one log can be compared."""
    one, two = (
        printing.pdf([a_sheet()], title="Log", pages="%(page)s", address="", language="zh")
        for _ in range(2)
    )

    assert one == two


def test_names_that_are_not_in_gb2312_are_printed() -> None:
    """These are common in names of people."""
    assert "喆堃玥珺翀" in printed(a_sheet(text="喆堃玥珺翀")).pages[0].extract_text()


def test_character_without_a_glyph_is_told_by_its_code_point() -> None:
    """It is never left out in silence."""
    assert "李[U+4DAE]" in printed(a_sheet(text="李䶮")).pages[0].extract_text()


@settings(deadline=None)  # The first reads the font.
@given(st.text(max_size=40))
def test_any_text_is_printed(text: str) -> None:
    """Whatever people write in a note breaks no paper: markup, controls, other scripts."""
    printed(a_sheet(rows=1, text=text))


def test_font_is_the_one_that_is_written_down() -> None:
    """With its licence, which our own NOTICE repeats."""
    about = tomllib.loads((FONTS / "FONT.toml").read_text(encoding="utf-8"))
    notice = (FONTS.parents[2] / "NOTICE").read_text(encoding="utf-8")

    assert hashlib.sha256((FONTS / "log.ttf").read_bytes()).hexdigest() == about["sha256"]
    assert about["licence"] == "Apache-2.0"
    assert about["name"] in notice


@given(st.text(max_size=12))
def test_no_cell_of_a_spreadsheet_begins_a_formula(text: str) -> None:
    """But a number stays a number."""
    cell = spreadsheet.plain(text)

    assert not cell.startswith(("=", "+", "@", "\t", "\r"))
    assert not cell.startswith("-") or spreadsheet.NUMBER.fullmatch(cell)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("−0.6", "-0.6"),
        ("-0.6", "-0.6"),
        ("4.8", "4.8"),
        ("−5 °C", "−5 °C"),
        ("-2+3", "'-2+3"),
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("冰箱", "冰箱"),
    ],
)
def test_temperature_below_zero_is_a_number_for_a_spreadsheet(text: str, cell: str) -> None:
    """Its minus sign becomes the one that spreadsheets know."""
    assert spreadsheet.plain(text) == cell


def test_row_of_texts_has_no_address() -> None:
    """A cell without a page of ours is plain."""
    assert cells("a", "b") == (Cell("a"), Cell("b"))
