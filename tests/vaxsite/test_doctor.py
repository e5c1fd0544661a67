"""The doctor says what is measured, calls a lossy installation by its name, and ends with 1."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from sensors.mqtt.queue_check import QueueCheck
from sensors.store import encrypted
from sensors.store.engine import open_engine
from sensors.store.places import NoticeTarget, Site
from tests import servers
from tests.conftest import TEST_KEYS, FrozenClock
from vaxsite import doctor
from vaxsite.cli.main import main
from vaxsite.core import schema
from vaxsite.core.settings import WebSettings
from vaxsite.doctor import Finding, Grade

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> Run:
    """Return a function that runs the doctor on a fresh data folder and a migrated database."""
    folder = tmp_path / "data"
    monkeypatch.setenv("VAXSITE_DATA_DIR", str(folder))
    monkeypatch.setenv("VAXSITE_DATABASE_URL", database_url)
    runner = CliRunner()
    runner.invoke(main, ["db", "init", str(folder)])

    def invoke(mqtt_url: str, *words: str) -> Result:
        monkeypatch.setenv("VAXSITE_MQTT_URL", mqtt_url)
        return runner.invoke(main, ["doctor", *words])

    yield invoke  # type: ignore[misc]  # a generator, for the line below
    encrypted.load_keys(TEST_KEYS)


@pytest.mark.mosquitto
def test_sound_installation_has_no_fault(run: Run, broker: servers.Broker) -> None:
    """With the shipped broker: every message counted, and what was not measured is said."""
    result = run(broker.url)

    assert "3000 of 3000 messages kept" in result.output
    assert "not measured broker restart" in result.output
    # The PostgreSQL of these tests does not flush, and is told so.
    durable = "a commit is on the disk" in result.output
    assert result.exit_code == (0 if durable else 1), result.output
    assert result.output.count("FAULT") == (0 if durable else 1)


@pytest.mark.mosquitto
def test_restart_is_part_of_the_measurement_when_asked_for(
    run: Run, broker: servers.Broker, tmp_path: Path
) -> None:
    """The operator's own command runs in between; one that fails is a fault, not a pass."""
    mark = tmp_path / "ran"
    good = run(broker.url, "--restart", f"touch {mark}")
    bad = run(broker.url, "--restart", "exit 3")

    assert mark.exists()
    assert "broker restart: the queue outlived it" in good.output
    assert (bad.exit_code, "not measured: CalledProcessError" in bad.output) == (1, True)


def test_broker_that_is_not_there_is_a_fault(run: Run) -> None:
    """No answer is told as such, and nothing is called safe."""
    result = run(f"mqtt://127.0.0.1:{servers.free_port()}")

    assert result.exit_code == 1
    assert "FAULT        broker queue: not measured: ConnectionRefusedError" in result.output
    assert result.output.endswith("Not safe to rely on.\n")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (QueueCheck(3_000, 1_020, True, True, False), "LOSSY"),
        (QueueCheck(3_000, 0, True, False, True), "forgot the session"),
        (QueueCheck(3_000, 3_000, False, True, False), "out of order or more than once"),
        (QueueCheck(0, 0, True, True, False), "LOSSY"),
    ],
)
def test_lossy_queue_is_never_called_safe(found: QueueCheck, words: str) -> None:
    """Whatever way it loses, the finding is a fault that says how."""
    [queue, *rest] = doctor.queue(found)

    assert (queue.grade, words in queue.said) == (Grade.FAULT, True)
    assert all(finding.grade is not Grade.GOOD for finding in rest)


def examine(engine: Engine, clock: FrozenClock, **settings: str) -> dict[str, Finding]:
    values = WebSettings(
        database_url="", data_keys="", secret_key="", mqtt_url="mqtt://127.0.0.1:1", **settings
    )
    found = doctor.examine(values, engine, data_folder=None, restart=None, now=clock)
    return {finding.about: finding for finding in found}


def test_keys_of_another_installation_are_a_fault(
    engine: Engine, session: Session, clock: FrozenClock
) -> None:
    """Keys that read nothing are found before somebody needs an address."""
    site = Site(code="s", name_en="S", name_zh="站", timezone="Asia/Shanghai")
    session.add(site)
    session.flush()
    session.add(NoticeTarget(site_id=site.id, channel="console", address="x", language="en"))
    session.commit()
    fit = examine(engine, clock)["keys"]
    encrypted.load_keys(encrypted.new_key())
    try:
        other = examine(engine, clock)["keys"]
    finally:
        encrypted.load_keys(TEST_KEYS)

    assert (fit.grade, other.grade) == (Grade.GOOD, Grade.FAULT)


def test_old_schema_is_a_fault(tmp_path: Path, clock: FrozenClock) -> None:
    """A database that no migration has touched is not examined further."""
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    assert examine(engine, clock)["schema"].grade is Grade.FAULT
    schema.upgrade(engine)
    assert examine(engine, clock)["schema"].grade is Grade.GOOD
    engine.dispose()


@pytest.mark.postgres
def test_clock_far_from_the_database_is_a_fault(postgres_url: str, clock: FrozenClock) -> None:
    """Readings and alerts are placed in time by two machines that must agree."""
    engine = open_engine(postgres_url)
    apart = examine(engine, clock)["clock"]
    engine.dispose()

    assert apart.grade is Grade.FAULT


@pytest.mark.postgres
def test_postgres_that_does_not_flush_is_a_fault(postgres_url: str, clock: FrozenClock) -> None:
    """The servers of these tests run without fsync: fast, and rightly called unsafe."""
    engine = open_engine(postgres_url)
    found = examine(engine, clock)["database"]
    engine.dispose()

    assert (found.grade, "fsync off" in found.said) == (Grade.FAULT, True)


def test_broker_elsewhere_without_tls_is_a_fault(engine: Engine, clock: FrozenClock) -> None:
    """What travels in clear between machines can be read and made up."""
    values = WebSettings(
        database_url="", data_keys="", secret_key="", mqtt_url="mqtt://192.0.2.1:1"
    )
    first = next(iter(doctor.broker(values, None, clock)))

    assert (first.grade, first.about) == (Grade.FAULT, "broker access")
