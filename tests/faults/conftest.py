"""What the faults begin with: fridges, a broker, the real subscriber process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from sensors.store.places import NoticeTarget
from tests import servers
from tests.build import places
from tests.build.processes import SubscriberProcess

DEVICES = ("east-1", "east-2", "west-1", "west-2")


@pytest.fixture
def fridges(engine: Engine) -> dict[str, int]:
    """Store four fridges with a probe each, and a pharmacist to call; return the probes' ids."""
    with Session(engine) as session:
        site = places.a_site(session)
        session.add(
            NoticeTarget(site_id=site.id, channel="console", address="wang-li", language="zh")
        )
        probes = {}
        for code, device in enumerate(DEVICES):
            unit = places.a_fridge(session, site=site, code=f"F{code}", rule_set="fridge-tag-2l")
            probes[device] = places.a_probe(session, unit=unit, device=device).id
        session.commit()
        return probes


@pytest.fixture
def subscriber(
    engine: Engine, broker: servers.Broker, fridges: dict[str, int], tmp_path: Path
) -> Iterator[SubscriberProcess]:
    """Return the real subscriber, not yet started."""
    process = SubscriberProcess(engine, broker, tmp_path)
    yield process
    process.remove()
