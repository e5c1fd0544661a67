"""Judge the rows of a roster: who is meant, or what is wrong, by row and column. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from vaxsite.core.decisions import N_, Detail, Refused
from vaxsite.residents import rules as residents
from vaxsite.residents.rules import IdKind
from vaxsite.rosters.rules.columns import (
    Column,
    find_columns,
    key,
    missing,
    read_kind,
    read_language,
    shown,
)
from vaxsite.rosters.rules.tables import RULE, FileReason, Table
from vaxsite.rosters.rules.workbooks import ROUNDED


class RowReason(StrEnum):
    """Why a row cannot be taken as it is, beside what `residents.rules` says."""

    BIRTH_DATE = "row_birth_date"
    BIRTH_DATE_MISSING = "row_birth_date_missing"
    ROUNDED = "row_rounded"
    KIND = "row_kind"
    TWICE = "row_twice"
    ALREADY = "row_already"
    GROUP = "row_group"
    CONTACT = "row_contact"
    EMAIL = "row_email"
    LANGUAGE = "row_language"


# Said of a row, to whoever made the file: where a resident types, `residents.rules` says it.
SENTENCES: Mapping[StrEnum, str] = {
    RowReason.BIRTH_DATE: N_("This is no day that can be read. Write it as 1985-05-05."),
    RowReason.BIRTH_DATE_MISSING: N_("The birth date is missing."),
    RowReason.ROUNDED: N_(
        "The spreadsheet has rounded this number: its last digits are lost. "
        "Format the column as text and type it again."
    ),
    RowReason.KIND: N_("This kind of document is not known: identity card, passport or permit."),
    RowReason.TWICE: N_("This person is in the file twice: first in row %(first)s."),
    RowReason.ALREADY: N_("This person is on another roster of this group already."),
    RowReason.GROUP: N_("There is no such group on that day."),
    RowReason.CONTACT: N_("Neither a phone nor an e-mail address: nobody could reach this person."),
    RowReason.EMAIL: N_("This is no e-mail address."),
    RowReason.LANGUAGE: N_("We cannot write in this language. Write zh or en."),
    residents.Reason.NUMBER_MISSING: N_("The number of the document is missing."),
    residents.Reason.ID_LENGTH: N_(
        "An identity card number has 18 characters, this one %(typed)s."
    ),
    residents.Reason.ID_CHARACTERS: residents.SENTENCES[residents.Reason.ID_CHARACTERS],
    residents.Reason.ID_DATE: N_("Characters 7 to 14 of this number are not a date that has been."),
    residents.Reason.ID_CHECK: N_(
        "The last character does not fit the rest of the number: one is probably mistyped."
    ),
    residents.Reason.ID_SAMPLE: N_("This is the number of a made-up person."),
    residents.Reason.ID_OTHER_BIRTH_DATE: N_("The number holds another birth date."),
    residents.Reason.DOCUMENT_SHAPE: N_(
        "The number of a document is 5 to 20 letters and digits, without signs."
    ),
    residents.Reason.DOCUMENT_IS_RESIDENT_ID: N_("This is the number of an identity card."),
    residents.Reason.PHONE: N_("This is no phone number that can be called."),
    residents.Reason.NAME_MISSING: N_("The name is missing."),
    residents.Reason.NAME_LONG: N_("This name is too long. Type at most %(most)s characters."),
    residents.Reason.BORN_IN_FUTURE: N_("The birth date lies in the future."),
    residents.Reason.BORN_TOO_LONG_AGO: N_("The birth date is more than %(years)s years ago."),
}
_EMAIL = re.compile(r"[^@\s,;<>\"()]{1,64}@[^@\s,;<>\"()]+\.[^@\s.,;<>\"()]{2,}")
_DAYS = (
    re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00?:00(?::00)?(?:\.0)?)?"),
    re.compile(r"(\d{4})(\d{2})(\d{2})"),
    re.compile(r"(\d{4})-(\d{2})-(\d{2})T00:00:00(?:\.0+)?Z?"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A person of a roster, read."""

    number: int  # Of the row in the file.
    name: str
    born_on: date
    id_kind: IdKind
    id_number: str
    phone: str | None
    email: str | None
    group: str
    language: str = "zh"

    @property
    def who(self) -> tuple[str, str]:
        """By what the person is known, and for which group."""
        return residents.document_key(self.id_kind, self.id_number), self.group


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell; it holds nothing of the person."""

    number: int
    column: Column
    reason: str  # A key of `SENTENCES`.
    detail: Detail


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds: rows that are good, and every problem of the others."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]

    @property
    def faulty(self) -> int:
        """How many rows have a problem."""
        return len({one.number for one in self.problems})

    def without(self, taken: Iterable[int]) -> "Reading":
        """Return the same with the rows of these numbers as people of another roster."""
        numbers = frozenset(taken)
        known = [Problem(one, Column.ID_NUMBER, RowReason.ALREADY, {}) for one in sorted(numbers)]
        rows = tuple(row for row in self.rows if row.number not in numbers)
        problems = sorted([*self.problems, *known], key=lambda one: one.number)
        return replace(self, rows=rows, problems=tuple(problems))


@dataclass(frozen=True, slots=True)
class Asked:
    """By what rows are judged: *groups* finds the code of a group by `columns.key` of its names."""

    groups: Mapping[str, str]
    group: str  # Of rows that name none.
    today: date
    samples: bool = False  # Whether numbers of made-up people are good.
    language: str = "zh"  # Of rows that name none.


def read_rows(table: Table, asked: Asked) -> Reading | Refused:
    """Judge every row below the header."""
    (_, header), *body = table.rows
    places = find_columns(header)
    lacking = missing(places)
    if lacking:
        names = ", ".join(shown(column) for column in lacking)
        return Refused(FileReason.HEADER, RULE, detail={"columns": names})
    if not body:
        return Refused(FileReason.NOBODY, RULE)
    good: list[Row] = []
    problems: list[Problem] = []
    first: dict[tuple[str, str], int] = {}
    for number, cells in body:
        reader = _Reader(number, cells, places, table.epoch, asked)
        row = reader.read()
        if row is not None and first.setdefault(row.who, number) != number:
            reader.fault(Column.ID_NUMBER, RowReason.TWICE, {"first": first[row.who]})
            row = None
        if row is not None:
            good.append(row)
        problems += reader.problems
    return Reading(tuple(good), tuple(problems))


def read_day(text: str, epoch: date | None) -> date | None:
    """Read a birth date: year first, or a workbook's count of days. Other orders are guesses."""
    plain = unicodedata.normalize("NFKC", text)
    if epoch is not None and re.fullmatch(r"[0-9]{1,5}", plain):
        return epoch + timedelta(days=int(plain))
    for pattern in _DAYS:
        found = pattern.fullmatch(plain)
        if found:
            try:
                return date(int(found[1]), int(found[2]), int(found[3]))
            except ValueError:
                return None
    return None


