"""Fixtures of every test: both databases by their migrations, a frozen clock, a real broker."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from sensors.store import encrypted
from sensors.store.engine import open_engine, session_factory
from tests import groups, servers
from tests.web_client import PageClient
from vaxsite.app import create_app
from vaxsite.core import audit, schema
from vaxsite.core.settings import WebSettings
from vaxsite.web.db import db

# Version 1, 32 bytes of "k": a key that protects nothing.
TEST_KEYS = "1:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
FAULTS = groups.faults()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a group whose part is missing, with one reason for all; in CI that is a failure."""
    for marker in item.iter_markers():
        if fault := FAULTS.get(marker.name):
            reason = f"group {marker.name} left out: {fault}"
            if os.environ.get("CI") == "true":
                pytest.fail(f"{reason}; CI=true wants every group", pytrace=False)
            pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def data_keys() -> str:
    """Load the data keys, so that encrypted columns work in every test."""
    encrypted.load_keys(TEST_KEYS)
    return TEST_KEYS


@dataclass
class FrozenClock:
    """A clock that stands still until a test moves it. Also callable, as `create_app` takes it."""

    now: datetime

    def __call__(self) -> datetime:
        """Return the instant, as a real clock does."""
        return self.now

    def advance(self, *, seconds: float = 0, **parts: float) -> datetime:
        """Move on by *seconds* (and minutes, hours, days) and return the new instant."""
        self.now += timedelta(seconds=seconds, **parts)
        return self.now


@pytest.fixture
def clock() -> FrozenClock:
    """Monday 12 January 2026, nine in the morning in Beijing."""
    return FrozenClock(datetime(2026, 1, 12, 1, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one migrated SQLite file, to be copied for each test."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    engine = open_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.PrivatePostgres]:
    """Start the PostgreSQL server of this run with a migrated database called `migrated`."""
    programs = servers.find_postgres()
    assert programs is not None
    server = servers.PrivatePostgres(programs)
    server.start()
    try:
        server.execute(f"CREATE DATABASE {servers.MIGRATED}")
        engine = open_engine(server.url(servers.MIGRATED))
        schema.upgrade(engine)
        engine.dispose()
        with server.connect(servers.MIGRATED) as connection:
            servers.keep_pristine(connection)
        yield server
    finally:
        server.stop()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the address of a fresh, migrated SQLite file."""
    path = tmp_path / "vaxsite.sqlite"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_url(postgres: servers.PrivatePostgres) -> Iterator[str]:
    """Return the address of a fresh, migrated PostgreSQL database."""
    database = postgres.borrow()
    yield postgres.url(database)
    postgres.give_back(database)


BACKENDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the address of a fresh, migrated database, once on SQLite and once on PostgreSQL."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Return the engine of a fresh, migrated database."""
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    """Return the sessions of a process; they refuse a write without an audit row."""
    factory = session_factory(engine)
    audit.guard(factory)
    return factory


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """Return one session that is not guarded, for building what a test begins with."""
    with Session(engine) as session:
        yield session


@pytest.fixture
def app(database_url: str, clock: FrozenClock, data_keys: str) -> Iterator[Flask]:
    """Return the web application on a fresh database, under the frozen clock."""
    settings = WebSettings(
        database_url=database_url, data_keys=data_keys, secret_key="s" * 32, demo=False
    )
    app = create_app(settings, clock=clock)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.test_client_class = PageClient
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> PageClient:
    """Return the browser that checks every page it gets."""
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


@pytest.fixture
def start_broker() -> Iterator[Callable[[], servers.Broker]]:
    """Return a function that starts one more private broker."""
    brokers: list[servers.Broker] = []

    def start() -> servers.Broker:
        program = servers.find_mosquitto()
        assert program is not None
        broker = servers.Broker(program)
        brokers.append(broker)
        broker.prepare()
        return broker

    yield start
    for broker in brokers:
        broker.remove()


@pytest.fixture
def broker(start_broker: Callable[[], servers.Broker]) -> servers.Broker:
    """Return a running private broker; tests that use it carry the mark `mosquitto`."""
    return start_broker()


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the browser; tests that use it carry the mark `browser`."""
    path = groups.find_chromium()
    assert path is not None
    return path


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Start the machine's Chromium: one for all, as Playwright allows one of itself a thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=groups.CHROMIUM_FLAGS)
        yield browser
        browser.close()
