"""Reads and writes of columns without objects, for the acts that many people do in the same moment.

A statement that a module writes once is compiled once, and a row of columns costs a quarter of an
object that a session must know, keep and compare.
"""

from functools import cache
from typing import Any, TypeVarTuple, cast

from sqlalchemy import Connection, CursorResult, Select, Table, inspect
from sqlalchemy.orm import Session

from sensors.store.base import Base
from sensors.store.engine import WRITE

Columns = TypeVarTuple("Columns")
WRITTEN = "written"  # The tables that a transaction has written to.


def read(
    session: Session,
    statement: Select[*Columns],
    **values: Any,  # Any: whatever the statement binds by name.
) -> CursorResult[*Columns]:
    """Read the columns of *statement* in the session's transaction, what it has pending included.

    Every column is read as it stands now, whatever objects the session holds.
    """
    return connection_of(session).execute(statement, values)


def connection_of(session: Session) -> Connection:
    """Return the connection of the session's transaction, with what the session has pending."""
    session.flush()
    inside = session.info.get(WRITE)
    # A savepoint is set by the session when it is asked for the connection.
    asked = inside is None or session.in_nested_transaction()
    return session.connection() if asked else cast("Connection", inside)


@cache
def table_of(row: type[Base]) -> Table:
    """Return the table of *row*, for statements that no object of the session need follow."""
    return cast("Table", inspect(row).local_table)


def note_written(session: Session, table: str) -> None:
    """Remember that the transaction wrote to *table*, past the session, for whoever guards it."""
    session.info.setdefault(WRITTEN, set()).add(table)
