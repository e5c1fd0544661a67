"""Engines and sessions that keep their promise: durable on both databases, never half locked."""

import select
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session, sessionmaker

# A writer asks for SQLite's write lock at BEGIN. A transaction that reads first and writes later
# fails at once with "database is locked" when another writer came between.
WRITE = "vaxsite_write"
LOCK_WAIT_S = 30
HIDE_PARAMETERS = True  # An error that is logged must not carry what somebody typed.


def open_engine(url: str, *, pool_size: int = 15) -> Engine:
    """Make an engine for *url* (SQLite or PostgreSQL) with the settings that both need.

    *pool_size* bounds the connections: on one hot row more writers are slower, not faster.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return configure(
            create_engine(
                parsed, connect_args={"timeout": LOCK_WAIT_S}, hide_parameters=HIDE_PARAMETERS
            )
        )
    options = "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=60s"
    engine = create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=HIDE_PARAMETERS,
        connect_args={"options": options, "tcp_user_timeout": 10_000},
    )
    event.listen(engine, "checkout", _refuse_closed)
    return configure(engine)


def configure(engine: Engine) -> Engine:
    """Attach SQLite's pragmas and explicit BEGIN to *engine*; PostgreSQL needs nothing."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:  # Any: the driver's own connection.
    connection.isolation_level = None  # The driver must not begin by itself; `_begin` does.
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={LOCK_WAIT_S * 1000}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get(WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _refuse_closed(connection: Any, _record: Any, _proxy: Any) -> None:  # Any: the driver's own.
    """Give out no connection that the server has closed: its last word waits there to be read.

    A question to the server at each transaction would tell no more, and cost as much as a write.
    """
    if connection.closed:
        raise DisconnectionError
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if waiting.poll(0):
        raise DisconnectionError


def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Make the sessions of a process without Flask."""
    return sessionmaker(engine)
