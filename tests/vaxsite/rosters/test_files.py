"""Files of rosters are read whatever program wrote them, and refused with a reason otherwise."""

import io
import time
import zipfile
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.build.booking import person_number
from tests.build.rosters import HEADER, TODAY, csv_file, line, xlsx_file, zipped
from vaxsite.core.decisions import Refused
from vaxsite.residents.rules import IdKind
from vaxsite.rosters.rules.columns import Column, key
from vaxsite.rosters.rules.rows import Asked, Reading, read_rows
from vaxsite.rosters.rules.tables import MAX_BYTES, Table, read_table

ASKED = Asked({key("环卫"): "sanitation"}, "cold-chain", TODAY, samples=True)
CHINESE = ("* 姓 名", "出生日期（必填）", "身份证号", "联系电话", "电子邮箱", "类别", "语种")
ENGLISH = ("Name", "Date of birth", "Document number", "Phone", "E-mail", "Group", "Language")


def table(payload: bytes) -> Table:
    found = read_table(payload)
    assert isinstance(found, Table), found
    return found


def reading(payload: bytes) -> Reading:
    found = read_rows(table(payload), ASKED)
    assert isinstance(found, Reading), found
    return found


def refusal(payload: bytes) -> str:
    found = read_table(payload)
    if isinstance(found, Table):
        judged = read_rows(found, ASKED)
        assert isinstance(judged, Refused), judged
        return judged.reason.value
    return found.reason.value


def wrong(*cells: str) -> list[tuple[int, str, str]]:
    """Return row, column and reason of everything wrong with one line."""
    found = reading(csv_file(cells)).problems
    return [(one.number, one.column.value, one.reason) for one in found]


@pytest.mark.parametrize(
    "payload",
    [
        csv_file(line(1)),
        csv_file(line(1), encoding="utf-8-sig"),
        csv_file(line(1), encoding="gb18030"),
        csv_file(line(1), encoding="utf-16", delimiter="\t"),
        csv_file(line(1), delimiter=";"),
        csv_file(line(1), header=ENGLISH),
        csv_file(line(1), header=CHINESE),
        xlsx_file(line(1)),
        # As Excel keeps a day and a phone: 1985-05-05 is day 31172 since 1899-12-30.
        xlsx_file(("陈安娜", 31172, person_number(1), 13912345678, "", "")),
    ],
)
def test_a_person_is_read_from_every_kind_of_file(payload: bytes) -> None:
    """Encodings, separators, headers in two languages, dates and numbers of a spreadsheet."""
    [row] = reading(payload).rows

    assert (row.number, row.name, row.born_on) == (2, "陈安娜", date(1985, 5, 5))
    assert (row.id_kind, row.id_number) == (IdKind.RESIDENT_ID, person_number(1))
    assert (row.phone, row.group) == ("+8613912345678", "cold-chain")


@pytest.mark.parametrize("day", ["1985/5/5", "19850505", "1985年5月5日", "1985.05.05", ""])
def test_birth_dates_have_the_year_first(day: str) -> None:
    """As people write them in China; without one the identity number says it."""
    [row] = reading(csv_file(line(1, born=day))).rows

    assert row.born_on == date(1985, 5, 5)


@pytest.mark.parametrize(
    ("changed", "column", "reason"),
    [
        ({"number": person_number(1)[:-1] + "9"}, "id_number", "id_check"),
        ({"number": ""}, "id_number", "number_missing"),
        ({"number": "E-1"}, "id_number", "document_shape"),
        ({"number": "E1234567", "born": ""}, "born_on", "row_birth_date_missing"),
        ({"born": "1985-02-30"}, "born_on", "row_birth_date"),
        ({"born": "5/5/1985"}, "born_on", "row_birth_date"),
        ({"born": "2085-05-05"}, "born_on", "born_in_future"),
        ({"born": "1985-05-06"}, "born_on", "id_other_birth_date"),
        ({"phone": "", "email": ""}, "phone", "row_contact"),
        ({"phone": "12"}, "phone", "phone"),
        ({"email": "an@a"}, "email", "row_email"),
        ({"group": "宇航员"}, "group", "row_group"),
        ({"language": "Klingon"}, "language", "row_language"),
        ({"name": " "}, "name", "name_missing"),
    ],
)
def test_a_problem_names_row_column_and_reason(
    changed: dict[str, str], column: str, reason: str
) -> None:
    """The second row of the file is the first person."""
    assert wrong(*line(1, **changed)) == [(2, column, reason)]


