"""Transmissions of our own units over MQTT: QoS 1, taken when the broker has acknowledged them."""

import uuid
from dataclasses import dataclass

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from sensors.channels.message import ChannelError, Message, Receipt
from sensors.settings import Broker

KEEPALIVE_S = 30
TAKEN_WITHIN_S = 10.0


@dataclass(frozen=True)
class CceMqtt:
    """Publishes each message on the topic that is its address; a connection for each."""

    broker: Broker
    credentials: str | None = None

    def send(self, message: Message) -> Receipt:
        """Publish *message*; raise `ChannelError` where the broker did not acknowledge it."""
        client = self._client()
        try:
            client.connect(self.broker.host, self.broker.port, KEEPALIVE_S)
            client.loop_start()
            sent = client.publish(message.address, message.body.encode(), qos=1)
            sent.wait_for_publish(TAKEN_WITHIN_S)
            taken = sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS and sent.is_published()
        except (OSError, ValueError, RuntimeError) as err:
            raise ChannelError(f"broker not reached: {type(err).__name__}", retry=True) from err
        finally:
            client.disconnect()
            client.loop_stop()
        if not taken:
            raise ChannelError("the broker did not acknowledge", retry=True)
        return Receipt("mqtt", delivered=True)

    def _client(self) -> Client:
        is_new = self.broker.version == 5
        client = Client(
            CallbackAPIVersion.VERSION2,
            f"vaxsite-publish-{uuid.uuid4().hex[:8]}",
            protocol=MQTTProtocolVersion.MQTTv5 if is_new else MQTTProtocolVersion.MQTTv311,
        )
        if self.credentials:
            user, _, password = self.credentials.partition(":")
            client.username_pw_set(user, password)
        if self.broker.tls:
            client.tls_set()
        return client
