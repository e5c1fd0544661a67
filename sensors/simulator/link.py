"""The simulator's own connection to the broker: publish with QoS 1, hear acknowledgements."""

import threading
import time
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from sensors.settings import Broker

WINDOW = 200  # Messages without a PUBACK; more only fills memory.
PUBACK_WAIT_S = 30.0
RETRY_S = 0.2
FAILURE = 128  # MQTT 5 reason codes from here on are refusals.

OnAck = Callable[[str, bytes], None]  # Device, payload.


class BrokerUnusable(Exception):
    """The broker cannot be reached, refuses us or does not answer."""


class Link:
    """A connection that comes back by itself. `published` counts messages that have a PUBACK."""

    def __init__(
        self,
        broker: Broker,
        *,
        client_id: str,
        credentials: str | None,
        on_ack: OnAck | None = None,
    ) -> None:
        protocol = mqtt.MQTTv5 if broker.version == 5 else mqtt.MQTTv311
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id, protocol=protocol)
        client.max_inflight_messages_set(20)  # The broker's usual window.
        if credentials is not None:
            client.username_pw_set(*credentials.split(":", 1))
        if broker.tls:
            client.tls_set()
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        self._client, self._broker, self._on_ack = client, broker, on_ack
        self._slots = threading.Semaphore(WINDOW)
        self._connected, self._refusal = threading.Event(), ""
        self.published = self.refused = 0

    @property
    def connected(self) -> bool:
        """Tell whether the broker accepted us and has not gone since."""
        return self._connected.is_set()

    def open(self, *, timeout_s: float = 10.0, patience_s: float = 0.0) -> None:
        """Connect; raise `BrokerUnusable` with what the broker or the network said.

        A broker that is not there yet is waited for *patience_s*.
        """
        where = f"{self._broker.host}:{self._broker.port}"
        give_up_at = time.monotonic() + patience_s
        while True:
            try:
                self._client.connect(self._broker.host, self._broker.port, keepalive=60)
                break
            except OSError as err:
                if time.monotonic() >= give_up_at:
                    raise BrokerUnusable(f"no broker at {where}: {err}") from err
            time.sleep(RETRY_S)
        self._client.loop_start()
        if not self._connected.wait(timeout_s):
            self.close()
            raise BrokerUnusable(f"the broker at {where} {self._refusal or 'does not answer'}")

    def publish(self, topic: str, payload: bytes) -> None:
        """Hand *payload* over; waits while too many are under way without a PUBACK."""
        if not self._slots.acquire(timeout=PUBACK_WAIT_S):
            raise BrokerUnusable(f"the broker confirmed nothing for {PUBACK_WAIT_S:.0f} s")
        self._client.publish(topic, payload, qos=1)

    def drain(self) -> None:
        """Wait until every message has its PUBACK."""
        for _ in range(WINDOW):
            if not self._slots.acquire(timeout=PUBACK_WAIT_S):
                raise BrokerUnusable(f"the broker confirmed nothing for {PUBACK_WAIT_S:.0f} s")
        self._slots.release(WINDOW)

    def close(self) -> None:
        """Leave the broker in order."""
        self._client.disconnect()
        self._client.loop_stop()

    # The signatures are paho's; Any: its properties and flags are not looked at.

    def _on_connect(self, client: mqtt.Client, _data: Any, _flags: Any, code: Any, _p: Any) -> None:
        if code.is_failure:
            self._refusal = f"refuses the connection: {code}"
            return
        if self._on_ack is not None:
            client.subscribe("vaxsite/+/ack", qos=1)
        self._connected.set()

    def _on_disconnect(self, _c: Any, _data: Any, _flags: Any, _code: Any, _p: Any) -> None:
        self._connected.clear()

    def _on_publish(self, _c: Any, _data: Any, _mid: int, code: Any, _p: Any) -> None:
        if code.value >= FAILURE:
            self.refused += 1
        else:
            self.published += 1
        self._slots.release()

    def _on_message(self, _c: Any, _data: Any, message: mqtt.MQTTMessage) -> None:
        if self._on_ack is not None:
            self._on_ack(message.topic.split("/")[1], bytes(message.payload))
