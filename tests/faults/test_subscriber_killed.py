"""What was acknowledged to a publisher is stored once, however often the subscriber is killed."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from sensors.services import verify
from sensors.store.episodes import AlertRow
from sensors.store.readings import ReadingRow
from tests.bench.publisher import Publisher
from tests.build import processes
from tests.build.fridges import DEVICES
from tests.build.processes import SubscriberProcess

MESSAGES = 20_000
KILLS = 20
SEED = 20_260_112


def burst() -> Iterator[tuple[str, bytes]]:
    """Give 5,000 readings of each of four fridges; west-2 is too warm for the last 2,000."""
    begin = datetime.now(UTC) - timedelta(seconds=MESSAGES // len(DEVICES) * 10)
    for place in range(MESSAGES):
        seq, number = divmod(place, len(DEVICES))
        device = DEVICES[number]
        reading = {
            "boot": "b1",
            "seq": seq,
            "at": (begin + timedelta(seconds=10 * seq)).isoformat(),
            "c": 9.5 if device == "west-2" and seq >= 3_000 else 4.5,
        }
        yield f"vaxsite/{device}/reading", json.dumps(reading).encode()


@pytest.mark.mosquitto
def test_no_reading_is_lost_or_doubled_when_the_subscriber_is_killed_20_times(
    engine: Engine, subscriber: SubscriberProcess
) -> None:
    """Kill -9 at seeded random moments of a burst of 20,000 messages: each is stored once."""
    chance = random.Random(SEED)
    subscriber.start_listening()
    publisher = Publisher(subscriber.broker.port)
    acknowledged: list[int] = []
    sender = threading.Thread(target=lambda: acknowledged.append(publisher.publish_all(burst())))
    sender.start()

    for left in reversed(range(KILLS)):
        before = processes.count_readings(engine)
        _wait_for_progress(engine, before)
        time.sleep(chance.uniform(0, 0.15))
        subscriber.kill()
        # The last one is asked to stop, which it can only hear once it listens.
        (subscriber.start if left else subscriber.start_listening)()
    sender.join()
    publisher.close()
    processes.wait_for_readings(engine, MESSAGES)
    assert subscriber.stop() == 0

    with Session(engine) as session:
        stored = Counter(
            (row.sensor_id, row.boot, row.seq)
            for row in session.execute(
                select(ReadingRow.sensor_id, ReadingRow.boot, ReadingRow.seq)
            )
        )
        assert acknowledged == [MESSAGES]
        assert len(stored) == MESSAGES
        assert set(stored.values()) == {1}
        assert [alert.kind for alert in session.scalars(select(AlertRow))] == ["excursion"]
        assert verify.verify(session) == []


def _wait_for_progress(engine: Engine, before: int) -> None:
    """Wait until the subscriber has stored something more, so that it is killed at work."""
    deadline = time.monotonic() + 10
    while processes.count_readings(engine) <= before and time.monotonic() < deadline:
        time.sleep(0.01)
        if before >= MESSAGES:
            return
