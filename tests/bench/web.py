"""The web as an operator runs it, for benches that ask it over HTTP."""

import contextlib
import http.client
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests import servers
from tests.bench import world

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Web:
    """A running web and its process, whose children answer."""

    port: int
    pid: int

    def cpu_s(self) -> float:
        """Return the processor time that its processes have used."""
        return world.cpu_with_children_s(self.pid)


@contextlib.contextmanager
def serving(here: world.World, *, workers: int) -> Iterator[Web]:
    """Run `vaxsite web` behind one proxy that the bench itself plays."""
    port, files = servers.free_port(), {"DATA_KEYS": world.KEYS, "SECRET_KEY": "s" * 32}
    for name, text in files.items():
        (here.folder / name).write_text(text, encoding="utf-8")
    command = ["-m", "vaxsite", "web", "--port", str(port), "--workers", str(workers)]
    with (here.folder / "web.log").open("ab") as log:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "SIGTERM", sys.executable, *command],
            env=os.environ
            | {f"VAXSITE_{name}_FILE": str(here.folder / name) for name in files}
            | {"VAXSITE_DATABASE_URL": here.database_url, "VAXSITE_TRUSTED_PROXIES": "1"},
            stderr=log,
        )
    try:
        world.wait_until(lambda: _answers(port), _said(here.folder / "web.log"), 120, every_s=0.2)
        yield Web(port, process.pid)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _said(log: Path) -> str:
    return f"the web, which writes to {log}"


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    quiet = contextlib.suppress(OSError, http.client.HTTPException)
    with contextlib.closing(connection), quiet:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    return False
