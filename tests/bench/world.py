"""What a bench runs in: broker, database, the real subscriber process, fridges with probes."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from sensors.services.silence import LISTENING
from sensors.store import encrypted
from sensors.store.engine import open_engine
from sensors.store.outbox import Lease
from sensors.store.places import NoticeTarget, Sensor, Site, StorageUnit
from sensors.store.readings import ReadingRow
from tests import servers
from vaxsite.core import schema

KEYS = "1:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
# Durable: what an operator runs, not what the tests run.
DURABLE = (
    "fsync=on",
    "synchronous_commit=on",
    "listen_addresses=",
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "track_commit_timestamp=on",
)


@dataclass
class World:
    """The addresses of one bench."""

    database_url: str
    engine: Engine
    broker: servers.Broker
    folder: Path
    postgres: servers.PrivatePostgres | None = None

    @property
    def server(self) -> int | None:
        """The process of PostgreSQL that starts all others."""
        return self.postgres.process.pid if self.postgres else None

    @contextlib.contextmanager
    def subscriber(self) -> Iterator["subprocess.Popen[bytes]"]:
        """Run the real subscriber process; stop it in an orderly way at the end."""
        process = self.start_subscriber()
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=30)

    def start_subscriber(self) -> "subprocess.Popen[bytes]":
        """Start the real subscriber process."""
        keys = self.folder / "keys"
        keys.write_text(KEYS, encoding="utf-8")
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "SIGKILL", sys.executable, "-m", "sensors", "subscribe"],
            env=os.environ
            | {
                "VAXSITE_DATABASE_URL": self.database_url,
                "VAXSITE_MQTT_URL": self.broker.url,
                "VAXSITE_DATA_KEYS_FILE": str(keys),
            },
            stderr=(self.folder / "subscriber.log").open("ab"),
        )

    def count_readings(self) -> int:
        """Return how many readings are stored."""
        with Session(self.engine) as session:
            return session.scalar(select(func.count()).select_from(ReadingRow)) or 0

    def wait_for_listening(self) -> None:
        """Wait until a subscriber is subscribed."""

        def listens() -> bool:
            with Session(self.engine) as session:
                return session.get(Lease, LISTENING) is not None

        wait_until(listens, "the subscriber", 60)

    def forget_lease(self) -> None:
        """Let `wait_for_listening` wait for the next subscriber."""
        with self.engine.begin() as connection:
            connection.execute(text("DELETE FROM lease"))


def wait_until(
    ready: Callable[[], bool], what: str, limit_s: float, *, every_s: float = 0.02
) -> None:
    """Wait until *ready* says so; ask every *every_s* seconds, seldom where asking is dear."""
    servers.wait_until(ready, what, limit_s, every_s=every_s)


@contextlib.contextmanager
def world(database: str) -> Iterator[World]:
    """Start everything that a bench needs, and take it away afterwards."""
    encrypted.load_keys(KEYS)
    program, programs = servers.find_mosquitto(), servers.find_postgres()
    assert program is not None, "a bench needs mosquitto"
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vaxsite-bench-")))
        if database == "postgres":
            assert programs is not None, "a bench on PostgreSQL needs its server"
            server = servers.PrivatePostgres(programs, settings=DURABLE)
            server.start()
            stack.callback(server.stop)
            server.execute("CREATE DATABASE bench")
            url = server.url("bench")
        else:
            server, url = None, f"sqlite:///{folder / 'bench.sqlite'}"
        broker = servers.Broker(program)
        stack.callback(broker.remove)
        broker.prepare()
        engine = open_engine(url)
        stack.callback(engine.dispose)
        schema.upgrade(engine)
        yield World(url, engine, broker, folder, server)


def build_fridges(engine: Engine, devices: int, *, fridges_a_site: int | None = None) -> None:
    """Store a fridge, a probe and rules for each device, and two people to tell at each site."""
    with Session(engine) as session:
        site_id = 0
        for number in range(devices):
            if number % (fridges_a_site or devices) == 0:
                site_id = _site(session, number)
            unit = StorageUnit(
                site_id=site_id,
                code=f"F{number}",
                name_en=f"Fridge {number}",
                name_zh=f"冰箱{number}",
                profile="fridge",
                rule_set="cn-clinic",
            )
            session.add(unit)
            session.flush()
            session.add(Sensor(device=device(number), unit_id=unit.id))
        session.commit()


def _site(session: Session, number: int) -> int:
    site = Site(code=f"bench-{number}", name_en="Bench", name_zh="测试", timezone="Asia/Shanghai")
    session.add(site)
    session.flush()
    for language in ("en", "zh"):
        session.add(
            NoticeTarget(site_id=site.id, channel="console", address=language, language=language)
        )
    return site.id


def device(number: int) -> str:
    """Return the name of the device with this number."""
    return f"bench-{number:04d}"


def topic(number: int) -> str:
    """Return where the device with this number publishes."""
    return f"vaxsite/{device(number)}/reading"


def peak_mib(pid: int) -> float:
    """Return the largest resident memory that a process has had."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def cpu_s(pid: int) -> float:
    """Return the processor time that a process has used."""
    return sum(_ticks(pid)[:2]) / os.sysconf("SC_CLK_TCK")


def cpu_with_children_s(pid: int | None) -> float:
    """Return the processor time of a process and its children, ended ones too; 0 for none."""
    if pid is None:
        return 0.0
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    ticks = sum(_ticks(pid))
    for child in children:
        with contextlib.suppress(FileNotFoundError):  # Ended meanwhile: counted by its parent.
            ticks += sum(_ticks(int(child))[:2])
    return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> list[int]:
    """Return utime, stime, and both of the children that ended (proc(5), stat fields 14 to 17)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return [int(ticks) for ticks in fields[11:15]]


def clock_s() -> float:
    """Return a moment for measuring spans."""
    return time.monotonic()


def gather_statistics(engine: Engine) -> None:
    """Let the planner know what is in the tables, as PostgreSQL does by itself each minute."""
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
