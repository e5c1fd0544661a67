"""Runs the migrations on the connection that it is given; `vaxsite.core.schema` gives it one.

Each migration has a transaction of its own. On PostgreSQL a migration that cannot have its lock
within four seconds fails, rather than queue every booking of the day behind itself.
"""

from typing import Any

import sqlalchemy as sa
from alembic import context

from sensors.store.base import UtcDateTime, metadata
from sensors.store.encrypted import EncryptedText

LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "60s"


def render_item(kind: str, item: Any, _autogen: Any) -> str | bool:  # Any: what Alembic hands in.
    """Write our column types as the plain ones they stand on: a migration outlives the code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, EncryptedText):
        return "sa.LargeBinary()"
    return False


def run(connection: sa.Connection | None) -> None:
    """Run the migrations on *connection*; without one, only write their SQL for PostgreSQL."""
    dialect = "postgresql" if connection is None else connection.dialect.name
    context.configure(
        connection=connection,
        dialect_name=dialect,
        target_metadata=metadata,
        render_as_batch=True,
        render_item=render_item,
        # SQLite shows an empty default as an expression: a difference that is none.
        compare_server_default=dialect == "postgresql",
        transaction_per_migration=True,
    )
    if connection is not None and dialect == "postgresql":
        connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
        connection.exec_driver_sql(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
        connection.commit()
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes.get("connection"))
