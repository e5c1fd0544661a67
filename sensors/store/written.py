"""Statements that are written once and handed to the driver as they are, for acts in a rush.

SQLAlchemy compiles them, once; what it does beside that at each execution, for statements that
differ and objects that are tracked, costs more than the database takes. So these go past it, but
for its transaction, its listeners and its errors.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast  # Any: values, rows and cursors are as columns and drivers have them.

import psycopg
from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Dialect,
    Insert,
    Select,
    String,
    Table,
    Update,
    column,
    literal_column,
    table,
)
from sqlalchemy import insert as insert_into
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from sensors.store.columns import connection_of, note_written

Row = tuple[Any, ...]
Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
CURSOR = "vaxsite_cursor"
POSTGRES, SQLITE = "postgresql", "sqlite"
# With numbered places psycopg need not read a statement again to find them.
DIALECTS: Mapping[str, Dialect] = {
    POSTGRES: postgresql.psycopg.dialect(paramstyle="numeric_dollar"),  # type: ignore[no-untyped-call]  # SQLAlchemy's.
    SQLITE: sqlite.pysqlite.dialect(),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A statement as one driver wants it, with its values in the order of their places."""

    text: str
    binds: tuple[tuple[str, Convert | None], ...]
    fixed: Values
    columns: tuple[tuple[int, Convert], ...] = ()  # Those that a driver gives otherwise.

    def values(self, given: Values) -> list[Any]:
        """Return what goes to the driver."""
        known = {**self.fixed, **given} if self.fixed else given
        return [
            known[name] if convert is None or known[name] is None else convert(known[name])
            for name, convert in self.binds
        ]

    def row(self, found: Row) -> Row:
        """Return what came from the driver as its columns say."""
        if not self.columns:
            return found
        read = list(found)
        for place, convert in self.columns:
            read[place] = convert(read[place])
        return tuple(read)


class Written:
    """A statement that a module writes once; what it must be told is bound by name."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | Update | Delete) -> None:
        self.statement = statement
        self._texts: dict[str, Text] = {}

    def rows(self, session: Session, **values: Any) -> list[Row]:
        """Return the rows of a SELECT, as they stand now, whatever objects the session holds."""
        connection = connection_of(session)
        text = self.text(connection.dialect.name)
        cursor = execute(connection, text.text, text.values(values))
        return [text.row(one) for one in cursor.fetchall()]

    def first(self, session: Session, **values: Any) -> Row | None:
        """Return the first row, or None."""
        return next(iter(self.rows(session, **values)), None)

    def change(self, session: Session, **values: Any) -> int:
        """Carry out an UPDATE or DELETE; return how many rows it met."""
        note_written(session, self.table)
        connection = connection_of(session)
        text = self.text(connection.dialect.name)
        count: int = execute(connection, text.text, text.values(values)).rowcount
        return count

    @property
    def table(self) -> str:
        """The name of the table that it changes."""
        changed = cast("Update", self.statement)
        return cast("Table", changed.table).name

    def text(self, dialect: str) -> Text:
        """Return it as the driver of *dialect* wants it."""
        found = self._texts.get(dialect)
        if found is None:
            found = self._texts[dialect] = _compiled(self.statement, dialect)
        return found


def constant(value: str) -> ColumnElement[str]:
    """Return a state as a part of the statement itself, so that a partial index serves it."""
    if not value.isidentifier():
        raise ValueError(f"{value!r} is no state of this program")
    return literal_column(f"'{value}'", String())


def insert_new(session: Session, into: Table, values: Values) -> bool:
    """Insert one row; False, and nothing done, where a unique key is taken."""
    connection = connection_of(session)
    text = insert_text(connection.dialect.name, into, tuple(values), absent=True)
    count: int = execute(connection, text.text, text.values(values)).rowcount
    if count:
        note_written(session, into.name)
    return count == 1


@cache
def insert_text(dialect: str, into: Table, names: Sequence[str], *, absent: bool = False) -> Text:
    """Return the INSERT of one row of these columns; what is not named is the database's own.

    With *absent* nothing is inserted where a unique key is taken.
    """
    bare = table(into.name, *(column(name, into.c[name].type) for name in names))
    made = _compiled(insert_into(bare), dialect, names)
    if not absent:
        return made
    return Text(f"{made.text} ON CONFLICT DO NOTHING", made.binds, made.fixed)


def execute(connection: Connection, text: str, values: Sequence[Any], *, many: bool = False) -> Any:
    """Let the driver carry out *text*; return its cursor, to be read before it is used again.

    Errors are those of SQLAlchemy.
    """
    for listener in connection.dispatch.before_cursor_execute:
        listener(connection, None, text, values, None, many)
    cursor = _cursor(connection)
    try:
        (cursor.executemany if many else cursor.execute)(text, values)
    except (psycopg.Error, sqlite3.Error) as err:
        raise _translated(connection, text, err) from err
    return cursor


def _cursor(connection: Connection) -> Any:
    """Return the cursor for these: on PostgreSQL one a connection, because to make it costs.

    On SQLite a cursor that is kept would keep the lock of a connection that was closed.
    """
    raw: Any = connection.connection.dbapi_connection
    if connection.dialect.name == SQLITE:
        return raw.cursor()
    kept = connection.info.get(CURSOR)
    if kept is None:
        kept = connection.info[CURSOR] = psycopg.RawCursor(raw)
    return kept


def _translated(connection: Connection, text: str, err: Exception) -> BaseException:
    """Return the error as SQLAlchemy raises it; a connection that is gone is not used again."""
    driver = connection.dialect.loaded_dbapi
    gone = connection.dialect.is_disconnect(cast("Any", err), None, None)
    if gone:
        connection.invalidate(err)
    return DBAPIError.instance(
        text,
        None,
        err,
        driver.Error,
        hide_parameters=True,
        connection_invalidated=gone,
        dialect=connection.dialect,
    )


def _compiled(
    statement: Select[*tuple[Any, ...]] | Insert | Update | Delete,
    dialect: str,
    names: Sequence[str] | None = None,
) -> Text:
    made: Any = statement.compile(dialect=DIALECTS[dialect], column_keys=names)
    order: Sequence[str] = made.positiontup
    to_driver = tuple((name, _to_driver(made.binds[name].type, dialect)) for name in order)
    fixed = {name: made.binds[name].value for name in order if not made.binds[name].required}
    read = statement.selected_columns if isinstance(statement, Select) else ()
    from_driver = [(place, _from_driver(one.type, dialect)) for place, one in enumerate(read)]
    return Text(
        str(made),
        to_driver,
        fixed,
        tuple((place, convert) for place, convert in from_driver if convert is not None),
    )


def _to_driver(kind: TypeEngine[Any], dialect: str) -> Convert | None:
    """Return how a value of this type goes to the driver; None: as it is."""
    made = kind.dialect_impl(DIALECTS[dialect]).bind_processor(DIALECTS[dialect])
    return cast("Convert | None", made)


def _from_driver(kind: TypeEngine[Any], dialect: str) -> Convert | None:
    made = kind.dialect_impl(DIALECTS[dialect]).result_processor(DIALECTS[dialect], None)
    return cast("Convert | None", made)
