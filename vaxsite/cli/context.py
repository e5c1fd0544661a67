"""What every command stands on: settings, engine, a session inside a transaction, the clock."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from sensors import settings
from sensors.store import encrypted
from sensors.store.engine import open_engine, session_factory
from sensors.store.transaction import transaction
from vaxsite.core import actor, audit
from vaxsite.core.errors import DomainError
from vaxsite.core.settings import WebSettings

SHELL = actor.system("shell")


def read_settings() -> WebSettings:
    """Read the settings; end with every fault of them in one message."""
    try:
        return settings.read(WebSettings, os.environ)
    except settings.SettingsInvalid as err:
        raise click.ClickException(str(err)) from err


@contextmanager
def opened() -> Iterator[Engine]:
    """Give the engine that the settings describe, its keys loaded."""
    values = read_settings()
    encrypted.load_keys(values.data_keys)
    engine = open_engine(values.database_url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def acting() -> Iterator[Session]:
    """Give a session inside a transaction; show a refusal as the sentence that it carries."""
    with opened() as engine:
        sessions = session_factory(engine)
        audit.guard(sessions)
        try:
            with sessions() as session, transaction(session):
                yield session
        except DomainError as err:
            raise click.ClickException(err.sentence % err.detail) from err


def now() -> datetime:
    """Return the instant of an act at the shell."""
    return datetime.now(UTC)
