"""Private servers for the tests: each run has its own PostgreSQL and its own mosquitto.

They listen where nothing else does, keep their files in a folder that goes away, and are told by
the kernel to stop when the test run dies, however it dies.
"""

import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from migrations.models import metadata

START_LIMIT_S = 20
# A test database may lose its data with the machine, and only then.
POSTGRES_SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "listen_addresses=",
    "max_connections=120",
    "shared_buffers=64MB",
    "autovacuum=off",
)
# The template of every test's database, and the tables that are not empty in it.
MIGRATED = "migrated"
FILLED_BY_MIGRATIONS = ("topic_binding",)
CLEAN_LIMIT_BYTES = 64 * 1024 * 1024  # Deleted rows stay in the files: nobody vacuums here.
SHIPPED = Path(__file__).resolve().parent.parent / "deploy" / "mosquitto" / "vaxsite.conf"
# What the shipped configuration says of places on a machine; a test puts its own there.
PLACES = re.compile(r"^(listener|persistence_location) .*$", re.MULTILINE)
MOSQUITTO_PLACES = """
persistence_location {folder}/
listener {port} 127.0.0.1
allow_anonymous true
log_dest file {folder}/log
{user}
"""


def wait_until(
    ready: Callable[[], bool],
    what: str,
    limit_s: float = START_LIMIT_S,
    *,
    every_s: float = 0.02,
) -> None:
    """Ask *ready* every *every_s* seconds until it says so; fail with *what* after *limit_s*."""
    deadline = time.monotonic() + limit_s
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not become ready in {limit_s} s")
        time.sleep(every_s)


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find_postgres() -> Path | None:
    """Return the folder of the newest PostgreSQL server's programs, or None."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    if found:
        return found[-1].parent
    program = shutil.which("initdb")
    return Path(program).parent if program else None


def find_mosquitto() -> str | None:
    """Return the broker's program, or None; Debian keeps it where only root looks."""
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")


def _private_folder(owner: str | None) -> Path:
    """Make a folder directly under the temporary one: pytest's own lets only its user through."""
    folder = Path(tempfile.mkdtemp(prefix="vaxsite-test-"))
    if owner:
        shutil.chown(folder, owner)
    return folder


