"""The real subscriber process, as an operator runs it, for tests that kill it or stop it.

It is forked from a server that has read the code already: a test that starts it twenty times
would else spend its time on imports.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from sensors import __main__ as commands
from sensors.services.silence import LISTENING
from sensors.store.outbox import Lease
from sensors.store.readings import ReadingRow
from tests import servers

# Version 1, 32 bytes of "k", as in tests/conftest.py.
KEYS = "1:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="
PR_SET_PDEATHSIG = 1
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["sensors.__main__", "tests.build.killed"])


def _subscribe(environ: Mapping[str, str], log: str) -> None:
    """Run `python -m sensors subscribe` in a process of its own."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.environ.update(environ)
    sys.stderr = Path(log).open("a", encoding="utf-8", buffering=1)  # noqa: SIM115 - until it ends
    commands.main(["subscribe"])


@dataclass
class SubscriberProcess:
    """A subscriber between *broker* and the database of *engine*."""

    engine: Engine
    broker: servers.Broker
    folder: Path
    process: ForkServerProcess | None = None

    def start(self) -> None:
        """Start the process; it is ready only after `start_listening`."""
        keys = self.folder / "keys"
        keys.write_text(KEYS, encoding="utf-8")
        environ = {
            "VAXSITE_DATABASE_URL": self.engine.url.render_as_string(hide_password=False),
            "VAXSITE_MQTT_URL": self.broker.url,
            "VAXSITE_DATA_KEYS_FILE": str(keys),
        }
        log = str(self.folder / "subscriber.log")
        self.process = FORKING.Process(target=_subscribe, args=(environ, log), daemon=True)
        self.process.start()

    def start_listening(self) -> None:
        """Start the process and wait until it is subscribed and has written so."""
        with Session(self.engine) as session:
            session.execute(delete(Lease).where(Lease.name == LISTENING))
            session.commit()
        self.start()
        servers.wait_until(self.listens, "the subscriber", 60)

    def kill(self) -> None:
        """Kill it without warning."""
        assert self.process is not None
        self.process.kill()
        self.process.join()

    def stop(self) -> int | None:
        """Ask it to stop; return its exit code."""
        assert self.process is not None
        self.process.terminate()
        self.process.join(30)
        return self.process.exitcode

    def remove(self) -> None:
        """Leave nothing running."""
        if self.process is not None and self.process.is_alive():
            self.kill()

    def log(self) -> str:
        """Return what it has logged."""
        with suppress(FileNotFoundError):
            return (self.folder / "subscriber.log").read_text(encoding="utf-8")
        return ""

    def listens(self) -> bool:
        """Tell whether a subscriber has said that it listens."""
        assert self.process is not None
        assert self.process.is_alive(), self.log()
        with Session(self.engine) as session:
            return session.get(Lease, LISTENING) is not None


def count_readings(engine: Engine) -> int:
    """Return how many readings are stored."""
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(ReadingRow)) or 0


def wait_for_readings(engine: Engine, wanted: int, limit_s: float = 60) -> None:
    """Wait until *wanted* readings are stored."""
    servers.wait_until(
        lambda: count_readings(engine) >= wanted, f"the reading number {wanted}", limit_s
    )
