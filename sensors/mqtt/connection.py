"""The subscriber's connection to the broker: a session that outlives it, acks only on demand.

Everything that touches the client runs in one thread, here; the worker hands over what is to be
sent. An acknowledgement belongs to the connection that its message came on: after a reconnect the
broker delivers again whatever was not acknowledged, and may give an old number to a new message,
so acknowledgements of an earlier connection are dropped.
"""

import contextlib
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensors.mqtt.client import BufferedClient
from sensors.mqtt.inbox import Arrival, Inbox
from sensors.services.messages import Message
from sensors.settings import Broker

if TYPE_CHECKING:  # The name exists for type checkers only.
    from paho.mqtt.client import SocketLike

log = structlog.get_logger()

# The ping is sent by the thread that a full inbox blocks, so it must be generous.
KEEPALIVE_S = 120
RECEIVE_MAXIMUM = 1000
SESSION_S = 14 * 24 * 3600  # As persistent_client_expiration of the shipped broker configuration.
FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 30.0
LEAVE_WITHIN_S = 5.0
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
        self._filters: tuple[str, ...] = ()
        self._backoff_s = FIRST_BACKOFF_S
        self._tasks: deque[Callable[[], None]] = deque()
        self._wake_in, self._wake_out = socket.socketpair()
        self._wake_in.setblocking(False)
        self._wake_out.setblocking(False)
        self._leaving = threading.Event()
        self.is_subscribed = threading.Event()
        self.was_taken_over = threading.Event()
        self._client = self._make_client(client_id, credentials)
        self._thread: threading.Thread | None = None

    def start(self, filters: Iterable[str]) -> None:
        """Connect in the background, again and again with growing pauses, and subscribe."""
        self._filters = tuple(filters)
        self.was_taken_over.clear()
        self._leaving.clear()
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._thread.start()

    def subscribe(self, filters: Iterable[str]) -> None:
        """Listen to *filters* from now on, and after every reconnect."""
        wanted = tuple(filters)
        if wanted != self._filters:
            gone = sorted(set(self._filters) - set(wanted))
            self._filters = wanted
            self._hand_over(lambda: self._change_subscription(gone))

    def acknowledge(self, arrivals: Sequence[Arrival]) -> None:
        """Acknowledge what has been committed, as far as it came on the present connection."""
        self._hand_over(lambda: self._acknowledge(arrivals))

    def publish(self, topic: str, payload: bytes) -> None:
        """Send a reply that may get lost: the device asks again by sending again."""
        self._hand_over(lambda: self._publish(topic, payload))

    def stop(self) -> None:
        """Send what was handed over, acknowledgements included, and leave; the session stays."""
        self._leaving.set()
        self._hand_over(lambda: None)
        if self._thread is not None:
            self._thread.join(LEAVE_WITHIN_S * 2)
        self.is_subscribed.clear()

    def _hand_over(self, task: Callable[[], None]) -> None:
        self._tasks.append(task)
        with contextlib.suppress(BlockingIOError):  # Then it has been woken often enough.
            self._wake_out.send(b"x")

    # From here on everything runs in the connection's own thread.

    def _run(self) -> None:
        self._prepare()
        while not self._leaving.is_set():
            try:
                self._client.reconnect()
                self._serve()
            except OSError as err:
                log.warning("broker_not_reached", error=str(err), retry_s=self._backoff_s)
            if self._leaving.wait(self._backoff_s):
                break
            self._backoff_s = min(self._backoff_s * 2, LONGEST_BACKOFF_S)

    def _serve(self) -> None:
        """Read and write until the connection is lost, or left when it is time."""
        leave_at = None
        while (link := self._client.socket()) is not None:
            if self._leaving.is_set() and leave_at is None:
                leave_at = time.monotonic() + LEAVE_WITHIN_S
                self._do_tasks()
                self._client.disconnect()
            if leave_at is not None and time.monotonic() > leave_at:
                return
            self._serve_once(link)

    def _serve_once(self, link: "SocketLike") -> None:
        writing = [link] if self._client.want_write() else []
        has_more = getattr(link, "pending", None)  # TLS may hold bytes that select does not see.
        wait_s = 0.0 if has_more is not None and has_more() else 1.0
        readable, _, _ = select.select([link, self._wake_in], writing, [], wait_s)
        if self._wake_in in readable:
            self._wake_in.recv(4096)
        self._do_tasks()
        if link in readable or wait_s == 0.0:
            self._client.loop_read()
        if self._client.want_write():
            self._client.loop_write()
        self._client.loop_misc()

    def _do_tasks(self) -> None:
        while self._tasks:
            self._tasks.popleft()()

    def _acknowledge(self, arrivals: Sequence[Arrival]) -> None:
        mine = [arrival for arrival in arrivals if arrival.connection == self._number]
        self._client.ack_all(arrival.mid for arrival in mine if arrival.qos)
        if late := len(arrivals) - len(mine):
            log.info("acknowledgements_dropped", late=late)

    def _publish(self, topic: str, payload: bytes) -> None:
        if self._client.is_connected():
            self._client.publish(topic, payload, qos=0)

    def _change_subscription(self, gone: list[str]) -> None:
        if self._client.is_connected():
            if gone:
                self._client.unsubscribe(gone)
            self._subscribe_all()

    def _subscribe_all(self) -> None:
        if self._filters:
            # QoS 1 at most: the key of a reading makes a second delivery harmless.
            self._client.subscribe([(topic_filter, 1) for topic_filter in self._filters])

    def _make_client(self, client_id: str, credentials: str | None) -> BufferedClient:
        is_new = self._broker.version == 5
        client = BufferedClient(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=None if is_new else False,
            protocol=MQTTProtocolVersion.MQTTv5 if is_new else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        if credentials:
            user, _, password = credentials.partition(":")
            client.username_pw_set(user, password)
        if self._broker.tls:
            client.tls_set()
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_plain = self._arrive
        # Its presence makes paho queue what is to be sent, instead of writing packet by packet.
        client.on_socket_register_write = _queued
        return client

    def _prepare(self) -> None:
        """Say where to connect, and that the broker keeps our session while we are away."""
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
        self._number += 1
        self._backoff_s = FIRST_BACKOFF_S
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
        self._number += 1
        self.is_subscribed.clear()
        log.warning("broker_disconnected", reason=str(reason))
        if reason.value == TAKEN_OVER:
            self.was_taken_over.set()
            self._leaving.set()  # Else both would throw each other out for ever.

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        topic, payload = message._topic, bytes(message.payload)  # noqa: SLF001 - `topic` may raise
        self._arrive(topic, payload, message.mid, message.retain, message.qos)

    def _arrive(self, topic: bytes, payload: bytes, mid: int, retain: bool, qos: int = 1) -> None:
        try:
            name = topic.decode()
        except (
            UnicodeDecodeError
        ):  # Forbidden by MQTT 5 section 1.5.4; kept and shown all the same.
            name = "(topic is not UTF-8)"
        message = Message(name, payload, self._clock(), retain)
        self._inbox.put(Arrival(message, mid, qos, self._number))


def _queued(_client: Client, _userdata: object, _link: object) -> None:
    """Do nothing: the connection's thread asks whether something is to be written."""
