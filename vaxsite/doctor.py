"""What `vaxsite doctor` finds: whether this installation can keep its promises, measured.

Each finding says what was looked at and what that means. What was not measured is said too, and is
never called good.
"""

import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.x509 import load_pem_x509_certificate
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from sensors import settings
from sensors.mqtt import queue_check
from sensors.mqtt.queue_check import BrokerFault, QueueCheck
from sensors.store.places import NoticeTarget
from vaxsite.core import schema
from vaxsite.core.settings import WebSettings

OLDEST_POSTGRES = 150_000  # PostgreSQL 15, as the documentation asks for.
CLOCK_AT_MOST = timedelta(seconds=2)
FREE_AT_LEAST = 2 * 1024**3  # Bytes; a full disk stops the ingest.
CERTIFICATE_DAYS = 30


class Grade(StrEnum):
    """What a finding means for the one who runs the system."""

    GOOD = "good"
    UNKNOWN = "not measured"
    WARNING = "warning"
    FAULT = "FAULT"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    grade: Grade
    about: str
    said: str


def examine(
    values: WebSettings,
    engine: Engine,
    *,
    data_folder: Path | None,
    restart: str | None,
    now: Callable[[], datetime],
) -> Iterator[Finding]:
    """Look at the database, the keys, the disk and the broker; give each finding as it is made.

    *restart* is the operator's own command that starts the broker again, run in between.
    """
    yield from _database(engine, now)
    if data_folder is not None:
        yield _disk(data_folder)
    yield from broker(values, restart, now)


def _database(engine: Engine, now: Callable[[], datetime]) -> Iterator[Finding]:
    try:
        with engine.connect() as connection:
            yield from _durability(connection)
            if engine.dialect.name != "sqlite":
                yield _clock(connection, now)
    except DBAPIError as err:
        yield Finding(Grade.FAULT, "database", f"not reached: {type(err.orig).__name__}")
        return
    if not schema.is_current(engine):
        yield Finding(Grade.FAULT, "schema", "not the newest: run `vaxsite db upgrade`")
        return
    yield Finding(Grade.GOOD, "schema", f"revision {schema.head()}")
    yield _keys(engine)


def _durability(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name == "sqlite":
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        level = connection.exec_driver_sql("PRAGMA synchronous").scalar()
        safe = mode == "wal" and level in (2, 3)
        said = f"SQLite, journal {mode}, synchronous {level}: "
        yield Finding(
            Grade.GOOD if safe else Grade.FAULT,
            "database",
            said + ("a commit is on the disk" if safe else "a commit can be lost"),
        )
        return
    names = ("fsync", "full_page_writes", "synchronous_commit")
    found = {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in names}
    off = [name for name, value in found.items() if value == "off"]
    version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    said = f"PostgreSQL {version // 10_000}, " + ", ".join(f"{n} {v}" for n, v in found.items())
    if off:
        yield Finding(Grade.FAULT, "database", f"{said}: a commit can be lost")
    elif version < OLDEST_POSTGRES:
        yield Finding(Grade.FAULT, "database", f"{said}: older than PostgreSQL 15")
    else:
        yield Finding(Grade.GOOD, "database", f"{said}: a commit is on the disk")


def _clock(connection: Connection, now: Callable[[], datetime]) -> Finding:
    before = now()
    theirs: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    apart = max(before - theirs, theirs - now(), timedelta())
    said = f"{apart.total_seconds():.1f} s apart from that of the database"
    return Finding(Grade.GOOD if apart <= CLOCK_AT_MOST else Grade.FAULT, "clock", said)


def _keys(engine: Engine) -> Finding:
    """Read one encrypted value: with the wrong keys nothing that identifies a person is legible."""
    try:
        with Session(engine) as session:
            found = session.scalar(select(NoticeTarget.address).limit(1))
    except (InvalidTag, KeyError):
        return Finding(Grade.FAULT, "keys", "VAXSITE_DATA_KEYS_FILE does not fit this database")
    if found is None:
        return Finding(Grade.UNKNOWN, "keys", "nothing is encrypted yet that could be read")
    return Finding(Grade.GOOD, "keys", "they read what is stored")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    said = f"{free / 1024**3:.1f} GiB free for {folder}"
    return Finding(Grade.GOOD if free >= FREE_AT_LEAST else Grade.WARNING, "disk", said)


def broker(
    values: WebSettings, restart: str | None, now: Callable[[], datetime]
) -> Iterator[Finding]:
    """Say how the broker is reached, and measure whether it keeps a queue."""
    address = settings.broker(values.mqtt_url)
    is_here = address.host in {"127.0.0.1", "::1", "localhost"}
    if not is_here and not (address.tls and values.mqtt_credentials):
        yield Finding(
            Grade.FAULT,
            "broker access",
            f"{address.host} is reached without TLS or without account",
        )
    if address.tls:
        yield _certificate(address, now())
    try:
        found = queue_check.measure(
            address,
            credentials=values.mqtt_credentials,
            restart=None if restart is None else lambda: run(restart),
        )
    except BrokerFault as err:
        yield Finding(Grade.FAULT, "broker queue", err.reason)
    except (OSError, subprocess.SubprocessError) as err:
        yield Finding(Grade.FAULT, "broker queue", f"not measured: {type(err).__name__}: {err}")
    else:
        yield from queue(found)


def queue(found: QueueCheck) -> Iterator[Finding]:
    """Say what the measurement of the queue means."""
    said = f"{found.kept} of {found.acknowledged} messages kept for a subscriber that was away"
    if not found.session_kept:
        said += "; the broker forgot the session"
    elif not found.in_order:
        said += "; out of order or more than once"
    if not found.is_safe:
        said += ". This broker is LOSSY: use the configuration in deploy/mosquitto"
    yield Finding(Grade.GOOD if found.is_safe else Grade.FAULT, "broker queue", said)
    if not found.restarted:
        yield Finding(
            Grade.UNKNOWN,
            "broker restart",
            "whether the queue outlives a restart: measure it with --restart COMMAND",
        )
    elif found.is_safe:
        yield Finding(Grade.GOOD, "broker restart", "the queue outlived it")


def run(command: str) -> None:
    """Run the operator's *command*; raise where it fails or does not end in a minute."""
    subprocess.run(command, shell=True, check=True, timeout=60)  # noqa: S602 - the operator's own


def _certificate(address: settings.Broker, now: datetime) -> Finding:
    try:
        pem = ssl.get_server_certificate((address.host, address.port), timeout=10)
    except OSError as err:
        return Finding(Grade.FAULT, "certificate", f"not read: {err}")
    ends = load_pem_x509_certificate(pem.encode()).not_valid_after_utc
    days = (ends - now).days
    grade = Grade.FAULT if days < 0 else Grade.WARNING if days < CERTIFICATE_DAYS else Grade.GOOD
    return Finding(grade, "certificate", f"of the broker, until {ends:%Y-%m-%d}: {days} days")
