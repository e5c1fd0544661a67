"""A change of state is one statement that names the state it expects."""

from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from sensors.domain.states import AlreadyMoved, Move, StateMachine
from sensors.store.base import Base
from sensors.store.columns import table_of
from sensors.store.together import change_row
from sensors.store.written import Written


def move(
    session: Session,
    row: type[Base],
    row_id: object,
    machine: StateMachine,
    *,
    source: StrEnum,
    target: StrEnum,
    **values: Any,  # Any: the named columns of whichever table moves.
) -> Move:
    """Move one record from *source* to *target* and set *values*; raise `AlreadyMoved` if late.

    Returns the move, whose `audit` names the act for the audit row that belongs to it.
    """
    step = machine.move(source, target)
    columns: Any = row  # Any: every table with states has `id` and `state`.
    statement = (
        update(row)
        .where(columns.id == row_id, columns.state == source.value)
        .values(state=target.value, **values)
        .execution_options(synchronize_session="fetch")
    )
    if session.execute(statement).rowcount != 1:  # type: ignore[attr-defined]  # A CursorResult.
        raise AlreadyMoved(f"{machine.name} {row_id} is no longer {source}")
    return step


def move_row(
    session: Session,
    row: type[Base],
    row_id: object,
    machine: StateMachine,
    *,
    source: StrEnum,
    target: StrEnum,
) -> Move:
    """Move one record that no object of the session stands for; within `at_once` at its end."""
    step = machine.move(source, target)
    late = AlreadyMoved(f"{machine.name} {row_id} is no longer {source}")
    asked = {"row": row_id, "source": source.value, "target": target.value}
    change_row(session, _step(row), late=late, **asked)
    return step


@cache
def _step(row: type[Base]) -> Written:
    columns = table_of(row).c
    return Written(
        update(table_of(row))
        .where(columns.id == bindparam("row"), columns.state == bindparam("source"))
        .values(state=bindparam("target"))
    )