@pytest.mark.parametrize(
    ("typed", "read"),
    [("en", "en"), ("English", "en"), ("英语", "en"), ("zh-CN", "zh"), ("中文", "zh"), ("", "zh")],
)
def test_a_language_is_read_as_people_write_it(typed: str, read: str) -> None:
    """Its code or its name in two languages; left empty it is that of the list."""
    [row] = reading(csv_file(line(1, language=typed))).rows

    assert row.language == read


def test_a_list_without_a_language_has_the_one_chosen_for_it() -> None:
    """A file without that column is not faulty."""
    asked = Asked({}, "cold-chain", TODAY, samples=True, language="en")
    found = read_rows(table(csv_file(line(1)[:-1], header=HEADER[:-1])), asked)

    assert isinstance(found, Reading)
    assert [row.language for row in found.rows] == ["en"]


def test_a_person_stands_once_for_each_group() -> None:
    """The second time names the first; another group of the same person is another place."""
    found = reading(csv_file(line(1), line(2), line(1), line(1, group="环卫")))

    assert [row.number for row in found.rows] == [2, 3, 5]
    [twice] = found.problems
    assert (twice.number, twice.column, twice.reason) == (4, Column.ID_NUMBER, "row_twice")
    assert twice.detail == {"first": 2}


def test_a_number_that_the_spreadsheet_rounded_is_told() -> None:
    """Eighteen digits in a numeric cell have lost the last three."""
    found = reading(xlsx_file(("陈安娜", "", 9.90101198505050e17, "13912345678", "", "")))

    assert [one.reason for one in found.problems if one.column is Column.ID_NUMBER] == [
        "row_rounded"
    ]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "file_empty"),
        (b"\xef\xbb\xbf\r\n,,,\r\n", "file_empty"),
        (b"x" * (MAX_BYTES + 1), "file_too_large"),
        (b"%PDF-1.7\n\x00\x01", "file_kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old workbook", "file_old_excel"),
        (zipped({"word/document.xml": "<document/>"}), "file_kind"),
        (xlsx_file(line(1))[:-200], "file_broken"),
        (csv_file(line(1))[:-3] + b',"half', "file_unclosed"),
        (csv_file(header=("姓名", "电话")), "file_header"),
        (csv_file(), "file_nobody"),
        (csv_file(*[("x",)] * 10_001), "file_too_many_rows"),
    ],
)
def test_what_is_no_list_is_refused_as_a_whole(payload: bytes, reason: str) -> None:
    """Nothing of it is taken, and the reason says what to do."""
    assert refusal(payload) == reason


def test_a_zip_bomb_is_not_unpacked() -> None:
    """A gigabyte of spaces in one part: refused after 24 MB, within a second."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(1024):
                part.write(b" " * 1024 * 1024)
    began = time.process_time()

    assert refusal(packed.getvalue()) == "file_too_large"
    assert time.process_time() - began < 1


def test_entities_are_not_unfolded() -> None:
    """A workbook that declares entities is none."""
    laughs = '<!DOCTYPE b [<!ENTITY a "ha"><!ENTITY c "&a;&a;">]><b>&c;</b>'

    assert refusal(zipped({"xl/workbook.xml": laughs})) == "file_kind"


def test_half_a_file_says_which_row_is_not_whole() -> None:
    """A copy that stopped in the middle of a line: the people before are good, the last is not."""
    whole = csv_file(line(1), line(2), header=HEADER)
    found = reading(whole[: whole.rindex(b"1985") + 12])

    assert [row.number for row in found.rows] == [2]
    assert {one.number for one in found.problems} == {3}


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=2_000), st.integers(min_value=0, max_value=400))
def test_damaged_files_are_refused_and_raise_nothing(noise: bytes, place: int) -> None:
    """Whatever bytes come, in place of a file or within a workbook, there is an answer."""
    whole = xlsx_file(line(1), line(2))
    for payload in (noise, b"PK" + noise, whole[:place] + noise + whole[place + len(noise) :]):
        found = read_table(payload)
        if isinstance(found, Table):
            assert isinstance(read_rows(found, ASKED), Reading | Refused)


def test_ten_thousand_people_are_read_in_seconds() -> None:
    """CPU time of this process; a run under load only takes longer on the clock."""
    lines = [line(one % 999, number=_document(one), born="1985-05-05") for one in range(10_000)]
    for payload in (csv_file(*lines, encoding="gb18030"), xlsx_file(*lines)):
        began = time.process_time()
        found = reading(payload)

        assert (len(found.rows), found.problems) == (10_000, ())
        assert time.process_time() - began < 15


def _document(index: int) -> str:
    return f"E{index:08}"
