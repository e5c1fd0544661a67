"""The schema of the database: brings it up to date and tells whether it is.

The migrations lie in the `migrations` package; there is no configuration file beside it. Nothing
else creates a table.
"""

from collections.abc import Callable
from importlib import resources
from typing import TextIO

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from sensors.store.engine import WRITE

# Two processes that start together must not migrate together: a number of our own choice.
MIGRATION_LOCK = 7_261_001


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database of *engine* to *revision*; nothing happens where it is there already."""
    _run(engine, lambda config: command.upgrade(config, revision))


def downgrade(engine: Engine, revision: str) -> None:
    """Take the database of *engine* back to *revision*; `base` takes everything away."""
    _run(engine, lambda config: command.downgrade(config, revision))


def sql(output: TextIO) -> None:
    """Write the SQL of all migrations for PostgreSQL to *output*, for those who review it."""
    config = configuration()
    config.output_buffer = output
    command.upgrade(config, "head", sql=True)


def is_current(engine: Engine) -> bool:
    """Tell whether the database of *engine* is at the newest revision that this code knows."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head()


def head() -> str | None:
    """Return the newest revision; raise where there are two."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


def configuration() -> Config:
    """Return Alembic's configuration, made here and not read from a file."""
    config = Config()
    config.set_main_option("script_location", str(resources.files("migrations")))
    config.set_main_option("path_separator", "os")
    return config


def _run(engine: Engine, act: Callable[[Config], None]) -> None:
    config = configuration()
    with engine.connect().execution_options(**{WRITE: True}) as connection:
        config.attributes["connection"] = connection
        if engine.dialect.name == "sqlite":
            _without_foreign_keys(connection, lambda: act(config))
            return
        connection.detach()  # Its lock and its timeouts end with it: not one for the pool.
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({MIGRATION_LOCK})")
        connection.commit()
        act(config)


def _without_foreign_keys(connection: Connection, act: Callable[[], None]) -> None:
    """SQLite alters a table by making it anew: dropping the old one must not delete its children.

    The pragma is ignored inside a transaction, so it goes to the driver directly.
    """
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        act()
    finally:
        driver.execute("PRAGMA foreign_keys=ON")
