"""The wall knows of a dead subscriber within thirty seconds."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from sensors.services import pulse
from sensors.services.pulse import Part
from tests.build.processes import SubscriberProcess


def parts_at(engine: Engine, now: datetime) -> list[Part]:
    with Session(engine) as session:
        return [one.part for one in pulse.stopped(session, now=now)]


@pytest.mark.mosquitto
def test_subscriber_killed_is_known_within_thirty_seconds(
    engine: Engine, subscriber: SubscriberProcess
) -> None:
    """While it listens nothing is said of it; twenty seconds after kill -9 it is."""
    subscriber.start_listening()
    assert Part.SUBSCRIBER not in parts_at(engine, datetime.now(UTC))

    subscriber.kill()

    assert Part.SUBSCRIBER in parts_at(engine, datetime.now(UTC) + timedelta(seconds=20))
