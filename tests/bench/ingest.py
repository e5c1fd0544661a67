"""How many readings a second become durable: a backlog in a persistent session is drained.

The same backlog is drained by paho alone, which acknowledges at once and stores nothing: what
the ingest reaches is told as a share of that too, because machines differ and are shared.
"""

import json
import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tests.bench import world
from tests.bench.publisher import Publisher
from tests.bench.world import World

HOT_SHARE = 0.01  # Devices that have an excursion on the way.
# To count 100,000 rows takes the database 10 ms: asked fifty times a second, the question itself
# took a third of a core from what it measured. Asked seldom, the time is rounded up.
COUNT_EVERY_S = 0.25


def run(database: str, *, readings: int, devices: int) -> dict[str, Any]:
    """Measure; return the figures by name."""
    with world.world(database) as here:
        world.build_fridges(here.engine, devices)
        _make_session(here)
        with here.subscriber():
            here.wait_for_listening()
        acknowledged = _publish(here, readings, devices)
        receive_only, receive_cpu = _drain_with_paho(here, acknowledged)
        figures = _drain(here, acknowledged)
    rate, alone = figures["readings_per_s"], round(acknowledged / receive_only)
    return {
        "bench": "ingest",
        "database": database,
        "readings": acknowledged,
        "devices": devices,
        **figures,
        "paho_alone_per_s": alone,
        "paho_alone_cpu_us_a_message": round(receive_cpu / acknowledged * 1e6, 1),
        "share_of_paho_alone": round(rate / alone, 3),
    }


def _publish(here: World, readings: int, devices: int) -> int:
    publisher = Publisher(here.broker.port)
    acknowledged = publisher.publish_all(_messages(readings, devices))
    publisher.close()
    return acknowledged


def _messages(readings: int, devices: int) -> Iterator[tuple[str, bytes]]:
    """Give readings a minute apart, device by device in turn; one in a hundred devices is hot."""
    chance = random.Random(1)
    hot = set(chance.sample(range(devices), max(1, int(devices * HOT_SHARE))))
    begin = datetime.now(UTC) - timedelta(minutes=readings // devices + 1)
    for place in range(readings):
        seq, number = divmod(place, devices)
        celsius = 9.4 if number in hot and seq % 100 > 50 else 4.0 + chance.random() * 2
        reading = {
            "boot": "7f3a",
            "seq": seq,
            "at": (begin + timedelta(minutes=seq)).isoformat(timespec="seconds"),
            "c": round(celsius, 2),
            "humidity": 48.0,
            "battery": 87,
            "door": False,
            "power": True,
        }
        yield world.topic(number), json.dumps(reading, separators=(",", ":")).encode()


def _drain(here: World, readings: int) -> dict[str, Any]:
    here.forget_lease()
    with here.subscriber() as process:
        world.wait_until(lambda: here.count_readings() > 0, "the first reading", 60)
        began, first, cpu = world.clock_s(), here.count_readings(), world.cpu_s(process.pid)
        world.wait_until(
            lambda: here.count_readings() >= readings,
            "the last reading",
            300,
            every_s=COUNT_EVERY_S,
        )
        took = world.clock_s() - began
        cpu = world.cpu_s(process.pid) - cpu
        memory = world.peak_mib(process.pid)
    return {
        "readings_per_s": round((readings - first) / took),
        "subscriber_cpu_us_a_reading": round(cpu / (readings - first) * 1e6, 1),
        "subscriber_peak_mib": round(memory, 1),
        "seconds": round(took, 2),
    }


def _paho_client() -> Client:
    return Client(
        CallbackAPIVersion.VERSION2,
        client_id="bench-receive-only",
        protocol=MQTTProtocolVersion.MQTTv5,
        manual_ack=True,
    )


def _connect(here: World, client: Client) -> None:
    session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's
    session.SessionExpiryInterval = 3600
    session.ReceiveMaximum = 1000
    client.connect(here.broker.host, here.broker.port, 120, clean_start=False, properties=session)
    client.loop_start()


def _make_session(here: World) -> None:
    """Let the broker keep everything for the client that only receives."""
    client = _paho_client()
    subscribed = threading.Event()
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_connect = lambda *_: client.subscribe("vaxsite/+/reading", 1)
    _connect(here, client)
    assert subscribed.wait(30)
    client.disconnect()
    client.loop_stop()


def _drain_with_paho(here: World, readings: int) -> tuple[float, float]:
    """Return the seconds, and those of the processor, that paho alone takes."""
    client = _paho_client()
    done = threading.Event()
    received = 0
    began = 0.0

    def on_message(client: Client, _userdata: object, message: MQTTMessage) -> None:
        nonlocal received, began
        began = began or world.clock_s()
        client.ack(message.mid, message.qos)
        received += 1
        if received == readings:
            done.set()

    client.on_message = on_message
    cpu = time.process_time()
    _connect(here, client)
    assert done.wait(300), f"{received} of {readings} received"
    took, cpu = world.clock_s() - began, time.process_time() - cpu
    client.disconnect()
    client.loop_stop()
    return took, cpu
