"""How long from the reading that completes an excursion to its alert and its message in the outbox.

Readings come at a fixed rate. Some devices have been too warm for half an hour; their next
reading completes an excursion. The time counts from just before the reading is published until
another connection sees the committed alert and the messages about it.
"""

import json
import random
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.bench import world
from tests.bench.publisher import Publisher
from tests.bench.world import World

CALM_DEVICES = 300
COMPLETING_A_S = 15
TICK_S = 0.05
_SEEN = text(
    "SELECT alert.id, sensor.device, count(outbox.id) FROM alert"
    " JOIN sensor ON sensor.id = alert.sensor_id"
    " JOIN outbox ON outbox.about = 'alert:' || alert.id"
    " WHERE alert.id > :after GROUP BY alert.id, sensor.device ORDER BY alert.id"
)


def run(database: str, *, rate: int, seconds: int) -> dict[str, Any]:
    """Measure; return the figures by name."""
    warm = COMPLETING_A_S * seconds
    with world.world(database) as here:
        # A site each: what follows at one site within half a minute is told together.
        world.build_fridges(here.engine, CALM_DEVICES + warm, fridges_a_site=1)
        with here.subscriber() as process:
            here.wait_for_listening()
            primed = _prime(here, warm)
            world.wait_until(lambda: here.count_readings() == primed, "the first readings", 120)
            waits, missing, published = _measure(here, rate, seconds, warm)
            memory = world.peak_mib(process.pid)
    waits.sort()
    return {
        "bench": "latency",
        "database": database,
        "readings": published,
        "readings_per_s": rate,
        "excursions": warm,
        "not_seen": missing,
        "median_s": round(waits[len(waits) // 2], 4),
        "p99_s": round(waits[int(len(waits) * 0.99)], 4),
        "max_s": round(waits[-1], 4),
        "subscriber_peak_mib": round(memory, 1),
    }


def _reading(at: datetime, celsius: float) -> bytes:
    return json.dumps({"at": at.isoformat(), "c": celsius}, separators=(",", ":")).encode()


def _prime(here: World, warm: int) -> int:
    """Let the warm devices be too warm since 29 minutes and some; return how many readings."""
    now = datetime.now(UTC)
    publisher = Publisher(here.broker.port, "bench-primer")
    sent = publisher.publish_all(
        (world.topic(CALM_DEVICES + number), _reading(now - timedelta(minutes=ago), 9.4))
        for number in range(warm)
        for ago in (29, 15, 1)
    )
    publisher.close()
    return sent


def _measure(here: World, rate: int, seconds: int, warm: int) -> tuple[list[float], int, int]:
    """Publish at *rate* and watch the alerts appear; return waits, how many never, and readings."""
    sent_at: dict[str, float] = {}
    seen_at: dict[str, float] = {}
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(here, seen_at, over))
    watcher.start()
    published = _publish(here, rate, seconds, warm, sent_at)
    deadline = time.monotonic() + 20
    while len(seen_at) < warm and time.monotonic() < deadline:
        time.sleep(0.05)
    over.set()
    watcher.join()
    waits = [seen_at[name] - sent_at[name] for name in seen_at]
    return waits, warm - len(seen_at), published


def _publish(here: World, rate: int, seconds: int, warm: int, sent_at: dict[str, float]) -> int:
    publisher = Publisher(here.broker.port)
    chance = random.Random(1)
    ticks = int(seconds / TICK_S)
    published = completed = 0
    began = time.monotonic()
    for tick in range(ticks):
        messages = []
        while published + len(messages) < rate * (tick + 1) * TICK_S:
            number = chance.randrange(CALM_DEVICES)
            messages.append((world.topic(number), _reading(datetime.now(UTC), 4.6)))
        while completed < warm * (tick + 1) / ticks:
            number, completed = CALM_DEVICES + completed, completed + 1
            # The threshold is 30 minutes: the device's clock says that they are over now.
            at = datetime.now(UTC) + timedelta(minutes=2)
            messages[completed % len(messages)] = (world.topic(number), _reading(at, 9.5))
            sent_at[world.device(number)] = time.monotonic()
        published += publisher.publish_all(messages)
        time.sleep(max(0.0, began + (tick + 1) * TICK_S - time.monotonic()))
    publisher.close()
    return published


def _watch(here: World, seen_at: dict[str, float], over: threading.Event) -> None:
    after = 0
    with Session(here.engine) as session:
        while not over.is_set():
            rows = session.execute(_SEEN, {"after": after}).all()
            session.rollback()
            moment = time.monotonic()
            for alert_id, device, messages in rows:
                assert messages == 2, "an alert was seen without its messages"
                seen_at[device] = moment
                after = alert_id
            time.sleep(0.005)