def _unprivileged() -> str | None:
    """Return the user that runs PostgreSQL, which refuses root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _as_user(owner: str | None) -> list[str]:
    """Return the prefix that drops to *owner* and makes the kernel end the child after us."""
    prefix = ["setpriv", "--pdeathsig", "SIGINT"]
    if owner:
        prefix += ["--reuid", owner, "--regid", str(pwd.getpwnam(owner).pw_gid), "--clear-groups"]
    return prefix


def clean(connection: psycopg.Connection) -> None:
    """Make every table as it was after the migrations: far cheaper than one more database.

    Triggers and foreign keys are off meanwhile: the audit refuses to be emptied. Who is still
    connected holds locks and is sent away.
    """
    connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    filled = set(FILLED_BY_MIGRATIONS) | {"alembic_version"}
    tables = [table for table in metadata.tables if table not in filled]
    statements = ["SET session_replication_role = replica"]
    statements += [f"DELETE FROM {table}" for table in tables]
    statements += [f"DELETE FROM {t}; INSERT INTO {t} TABLE pristine.{t}" for t in filled]
    statements += ["SELECT setval(seqrelid, 1, false) FROM pg_sequence"]
    statements += [
        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
        for table in FILLED_BY_MIGRATIONS
    ]
    with connection.transaction():
        connection.execute("; ".join(statements).encode())


def keep_pristine(connection: psycopg.Connection) -> None:
    """Keep beside the tables what the migrations put into them."""
    connection.execute("CREATE SCHEMA pristine")
    for table in (*FILLED_BY_MIGRATIONS, "alembic_version"):
        connection.execute(f"CREATE TABLE pristine.{table} AS TABLE public.{table}".encode())


@dataclass
class PrivatePostgres:
    """A PostgreSQL server of this run, reached through a socket in its own folder."""

    programs: Path
    settings: tuple[str, ...] = POSTGRES_SETTINGS
    folder: Path = field(init=False)
    process: subprocess.Popen[bytes] = field(init=False)
    made: int = 0
    idle: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Make the cluster and wait until it answers."""
        owner = _unprivileged()
        self.folder = _private_folder(owner)
        data, prefix = self.folder / "data", _as_user(owner)
        init = [self.programs / "initdb", "--no-sync", "-A", "trust", "-U", "postgres"]
        made = subprocess.run(
            [*prefix, *init, "-E", "UTF8", "--locale=C", "-D", data],
            cwd=self.folder,
            capture_output=True,
            text=True,
        )
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr}")
        self.serve()

    def serve(self) -> None:
        """Start the server on what its folder holds; it ends with the thread that starts it."""
        owner = _unprivileged()
        data, prefix = self.folder / "data", _as_user(owner)
        settings = [part for text in self.settings for part in ("-c", text)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*prefix, self.programs / "postgres", "-D", data, "-k", self.folder, *settings],
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers, "PostgreSQL")

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            self.execute("SELECT 1")
            return True
        if self.process.poll() is not None:
            raise RuntimeError(f"PostgreSQL ended: {(self.folder / 'log').read_text()}")
        return False

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Connect to *database*, by default the maintenance one; every statement commits."""
        conninfo = f"host={self.folder} user=postgres dbname={database}"
        return psycopg.connect(conninfo, autocommit=True)

    def execute(self, statement: str) -> None:
        """Run *statement* in the maintenance database."""
        with self.connect() as connection:
            connection.execute(statement.encode())

    def url(self, database: str) -> str:
        """Return the address of *database* as the settings take it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """Make a database, a copy of *template*, and return its name."""
        self.made += 1
        name = f"test_{self.made}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def borrow(self) -> str:
        """Return a migrated database that is as the migrations left it."""
        return self.idle.pop() if self.idle else self.create(MIGRATED)

    def give_back(self, database: str) -> None:
        """Clean *database* for the next test; drop it where it has grown or lost a table."""
        try:
            with self.connect(database) as connection:
                clean(connection)
                size = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        except psycopg.errors.UndefinedTable:
            size = None
        if size is not None and size[0] < CLEAN_LIMIT_BYTES:
            self.idle.append(database)
        else:
            self.drop(database)

    def drop(self, database: str) -> None:
        """Drop *database*, whoever is still connected to it."""
        self.execute(f"DROP DATABASE {database} WITH (FORCE)")

    def crash(self) -> None:
        """End the server as a power cut would: nothing is finished, nothing is written back."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()

    def stop(self) -> None:
        """Stop the server and take its folder away."""
        self.process.terminate()  # Smart shutdown; SIGINT would do as well, nobody is connected.
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Broker:
    """A mosquitto of this test with the settings that the project ships."""

    program: str
    port: int = field(default_factory=free_port)
    folder: Path = field(init=False)
    process: subprocess.Popen[bytes] = field(init=False)
    host: str = "127.0.0.1"

    @property
    def url(self) -> str:
        """The address of the broker as the settings take it."""
        return f"mqtt://{self.host}:{self.port}"

    def prepare(self) -> None:
        """Make the folder and the configuration, and start."""
        self.folder = _private_folder(None)
        user = "user root" if os.geteuid() == 0 else ""
        conf = PLACES.sub("", SHIPPED.read_text(encoding="utf-8"))
        conf += MOSQUITTO_PLACES.format(port=self.port, folder=self.folder, user=user)
        (self.folder / "conf").write_text(conf, encoding="utf-8")
        self.start()

    def start(self) -> None:
        """Start the broker (again) on the same port with the same store."""
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "SIGTERM", self.program, "-c", str(self.folder / "conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers, "mosquitto")

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"mosquitto ended: {(self.folder / 'log').read_text()}")
        with suppress(OSError), socket.create_connection((self.host, self.port), timeout=1):
            return True
        return False

    def stop(self) -> None:
        """Stop it in an orderly way: it writes its store."""
        self.process.terminate()
        self.process.wait(timeout=10)

    def kill(self) -> None:
        """Kill it without warning."""
        self.process.kill()
        self.process.wait()

    def remove(self) -> None:
        """Stop it and take its folder away."""
        if self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