class _Reader:
    """One row, cell by cell; keeps what is wrong with it."""

    def __init__(
        self,
        number: int,
        cells: tuple[str, ...],
        places: Mapping[Column, int],
        epoch: date | None,
        asked: Asked,
    ) -> None:
        self._number, self._epoch, self._asked = number, epoch, asked
        self._cells = {
            column: cells[place] for column, place in places.items() if place < len(cells)
        }
        self.problems: list[Problem] = []

    def read(self) -> Row | None:
        """Return the person, or None where there are problems."""
        name = self._take(Column.NAME, residents.read_name(self._cell(Column.NAME)))
        kind, number, said = self._document()
        born_on = self._born(said)
        phone, email = self._contact()
        group, language = self._group(), self._language()
        if self.problems or kind is None or born_on is None:
            return None
        return Row(self._number, name, born_on, kind, number, phone, email, group, language)

    def fault(self, column: Column, reason: StrEnum, detail: Detail | None = None) -> None:
        """Keep what is wrong."""
        self.problems.append(Problem(self._number, column, reason.value, detail or {}))

    def _cell(self, column: Column) -> str:
        return self._cells.get(column, "")

    def _take(self, column: Column, read: str | Refused) -> str:
        if not isinstance(read, Refused):
            return read
        self.fault(column, read.reason, read.detail)
        return ""

    def _document(self) -> tuple[IdKind | None, str, date | None]:
        """Return kind and number, and the birth date that an identity number holds."""
        typed = self._cell(Column.ID_NUMBER)
        kind = read_kind(self._cell(Column.ID_KIND), typed)
        if kind is None:
            self.fault(Column.ID_KIND, RowReason.KIND)
        elif typed == ROUNDED:
            self.fault(Column.ID_NUMBER, RowReason.ROUNDED)
        else:
            read = residents.read_document(
                kind, typed, today=self._asked.today, allow_samples=self._asked.samples
            )
            if read.fault is None:
                return kind, read.number or "", read.born_on
            self.fault(Column.ID_NUMBER, read.fault.reason, read.fault.detail)
        return None, "", None

    def _born(self, said: date | None) -> date | None:
        typed = self._cell(Column.BORN_ON)
        if not typed:
            if said is None:
                self.fault(Column.BORN_ON, RowReason.BIRTH_DATE_MISSING)
            return said
        read = read_day(typed, self._epoch)
        if read is None:
            self.fault(Column.BORN_ON, RowReason.BIRTH_DATE)
            return None
        checked = residents.check_birth_date(read, today=self._asked.today)
        if isinstance(checked, Refused):
            self.fault(Column.BORN_ON, checked.reason, checked.detail)
        elif said is not None and said != read:
            self.fault(Column.BORN_ON, residents.Reason.ID_OTHER_BIRTH_DATE)
        return read

    def _contact(self) -> tuple[str | None, str | None]:
        phone, email = self._cell(Column.PHONE), self._cell(Column.EMAIL)
        if not phone and not email:
            self.fault(Column.PHONE, RowReason.CONTACT)
        if email and not _EMAIL.fullmatch(email):
            self.fault(Column.EMAIL, RowReason.EMAIL)
        read = self._take(Column.PHONE, residents.read_phone(phone)) if phone else ""
        return read or None, email or None

    def _group(self) -> str:
        typed = self._cell(Column.GROUP)
        if not typed:
            return self._asked.group
        found = self._asked.groups.get(key(typed))
        if found is None:
            self.fault(Column.GROUP, RowReason.GROUP)
        return found or ""

    def _language(self) -> str:
        typed = self._cell(Column.LANGUAGE)
        found = read_language(typed) if typed else self._asked.language
        if found is None:
            self.fault(Column.LANGUAGE, RowReason.LANGUAGE)
        return found or ""
