"""Where SQLite and PostgreSQL differ: bulk writes that tell what was new (and see `rollup`).

Everything else is portable SQLAlchemy. These statements carry the ingest, which may not spend
the time that an ORM takes for each row, so they speak to the driver directly. They run inside the
caller's transaction and never commit.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from sensors.domain.readings import Reading
from sensors.store import rollup
from sensors.store.base import Base
from sensors.store.columns import table_of
from sensors.store.written import insert_new

_POSTGRES = "postgresql"

# Column and array type on PostgreSQL, in the order of `_reading_values`.
_READING_COLUMNS = (
    ("sensor_id", "int4"),
    ("measured_at", "timestamptz"),
    ("received_at", "timestamptz"),
    ("centi", "int2"),
    ("fault", "text"),
    ("clock", "text"),
    ("source", "text"),
    ("boot", "text"),
    ("seq", "int8"),
    ("ambient_centi", "int2"),
    ("humidity_pct", "int2"),
    ("battery_pct", "int2"),
    ("door_open", "bool"),
    ("power_on", "bool"),
    ("compressor_on", "bool"),
)
_STATE_COLUMNS = (
    ("sensor_id", "int4"),
    ("measured_at", "timestamptz"),
    ("received_at", "timestamptz"),
    ("centi", "int2"),
    ("fault", "text"),
    ("rules", "json"),
    ("silent_at", "timestamptz"),
    ("silent_since", "timestamptz"),
)


@dataclass(slots=True)
class StateMemory:
    """A row of `sensor_state` as the ingest holds it; `rules` is the JSON text of the memory."""

    sensor_id: int
    measured_at: datetime | None = None
    received_at: datetime | None = None
    centi: int | None = None
    fault: str | None = None
    rules: str = "{}"
    silent_at: datetime | None = None
    silent_since: datetime | None = None


def insert_or_ignore(session: Session, row: type[Base]) -> Insert:
    """Return an INSERT into *row*'s table that does nothing where a unique key is taken."""
    if session.get_bind().dialect.name == _POSTGRES:
        return postgresql.insert(row).on_conflict_do_nothing()
    return sqlite.insert(row).on_conflict_do_nothing()


def insert_if_absent(session: Session, row: type[Base], **values: Any) -> bool:
    """Insert one row of *values*; False, and nothing done, where a unique key is taken."""
    # `Any` above: the named columns of whichever table.
    return insert_new(session, table_of(row), values)


def insert_readings(connection: Connection, readings: Sequence[Reading]) -> list[bool]:
    """Insert *readings* and add the new ones to their hours; tell for each whether it was new.

    A reading whose (sensor, instant) or (sensor, boot, seq) stands already is left as it was.
    """
    if not readings:
        return []
    if connection.dialect.name == _POSTGRES:
        return _insert_readings_postgres(connection, readings)
    return _insert_readings_sqlite(connection, readings)


def _insert_readings_sqlite(connection: Connection, readings: Sequence[Reading]) -> list[bool]:
    cursor = connection.connection.cursor()
    told: list[bool] = []
    new: list[tuple[str, Reading]] = []
    try:
        for reading in readings:
            values = _reading_values_sqlite(reading)
            told.append(cursor.execute(_READING_SQLITE, values).rowcount == 1)
            if told[-1]:
                new.append((values[1], reading))
    finally:
        cursor.close()
    rollup.merge_sqlite(connection, new)
    return told


def _insert_readings_postgres(connection: Connection, readings: Sequence[Reading]) -> list[bool]:
    arrays = _arrays(_READING_COLUMNS, readings)
    rows = connection.exec_driver_sql(_READING_POSTGRES, (*arrays, len(readings))).all()
    if rows[0][0] == len(readings):
        return [True] * len(readings)
    # Taken out one by one: of two equal readings in one batch only the first was new.
    new = {(row[1], row[2], row[3], row[4]) for row in rows}
    told: list[bool] = []
    for reading in readings:
        key = (reading.sensor_id, reading.measured_at, reading.boot, reading.seq)
        told.append(key in new)
        new.discard(key)
    return told


def lock_states(connection: Connection, sensor_ids: Collection[int]) -> dict[int, StateMemory]:
    """Read the states of *sensor_ids* and keep them from other writers until the commit.

    A sensor that has none yet gets an empty one. Locks are taken in the order of the ids, so two
    ingests never wait for each other in a circle.
    """
    ids = sorted(sensor_ids)
    found = _read_states(connection, ids)
    missing = [sensor_id for sensor_id in ids if sensor_id not in found]
    if missing:
        save_states(connection, [StateMemory(sensor_id) for sensor_id in missing], absent=True)
        found.update(_read_states(connection, missing))
    return found


def _read_states(connection: Connection, ids: list[int]) -> dict[int, StateMemory]:
    if connection.dialect.name == _POSTGRES:
        # Any: rows as the driver gives them.
        rows: Iterable[Any] = connection.exec_driver_sql(_STATE_LOCK_POSTGRES, (ids,))
        return {row[0]: StateMemory(*row) for row in rows}
    rows = connection.exec_driver_sql(_STATE_READ_SQLITE, (json.dumps(ids),))
    return {
        row[0]: StateMemory(
            row[0],
            _from_sqlite(row[1]),
            _from_sqlite(row[2]),
            row[3],
            row[4],
            row[5],
            _from_sqlite(row[6]),
            _from_sqlite(row[7]),
        )
        for row in rows
    }


