"""A Sparkplug node that sends aliases alone is asked for its births, through a real broker."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from sensors.mqtt import topics
from sensors.payloads import protobuf
from sensors.services.messages import Message
from sensors.store.places import TopicBinding
from sensors.store.readings import ReadingRow, SetAside
from tests.build import places, processes
from tests.build.processes import SubscriberProcess
from tests.build.sparkplug import FLOAT, a_message, metric, of_session, unit

NODE, FRIDGE = "clinic/node-1", "clinic/node-1/fridge"


class Node:
    """A node that is born when it is asked, as Sparkplug wants it."""

    def __init__(self, host: str, port: int) -> None:
        self.asked: list[Message] = []
        self.was_asked = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="node-1")
        self._client.on_message = self._on_message
        self._client.connect(host, port)
        self._client.subscribe("spBv1.0/clinic/NCMD/node-1")
        self._client.loop_start()

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self.asked.append(Message(message.topic, message.payload, now()))
        told = metric(4.0, name="inside", alias=3, datatype=FLOAT, properties=unit("°C"))
        self.send(a_message("NBIRTH", [of_session(1)], now(), name=NODE))
        self.send(a_message("DBIRTH", [told], now(), name=FRIDGE))
        self.was_asked.set()

    def send(self, message: Message) -> None:
        self._client.publish(message.topic, message.payload, qos=1)

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.mosquitto
def test_node_is_asked_and_nothing_that_it_sent_is_lost(
    engine: Engine, subscriber: SubscriberProcess
) -> None:
    """Three readings before the birth, one in it, one after a restart of the subscriber."""
    with Session(engine) as session:
        fridge = places.a_fridge(session, site=places.a_site(session, code="west"))
        places.a_probe(session, unit=fridge, device=FRIDGE, channel="inside")
        session.add(TopicBinding(topic_filter="spBv1.0/#", decoder="sparkplug"))
        session.commit()
    subscriber.start_listening()
    node = Node(subscriber.broker.host, subscriber.broker.port)
    for ago, celsius in ((3, 5.0), (2, 5.5), (1, 6.0)):
        at = now() - timedelta(seconds=ago)
        node.send(a_message("DDATA", [metric(celsius, alias=3)], at, name=FRIDGE))

    assert node.was_asked.wait(20), subscriber.log()
    processes.wait_for_readings(engine, 4)
    subscriber.stop()
    node.send(a_message("DDATA", [metric(6.5, alias=3)], now(), name=FRIDGE))
    subscriber.start()
    processes.wait_for_readings(engine, 5)
    node.leave()

    with Session(engine) as session:
        centis = session.scalars(select(ReadingRow.centi).order_by(ReadingRow.measured_at)).all()
        waiting = session.scalars(select(SetAside.id).where(SetAside.taken_at.is_(None))).all()
    assert centis == [500, 550, 600, 400, 650]
    assert (len(node.asked), waiting) == (1, [])


def test_question_is_a_sparkplug_command() -> None:
    """One metric named as the specification says, a boolean that is true, with the time."""
    at = datetime(2026, 1, 12, 3, 4, 5, 120_000, tzinfo=UTC)

    sent, (number, asked) = protobuf.fields(topics.rebirth_payload(at))

    assert topics.rebirth_topic(NODE) == "spBv1.0/clinic/NCMD/node-1"
    assert (sent, number) == ((1, 1_768_187_045_120), 2)
    assert isinstance(asked, bytes)
    assert list(protobuf.fields(asked)) == [(1, b"Node Control/Rebirth"), (4, 11), (14, 1)]
