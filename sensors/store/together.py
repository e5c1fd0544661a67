"""Writes what one act writes together: on PostgreSQL as one statement, whatever tables it is for.

Each statement that a client sends costs both sides about as much as what it does to a row.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any  # Any: values are as columns and drivers have them.

from sqlalchemy import Connection, Table
from sqlalchemy.orm import Session

from sensors.store.base import Base
from sensors.store.columns import connection_of, note_written, table_of
from sensors.store.written import POSTGRES, Text, Values, Written, execute, insert_text

BATCH = "vaxsite_batch"
KINDS = 256  # Of batches: an act has few, by how many people and doses it is for.
PLACE = re.compile(r"\$(\d+)")
Part = tuple[str, int, int]  # An INSERT or UPDATE, its number of values, of a row; of rows.


@dataclass(frozen=True, slots=True)
class _Change:
    text: Text
    values: Sequence[Any]
    late: Exception


@dataclass(slots=True)
class _Batch:
    """What is to be written; rows of one table with the same columns go together."""

    rows: dict[tuple[Table, tuple[str, ...]], list[Values]] = field(default_factory=dict)
    changes: list[_Change] = field(default_factory=list)


@contextmanager
def at_once(session: Session) -> Iterator[None]:
    """Write the rows and changes that are asked for inside at the end, rows first.

    PostgreSQL carries them out as one statement, whose parts do not see one another: no part may
    need what another one writes, except for foreign keys, which are checked at its end. So nothing
    is read inside. Raise what `change_row` was given for being late.
    """
    if BATCH in session.info:
        raise RuntimeError("what is written at once is written by one act")
    batch = session.info[BATCH] = _Batch()
    try:
        yield
    finally:
        del session.info[BATCH]
    _carry_out(connection_of(session), batch)


def insert_rows(session: Session, row: type[Base], rows: Sequence[Values]) -> None:
    """Insert *rows*, each told column by column; within `at_once` with all the others."""
    batch: _Batch | None = session.info.get(BATCH)
    if batch is None:
        with at_once(session):
            insert_rows(session, row, rows)
        return
    into = table_of(row)
    note_written(session, into.name)
    for one in rows:
        batch.rows.setdefault((into, tuple(one)), []).append(one)


def change_row(session: Session, statement: Written, *, late: Exception, **values: Any) -> None:
    """Change the one row that *statement* names, else raise *late*; within `at_once` at its end."""
    batch: _Batch | None = session.info.get(BATCH)
    if batch is None:
        with at_once(session):
            change_row(session, statement, late=late, **values)
        return
    note_written(session, statement.table)
    text = statement.text(connection_of(session).dialect.name)
    batch.changes.append(_Change(text, text.values(values), late))


def _carry_out(connection: Connection, batch: _Batch) -> None:
    dialect = connection.dialect.name
    inserts = [
        (insert_text(dialect, into, names), rows) for (into, names), rows in batch.rows.items()
    ]
    counts = (_as_one if dialect == POSTGRES else _one_by_one)(connection, inserts, batch.changes)
    for change, count in zip(batch.changes, counts, strict=True):
        if count != 1:
            raise change.late


def _one_by_one(
    connection: Connection,
    inserts: Sequence[tuple[Text, Sequence[Values]]],
    changes: Sequence[_Change],
) -> Sequence[int]:
    for text, rows in inserts:
        execute(connection, text.text, [text.values(row) for row in rows], many=True)
    return [execute(connection, one.text.text, one.values).rowcount for one in changes]


def _as_one(
    connection: Connection,
    inserts: Sequence[tuple[Text, Sequence[Values]]],
    changes: Sequence[_Change],
) -> Sequence[int]:
    parts = (
        *((text.text, len(text.binds), len(rows)) for text, rows in inserts),
        *((change.text.text, len(change.values), 1) for change in changes),
    )
    if not parts:
        return ()
    values = [value for text, rows in inserts for row in rows for value in text.values(row)]
    values += [value for change in changes for value in change.values]
    counts: Sequence[int] = execute(connection, _joined(parts, len(changes)), values).fetchone()
    return counts[: len(changes)]


@lru_cache(maxsize=KINDS)
def _joined(parts: Sequence[Part], counted: int) -> str:
    """Return *parts* as one statement that tells how many rows the last *counted* of them met."""
    written, begun = [], 0
    for number, (text, width, rows) in enumerate(parts):
        counting = " RETURNING 1" if number >= len(parts) - counted else ""
        written.append(f"w{number} AS ({_of_rows(text, width, rows, begun)}{counting})")
        begun += width * rows
    names = [f"w{number}" for number in range(len(parts) - counted, len(parts))]
    told = [f"(SELECT count(*) FROM {name})" for name in names]  # noqa: S608 - names of this module
    return f"WITH {', '.join(written)} SELECT {', '.join(told or ['1'])}"


def _of_rows(text: str, width: int, rows: int, begun: int) -> str:
    """Return the statement with its values from place *begun* on, an INSERT for so many rows."""
    if rows == 1:
        return _shifted(text, begun)
    head, row = text.split(" VALUES ")
    each = (_shifted(row, begun + width * number) for number in range(rows))
    return f"{head} VALUES {', '.join(each)}"


def _shifted(text: str, by: int) -> str:
    return PLACE.sub(lambda found: f"${int(found[1]) + by}", text)
