"""Sirens over MQTT: `on` or `off`, kept by the broker, on `vaxsite/site/<code>/siren`."""

import uuid

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from sensors.settings import Broker

KEEPALIVE_S = 30


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
        self._client.connect_async(broker.host, broker.port, KEEPALIVE_S)
        self._client.loop_start()

    def sound(self, site: str, *, on: bool) -> None:
        """Turn the siren of *site* on or off."""
        self._client.publish(topic_of(site), "on" if on else "off", qos=1, retain=True)

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()
