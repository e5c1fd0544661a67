"""The real subscriber between a real broker and each database."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from socket import create_connection

import pytest
from sqlalchemy import Engine

from sensors import settings
from tests import servers
from tests.build import fridges
from tests.build.processes import SubscriberProcess


@pytest.fixture
def probes(engine: Engine) -> dict[str, int]:
    """Store four fridges; return the ids of their probes by device."""
    return fridges.four_fridges(engine)


@pytest.fixture
def subscriber(
    engine: Engine, broker: servers.Broker, probes: dict[str, int], tmp_path: Path
) -> Iterator[SubscriberProcess]:
    """Return the real subscriber, not yet started."""
    process = SubscriberProcess(engine, broker, tmp_path)
    yield process
    process.remove()


StartBroker = Callable[..., settings.Broker]


@pytest.fixture
def broker_with(tmp_path: Path) -> Iterator[StartBroker]:
    """Return what starts a mosquitto with lines of configuration of the test's own."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*lines: str) -> settings.Broker:
        program = servers.find_mosquitto()
        assert program is not None
        port = servers.free_port()
        file = tmp_path / "mosquitto.conf"
        file.write_text("\n".join([f"listener {port} 127.0.0.1", *lines]), encoding="utf-8")
        running.append(subprocess.Popen([program, "-c", str(file)], stderr=subprocess.DEVNULL))
        servers.wait_until(lambda: listens(port), "mosquitto")
        return settings.broker(f"mqtt://127.0.0.1:{port}")

    yield start
    for process in running:
        process.kill()
        process.wait()


def listens(port: int) -> bool:
    """Tell whether something listens on *port* of this machine."""
    with suppress(OSError), create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
