"""The subscriber outlives its broker and its database, and leaves nothing unacknowledged behind."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from sensors.store.engine import open_engine
from sensors.store.readings import ReadingRow, SetAside
from tests import servers
from tests.bench.publisher import Publisher
from tests.build import fridges, processes
from tests.build.processes import SubscriberProcess

pytestmark = pytest.mark.mosquitto


def readings(first: int, last: int, device: str = "east-1") -> Iterator[tuple[str, bytes]]:
    """Give the readings *first* to *last* of one device, ten seconds apart."""
    begin = datetime(2026, 1, 12, tzinfo=UTC)
    for seq in range(first, last + 1):
        at = begin + timedelta(seconds=10 * seq)
        body = {"boot": "b1", "seq": seq, "at": at.isoformat(), "c": 4.5}
        yield f"vaxsite/{device}/reading", json.dumps(body).encode()


def publish(broker: servers.Broker, first: int, last: int) -> None:
    publisher = Publisher(broker.port)
    assert publisher.publish_all(readings(first, last)) == last - first + 1
    publisher.close()


def seqs(engine: Engine) -> list[int | None]:
    with Session(engine) as session:
        return list(session.scalars(select(ReadingRow.seq).order_by(ReadingRow.seq)))


def test_stopped_subscriber_finds_what_came_meanwhile(
    engine: Engine, subscriber: SubscriberProcess
) -> None:
    """SIGTERM commits and acknowledges; the session at the broker keeps what follows."""
    subscriber.start_listening()
    publish(subscriber.broker, 1, 1_000)
    first_exit = subscriber.stop()
    publish(subscriber.broker, 1_001, 3_000)
    subscriber.start()
    processes.wait_for_readings(engine, 3_000)

    assert (first_exit, subscriber.stop()) == (0, 0)
    assert seqs(engine) == list(range(1, 3_001))


def test_subscriber_subscribes_again_at_a_broker_that_forgot_everything(
    engine: Engine, subscriber: SubscriberProcess
) -> None:
    """A broker that lost its store gets the subscription anew, without a restart."""
    subscriber.start_listening()
    publish(subscriber.broker, 1, 10)
    processes.wait_for_readings(engine, 10)
    subscriber.broker.kill()
    (subscriber.broker.folder / "mosquitto.db").unlink(missing_ok=True)
    subscriber.broker.start()
    servers.wait_until(
        lambda: subscriber.log().count('"event": "broker_connected"') == 2, "the reconnect", 30
    )
    servers.wait_until(
        lambda: publish(subscriber.broker, 11, 20) is None and len(seqs(engine)) == 20,
        "readings after the reconnect",
        30,
    )

    assert seqs(engine) == list(range(1, 21))
    assert '"session_present": false' in subscriber.log()


def test_poison_among_readings_is_set_aside(engine: Engine, subscriber: SubscriberProcess) -> None:
    """Through a real broker: neighbours are stored, the poison is kept and acknowledged."""
    subscriber.start_listening()
    messages = list(readings(1, 20))
    messages[5:5] = [("vaxsite/east-1/reading", b"[" * 100_000)]
    messages[9:9] = [("vaxsite/stranger/reading", b'{"c": 4.5}')]
    publisher = Publisher(subscriber.broker.port)
    publisher.publish_all(messages)
    publisher.close()
    processes.wait_for_readings(engine, 20)
    subscriber.stop()

    with Session(engine) as session:
        rows = session.execute(select(SetAside.reason, SetAside.size).order_by(SetAside.id)).all()
    assert [tuple(row) for row in rows] == [
        ("nested too deeply", 100_000),
        ("unknown sensor stranger", 10),
    ]


def test_device_is_told_how_far_it_may_empty_its_buffer(
    engine: Engine, subscriber: SubscriberProcess
) -> None:
    """The answer comes after the commit, on the device's own topic."""
    answers: list[tuple[str, dict[str, object]]] = []
    heard = threading.Event()

    def on_message(_client: Client, _userdata: object, message: MQTTMessage) -> None:
        answers.append((message.topic, json.loads(message.payload)))
        if answers[-1][1]["stored_to"] == 30:
            heard.set()

    device = Client(CallbackAPIVersion.VERSION2, client_id="east-1")
    device.on_message = on_message
    device.on_connect = lambda *_: device.subscribe("vaxsite/east-1/ack")
    device.connect(subscriber.broker.host, subscriber.broker.port)
    device.loop_start()
    subscriber.start_listening()
    publish(subscriber.broker, 1, 30)

    assert heard.wait(20)
    assert answers[-1] == ("vaxsite/east-1/ack", {"boot": "b1", "stored_to": 30})
    device.disconnect()
    device.loop_stop()


def test_second_subscriber_waits_until_the_first_is_gone(
    engine: Engine, subscriber: SubscriberProcess
) -> None:
    """One works, the other stands by and says so; it goes on at once when the first is killed."""
    subscriber.start_listening()
    second = SubscriberProcess(engine, subscriber.broker, subscriber.folder)
    try:
        second.start()
        servers.wait_until(
            lambda: "another_subscriber_listens" in subscriber.log(), "the second's standing by"
        )
        publish(subscriber.broker, 1, 50)
        processes.wait_for_readings(engine, 50)
        connected = subscriber.log().count('"event": "broker_connected"')
        subscriber.kill()
        publish(subscriber.broker, 51, 100)
        processes.wait_for_readings(engine, 100)

        assert connected == 1
        assert second.stop() == 0
    finally:
        second.remove()


@pytest.mark.postgres
def test_readings_wait_while_the_database_is_away(
    postgres: servers.PrivatePostgres,
    postgres_url: str,
    broker: servers.Broker,
    tmp_path: Path,
) -> None:
    """Nothing is acknowledged that is not committed, and no restart is needed afterwards."""
    engine = open_engine(postgres_url)
    fridges.four_fridges(engine)
    subscriber = SubscriberProcess(engine, broker, tmp_path)
    try:
        subscriber.start_listening()
        database = engine.url.database
        postgres.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
        postgres.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
        )
        publish(broker, 1, 2_000)
        servers.wait_until(lambda: "database_away" in subscriber.log(), "the subscriber's note")
        postgres.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")
        processes.wait_for_readings(engine, 2_000)

        assert subscriber.stop() == 0
        assert seqs(engine) == list(range(1, 2_001))
    finally:
        subscriber.remove()
        engine.dispose()