def save_states(
    connection: Connection, states: Sequence[StateMemory], *, absent: bool = False
) -> None:
    """Write *states*; with *absent* only where a sensor has none yet."""
    if not states:
        return
    if connection.dialect.name == _POSTGRES:
        statement = _STATE_ABSENT_POSTGRES if absent else _STATE_POSTGRES
        connection.exec_driver_sql(statement, _arrays(_STATE_COLUMNS, states))
        return
    cursor = connection.connection.cursor()
    try:
        cursor.executemany(
            _STATE_ABSENT_SQLITE if absent else _STATE_SQLITE,
            [
                (
                    state.sensor_id,
                    _to_sqlite(state.measured_at),
                    _to_sqlite(state.received_at),
                    state.centi,
                    state.fault,
                    state.rules,
                    _to_sqlite(state.silent_at),
                    _to_sqlite(state.silent_since),
                )
                for state in states
            ],
        )
    finally:
        cursor.close()


def _reading_values_sqlite(reading: Reading) -> tuple[Any, ...]:  # Any: the values of one row.
    return (
        reading.sensor_id,
        _to_sqlite(reading.measured_at),
        _to_sqlite(reading.received_at),
        reading.centi,
        reading.fault,
        reading.clock,
        reading.source,
        reading.boot,
        reading.seq,
        reading.ambient_centi,
        reading.humidity_pct,
        reading.battery_pct,
        reading.door_open,
        reading.power_on,
        reading.compressor_on,
    )


def _to_sqlite(instant: datetime | None) -> str | None:
    """Write an instant as SQLAlchemy's own DateTime does, so that both read and sort alike."""
    if instant is None:
        return None
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _from_sqlite(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _arrays(columns: Sequence[tuple[str, str]], rows: Sequence[object]) -> tuple[str, ...]:
    """Write the columns of *rows* as array literals of PostgreSQL.

    The driver's own way looks at each element for its type and took half of the ingest's time.
    """
    return tuple(_array(_LITERALS[kind], [*map(attrgetter(name), rows)]) for name, kind in columns)


def _array(literal: Callable[[Any], str], values: list[Any]) -> str:  # Any: of one column.
    if values.count(None) == len(values):  # Most columns of most devices.
        return "{" + ",".join(["NULL"] * len(values)) + "}"
    return "{" + ",".join(map(literal, values)) + "}"


def _number(value: int | None) -> str:
    return "NULL" if value is None else str(value)


def _instant(value: datetime | None) -> str:
    return "NULL" if value is None else f'"{value.isoformat()}"'


def _flag(value: bool | None) -> str:
    return "NULL" if value is None else "t" if value else "f"


def _quoted(value: str | None) -> str:
    if value is None:
        return "NULL"
    if not value.isalnum():
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'


_LITERALS: Mapping[str, Callable[[Any], str]] = {  # Any: the values of one column.
    "int2": _number,
    "int4": _number,
    "int8": _number,
    "timestamptz": _instant,
    "bool": _flag,
    "text": _quoted,
    "json": _quoted,
}


def _names(columns: Sequence[tuple[str, str]]) -> str:
    return ", ".join(name for name, _ in columns)


def _unnest(table: str, columns: Sequence[tuple[str, str]]) -> str:
    arrays = ", ".join(f"%s::{kind}[]" for _, kind in columns)
    return f"INSERT INTO {table} ({_names(columns)}) SELECT * FROM unnest({arrays})"  # noqa: S608 - constants of this module


def _marks(table: str, columns: Sequence[tuple[str, str]]) -> str:
    marks = ", ".join("?" for _ in columns)
    return f"INSERT INTO {table} ({_names(columns)}) VALUES ({marks})"  # noqa: S608 - constants of this module


_TAKEN = " ON CONFLICT DO NOTHING"
_REPLACE = " ON CONFLICT (sensor_id) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name, _ in _STATE_COLUMNS[1:]
)
# How many were new, and which, unless all of them were: then nothing need be sent back. Their hours
# are added up by the server, which costs this process nothing.
_READING_POSTGRES = (
    "WITH new AS ("  # noqa: S608 - constants of this module
    + _unnest("reading", _READING_COLUMNS)
    + _TAKEN
    + " RETURNING sensor_id, measured_at, boot, seq, centi, door_open, power_on)"
    + f", {rollup.MERGE_POSTGRES}"
    + " SELECT counted.n, new.sensor_id, new.measured_at, new.boot, new.seq"
    + " FROM (SELECT count(*) AS n FROM new) AS counted"
    + " LEFT JOIN new ON counted.n < %s"
)
_READING_SQLITE = _marks("reading", _READING_COLUMNS) + _TAKEN
_STATE_READ = f"SELECT {_names(_STATE_COLUMNS)} FROM sensor_state WHERE sensor_id "  # noqa: S608 - constants of this module
_STATE_LOCK_POSTGRES = (
    _STATE_READ.replace("rules", "rules::text") + "= ANY(%s) ORDER BY sensor_id FOR UPDATE"
)
_STATE_READ_SQLITE = _STATE_READ + "IN (SELECT value FROM json_each(?))"  # noqa: S608 - constants of this module
_STATE_POSTGRES = _unnest("sensor_state", _STATE_COLUMNS) + _REPLACE
_STATE_ABSENT_POSTGRES = _unnest("sensor_state", _STATE_COLUMNS) + _TAKEN
_STATE_SQLITE = _marks("sensor_state", _STATE_COLUMNS) + _REPLACE
_STATE_ABSENT_SQLITE = _marks("sensor_state", _STATE_COLUMNS) + _TAKEN
