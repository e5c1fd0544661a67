"""The migrations and the models describe one schema, on both databases, there and back."""

import io
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from migrations.models import metadata
from vaxsite.core import schema

# What squawk finds by default and we mean; everything else is a fault.
LEFT_OUT = {
    "prefer-bigint-over-int": "two thousand million rows of one kind are more than a province has",
    "prefer-bigint-over-smallint": "a temperature fits, and readings are many",
    "prefer-identity": "SQLAlchemy writes SERIAL; both number rows",
    "prefer-robust-stmts": "each migration is one transaction: none stops halfway",
    "prefer-text-field": "the one VARCHAR(n) is Alembic's own",
    "require-lock-timeout": "migrations/env.py sets it",
    "require-statement-timeout": "migrations/env.py sets it",
}


def test_there_is_one_head() -> None:
    """Two migrations written side by side must be put in a row before they are released."""
    heads = ScriptDirectory.from_config(schema.configuration()).get_heads()

    assert len(heads) == 1


def test_models_are_what_the_migrations_make(engine: Engine) -> None:
    """A comparison of the models with a migrated database finds no difference."""
    # SQLite shows an empty default as an expression: a difference that is none.
    options = {"compare_server_default": engine.dialect.name == "postgresql"}

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, metadata)

    assert differences == []


def test_migrations_go_down_and_up_again(engine: Engine) -> None:
    """Every migration can be taken back, and then done again."""
    schema.downgrade(engine, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]

    schema.upgrade(engine)

    assert set(inspect(engine).get_table_names()) == {"alembic_version", *metadata.tables}


def test_sql_for_postgresql_is_safe_to_run(tmp_path: Path) -> None:
    """squawk finds nothing in the migrations that locks a table in use."""
    squawk = Path(sys.executable).parent / "squawk"
    if not squawk.exists() or shutil.which(str(squawk)) is None:
        pytest.skip("squawk is not installed for this machine")
    sql = tmp_path / "migrations.sql"
    text = io.StringIO()
    schema.sql(text)
    sql.write_text(text.getvalue(), encoding="utf-8")

    command = [squawk, "--pg-version=15.0", "--exclude", ",".join(LEFT_OUT), sql]
    found = subprocess.run(command, capture_output=True, text=True, timeout=30)

    assert found.returncode == 0, found.stdout
