"""Reads and writes of columns without objects, for the acts that many people do in the same moment.

A statement that a module writes once is compiled once, and a row of columns costs a quarter of an
object that a session must know, keep and compare.
"""

from typing import Any, TypeVarTuple, cast

from sqlalchemy import CursorResult, Select, Table, inspect
from sqlalchemy.orm import Session

from sensors.store.base import Base

Columns = TypeVarTuple("Columns")


def read(
    session: Session,
    statement: Select[*Columns],
    **values: Any,  # Any: whatever the statement binds by name.
) -> CursorResult[*Columns]:
    """Read the columns of *statement* in the session's transaction, what it has pending included.

    Every column is read as it stands now, whatever objects the session holds.
    """
    session.flush()
    return session.connection().execute(statement, values)


def table_of(row: type[Base]) -> Table:
    """Return the table of *row*, for statements that no object of the session need follow."""
    return cast("Table", inspect(row).local_table)
