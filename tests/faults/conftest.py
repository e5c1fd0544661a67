"""The real subscriber between a real broker and each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

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
