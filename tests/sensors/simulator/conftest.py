"""A private mosquitto, and a listener that keeps what passes through it."""

import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def broker_url(tmp_path: Path) -> Iterator[str]:
    """Start a mosquitto of this test's own; give its address."""
    binary = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if binary is None:
        pytest.skip("mosquitto is not installed")
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    process = subprocess.Popen([binary, "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"mqtt://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


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
