"""Builders of roster files and of rosters that were accepted."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from openpyxl import Workbook
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, person_number
from vaxsite.rosters import queries
from vaxsite.rosters.rules.rows import Row
from vaxsite.rosters.rules.states import Take
from vaxsite.rosters.services import entering, uploading
from vaxsite.rosters.services.uploading import Upload

GROUP = "key-occupations-1"
HEADER = ("姓名", "出生日期", "证件号码", "手机", "邮箱", "人群", "语言")
CODE_URL = "https://vaccination.example/invitation"
TODAY = date(2026, 1, 12)
BOOK_UNTIL = NOW + timedelta(days=20)


def line(index: int, *, email: str = "", name: str = "陈安娜", **changed: str) -> Sequence[str]:
    """Return the cells of the *index*th made-up person."""
    cells = {
        "name": name,
        "born": "1985-05-05",
        "number": person_number(index),
        "phone": f"139{12345677 + index}",
        "email": email,
        "group": "",
        "language": "",
        **changed,
    }
    return tuple(cells.values())


def csv_file(
    *lines: Sequence[str],
    header: Sequence[str] = HEADER,
    delimiter: str = ",",
    encoding: str = "utf-8",
) -> bytes:
    """Return a CSV file of these lines."""
    rows = [delimiter.join(cells) for cells in (header, *lines)]
    return "\r\n".join([*rows, ""]).encode(encoding)


def xlsx_file(*lines: Sequence[str | int | float], header: Sequence[str] = HEADER) -> bytes:
    """Return a workbook of these lines on its first sheet; texts as texts, numbers as numbers."""
    book, packed = Workbook(), io.BytesIO()
    for cells in (header, *lines):
        book.worksheets[0].append(list(cells))
    book.create_sheet("备注")
    book.save(packed)
    return packed.getvalue()


def zipped(parts: dict[str, str | bytes]) -> bytes:
    """Return a packed file of these parts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def upload_of(clinic: OpenClinic, **changed: date | str | int | None) -> Upload:
    """Return what is said about a file of a cold store."""
    values: dict[str, object] = {
        "site_id": clinic.site_id,
        "product_id": clinic.product_id,
        "organisation": "Binhu Cold Store",
        "group_code": GROUP,
        "valid_from": TODAY,
        "valid_to": None,
        **changed,
    }
    return Upload(**values)  # type: ignore[arg-type]  # As the fields say.


def uploaded(
    session: Session, clinic: OpenClinic, payload: bytes, **changed: date | str | int | None
) -> tuple[UUID, bool]:
    """Upload a file; the caller commits."""
    upload = upload_of(clinic, **changed)
    reading = uploading.read_file(payload, upload=upload, today=TODAY, samples=True)
    return uploading.keep(
        session, payload=payload, reading=reading, upload=upload, actor=clinic.manager, now=NOW
    )


def to_enter(
    sessions: sessionmaker[Session],
    clinic: OpenClinic,
    payload: bytes,
    *,
    take: Take = Take.GOOD,
    book_until: datetime | None = BOOK_UNTIL,
    **changed: date | str | int | None,
) -> UUID:
    """Upload and accept a file, of which nobody is entered yet."""
    with sessions() as session, transaction(session):
        roster_id, _ = uploaded(session, clinic, payload, **changed)
        entering.accept(
            session,
            roster_id=roster_id,
            take=take,
            book_until=book_until,
            actor=clinic.manager,
            now=NOW,
        )
    return roster_id


def accepted(
    sessions: sessionmaker[Session], clinic: OpenClinic, payload: bytes, **how: Any
) -> UUID:
    """As `to_enter` (Any: what it takes), and let the worker enter its people."""
    roster_id = to_enter(sessions, clinic, payload, **how)
    entering.enter_due(sessions, url=CODE_URL, now=NOW)
    return roster_id


def being_entered(
    sessions: sessionmaker[Session],
    clinic: OpenClinic,
    *people: int,
    book_until: datetime | None = None,
) -> tuple[UUID, Sequence[Row]]:
    """As `to_enter` of these people; return its rows, too."""
    payload = csv_file(*(line(one) for one in people))
    roster_id = to_enter(sessions, clinic, payload, book_until=book_until)
    with sessions() as session:
        return roster_id, queries.reading_of(session, roster_id).rows
