"""Sirens over MQTT: `on` or `off`, kept by the broker, on `vaxsite/site/<code>/siren`."""

import uuid
from collections.abc import Mapping
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from sensors.settings import Broker

KEEPALIVE_S = 30
ALL = "vaxsite/site/+/siren"
_SITE = 2  # The level of a topic that names the site.


def topic_of(site: str) -> str:
    """Return the topic of the siren of *site*."""
    return f"vaxsite/site/{site}/siren"


class MqttSiren:
    """Publishes to *broker*; what is said while it is away is sent when it is back."""

    def __init__(self, broker: Broker, credentials: str | None = None) -> None:
        protocol = (
            MQTTProtocolVersion.MQTTv5 if broker.version == 5 else MQTTProtocolVersion.MQTTv311
        )
        name = f"vaxsite-siren-{uuid.uuid4().hex[:8]}"
        self._client = Client(CallbackAPIVersion.VERSION2, name, protocol=protocol)
        if credentials:
            user, _, password = credentials.partition(":")
            self._client.username_pw_set(user, password)
        if broker.tls:
            self._client.tls_set()
        self._kept: dict[str, bool] = {}
        self._client.on_connect = self._ask
        self._client.on_message = self._hear
        self._client.connect_async(broker.host, broker.port, KEEPALIVE_S)
        self._client.loop_start()

    def sound(self, site: str, *, on: bool) -> None:
        """Turn the siren of *site* on or off."""
        self._client.publish(topic_of(site), "on" if on else "off", qos=1, retain=True)

    def kept(self) -> Mapping[str, bool]:
        """Return what the broker keeps for each site, as far as it has told: on or off."""
        return dict(self._kept)

    def _ask(self, client: Client, *_: Any) -> None:  # Any: the client's own signature.
        client.subscribe(ALL, qos=1)

    def _hear(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self._kept[message.topic.split("/")[_SITE]] = message.payload == b"on"

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()
