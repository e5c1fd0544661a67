"""What every command stands on: settings, engine, a session inside a transaction, the clock."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from sensors import settings
from sensors.store import encrypted
from sensors.store.engine import open_engine, session_factory
from sensors.store.transaction import rehearsal, transaction
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


def acting() -> AbstractContextManager[Session]:
    """Give a session inside a transaction; show a refusal as the sentence that it carries."""
    return _session(transaction)


def rehearsing() -> AbstractContextManager[Session]:
    """Give a session whose transaction is rolled back: to see what an act would do."""
    return _session(rehearsal)


@contextmanager
def _session(edge: Callable[[Session], AbstractContextManager[Session]]) -> Iterator[Session]:
    with opened() as engine:
        sessions = session_factory(engine)
        audit.guard(sessions)
        try:
            with sessions() as session, edge(session):
                yield session
        except DomainError as err:
            raise click.ClickException(err.sentence % err.detail) from err


def now() -> datetime:
    """Return the instant of an act at the shell."""
    return datetime.now(UTC)
