"""A listener that keeps what passes through a private broker."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests import servers


@pytest.fixture
def broker_url(broker: servers.Broker) -> str:
    """Return the address of a running private broker."""
    return broker.url


class Listener:
    """Hears every reading and can answer as the application does."""

    def __init__(self, url: str) -> None:
        self.messages: list[tuple[str, bytes]] = []
        self._heard = threading.Condition()
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, "listener")
        ready = threading.Event()
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = self._hear
        self.client.connect("127.0.0.1", int(url.rsplit(":", 1)[1]))
        self.client.subscribe("vaxsite/+/reading", qos=1)
        self.client.loop_start()
        assert ready.wait(5)

    def _hear(self, _client: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        with self._heard:
            self.messages.append((message.topic, bytes(message.payload)))
            self._heard.notify_all()

    def wait_for(self, count: int, seconds: float = 10) -> None:
        """Wait until *count* messages came."""
        with self._heard:
            assert self._heard.wait_for(lambda: len(self.messages) >= count, seconds)

    def readings(self) -> list[Any]:
        """Return the readings that can be decoded, lists laid out flat."""
        out: list[Any] = []
        for _, body in self.messages:
            item = json.loads(body)
            out.extend(item if isinstance(item, list) else [item])
        return out

    def close(self) -> None:
        """Leave."""
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def listener(broker_url: str) -> Iterator[Listener]:
    """Listen to the readings on the private broker."""
    heard = Listener(broker_url)
    yield heard
    heard.close()
