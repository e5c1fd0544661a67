"""The subscriber's connection to the broker: a session that outlives it, acks only on demand.

An acknowledgement belongs to the connection that its message came on. After a reconnect the
broker delivers again whatever was not acknowledged, and may give an old number to a new message;
so acknowledgements of an earlier connection are dropped here.
"""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime

import structlog
from paho.mqtt.client import (
    Client,
    ConnectFlags,
    DisconnectFlags,
    MQTTMessage,
)
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensors.mqtt.inbox import Arrival, Inbox
from sensors.services.messages import Message
from sensors.settings import Broker

log = structlog.get_logger()

# The ping is sent by the thread that a full inbox blocks, so it must be generous.
KEEPALIVE_S = 120
RECEIVE_MAXIMUM = 1000
SESSION_S = 14 * 24 * 3600  # As persistent_client_expiration of the shipped broker configuration.
LONGEST_BACKOFF_S = 30
TAKEN_OVER = 0x8E  # MQTT 5, section 3.14.2.1: another client has this client id now.


class Connection:
    """One client id at one broker; fills the inbox and acknowledges what has been committed."""

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        *,
        credentials: str | None,
        inbox: Inbox,
        clock: Callable[[], datetime],
    ) -> None:
        self._broker = broker
        self._inbox = inbox
        self._clock = clock
        self._number = 0
        self._acks = threading.Lock()
        self._filters: tuple[str, ...] = ()
        self.is_subscribed = threading.Event()
        self.was_taken_over = threading.Event()
        self._client = self._make_client(client_id, credentials)

    def start(self, filters: Iterable[str]) -> None:
        """Connect in the background, again and again with growing pauses, and subscribe."""
        self._filters = tuple(filters)
        self.was_taken_over.clear()
        if self._broker.version == 5:
            session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's
            session.SessionExpiryInterval = SESSION_S
            session.ReceiveMaximum = RECEIVE_MAXIMUM
            self._client.connect_async(
                self._broker.host,
                self._broker.port,
                KEEPALIVE_S,
                clean_start=False,
                properties=session,
            )
        else:
            self._client.connect_async(self._broker.host, self._broker.port, KEEPALIVE_S)
        self._client.loop_start()

    def subscribe(self, filters: Iterable[str]) -> None:
        """Listen to *filters* from now on, and after every reconnect."""
        wanted = tuple(filters)
        gone = set(self._filters) - set(wanted)
        self._filters = wanted
        if self._client.is_connected():
            self._subscribe_all()
            if gone:
                self._client.unsubscribe(sorted(gone))

    def acknowledge(self, arrivals: Iterable[Arrival]) -> int:
        """Acknowledge what came on the present connection; return how many were too late."""
        late = 0
        with self._acks:
            for arrival in arrivals:
                if arrival.connection != self._number:
                    late += 1
                elif arrival.qos:
                    self._client.ack(arrival.mid, arrival.qos)
        return late

    def publish(self, topic: str, payload: bytes) -> None:
        """Send a reply that may get lost: the device asks again by sending again."""
        if self._client.is_connected():
            self._client.publish(topic, payload, qos=0)

    def stop(self) -> None:
        """Send what is queued, acknowledgements included, and leave; the session stays."""
        self._client.disconnect()
        self._client.loop_stop()
        self.is_subscribed.clear()

    def _make_client(self, client_id: str, credentials: str | None) -> Client:
        if self._broker.version == 5:
            client = Client(
                CallbackAPIVersion.VERSION2,
                client_id=client_id,
                protocol=MQTTProtocolVersion.MQTTv5,
                manual_ack=True,
            )
        else:
            client = Client(
                CallbackAPIVersion.VERSION2,
                client_id=client_id,
                clean_session=False,
                protocol=MQTTProtocolVersion.MQTTv311,
                manual_ack=True,
            )
        if credentials:
            user, _, password = credentials.partition(":")
            client.username_pw_set(user, password)
        if self._broker.tls:
            client.tls_set()
        client.reconnect_delay_set(1, LONGEST_BACKOFF_S)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _subscribe_all(self) -> None:
        if self._filters:
            # QoS 1 at most: the key of a reading makes a second delivery harmless.
            self._client.subscribe([(topic_filter, 1) for topic_filter in self._filters])

    def _on_connect(
        self,
        _client: Client,
        _userdata: object,
        flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            log.error("broker_refused", reason=str(reason))
            return
        with self._acks:
            self._number += 1
        # Each time, not only where the broker forgot the session: its store may be older than
        # the subscription.
        self._subscribe_all()
        log.info("broker_connected", session_present=flags.session_present)

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: object,
        _mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            log.error("subscription_refused", reasons=refused)
        self.is_subscribed.set()

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        with self._acks:
            self._number += 1
        self.is_subscribed.clear()
        log.warning("broker_disconnected", reason=str(reason))
        if reason.value == TAKEN_OVER:
            self.was_taken_over.set()
            self._client.disconnect()  # Else both would throw each other out for ever.

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        try:
            topic = message.topic
        except (
            UnicodeDecodeError
        ):  # Forbidden by MQTT 5 section 1.5.4; kept and shown all the same.
            topic = "(topic is not UTF-8)"
        self._inbox.put(
            Arrival(
                Message(topic, bytes(message.payload), self._clock(), message.retain),
                message.mid,
                message.qos,
                self._number,
            )
        )
