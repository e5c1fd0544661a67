"""Measures whether the running broker keeps what comes for a subscriber that is away.

A client of its own subscribes, leaves, lets messages be published, and comes back for them. What a
broker's configuration says is not asked: what it does is counted.
"""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensors.settings import Broker

# mosquitto keeps 1,000 messages for a client that is away, unless told otherwise, and drops the
# rest without a word; three times as many show it.
MESSAGES = 3_000
SESSION_S = 600
ANSWER_WITHIN_S = 10.0
DRAIN_WITHIN_S = 60.0


class BrokerFault(Exception):
    """The broker does not do what a subscriber needs at all; `reason` says what."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class QueueCheck:
    """What became of the messages for a client that was away.

    `restarted` tells whether the broker was started again in between.
    """

    acknowledged: int
    kept: int
    in_order: bool
    session_kept: bool
    restarted: bool

    @property
    def is_safe(self) -> bool:
        """Tell whether nothing that was acknowledged was lost."""
        return self.session_kept and self.in_order and self.kept == self.acknowledged > 0


def measure(
    broker: Broker,
    *,
    credentials: str | None,
    messages: int = MESSAGES,
    restart: Callable[[], None] | None = None,
) -> QueueCheck:
    """Publish *messages* while a persistent client is away, and count what it finds afterwards.

    *restart* is called in between, where given. Raises `BrokerFault`, and `OSError` where nobody
    answers. Leaves no session and no message behind.
    """
    name = f"vaxsite-doctor-{secrets.token_hex(6)}"
    topic = f"vaxsite/doctor/{name}"
    reader = _Visitor(broker, name, credentials)
    try:
        if reader.connect():
            raise BrokerFault("the broker gives this account another client id, and its session")
        reader.subscribe(topic)
        reader.leave()
        acknowledged = _publish(broker, f"{name}-p", credentials, topic, messages)
        if restart is not None:
            restart()
        session_kept = reader.connect()
        if session_kept:
            reader.wait_for(acknowledged)
        found = [int(payload) for payload in reader.payloads]
    finally:
        reader.leave()
        reader.forget()
    kept = sorted(set(found))
    return QueueCheck(acknowledged, len(kept), found == kept, session_kept, restart is not None)


def _publish(broker: Broker, name: str, credentials: str | None, topic: str, messages: int) -> int:
    """Publish with QoS 1; return how many the broker acknowledged."""
    sender = _Visitor(broker, name, credentials)
    try:
        sender.connect()
        if acknowledged := sender.publish(topic, messages):
            return acknowledged
        raise BrokerFault(f"the account may not publish to {topic}")
    finally:
        sender.leave()
        sender.forget()


class _Visitor:
    """One client that connects, waits for answers and leaves; its session stays until `forget`."""

    def __init__(self, broker: Broker, name: str, credentials: str | None) -> None:
        self.payloads: list[bytes] = []
        self._broker, self._name, self._credentials = broker, name, credentials
        self._wanted = 0
        self._all_came = threading.Event()
        self._client: Client | None = None

    def connect(self, *, clean: bool = False) -> bool:
        """Connect; return whether the broker still had a session of this name."""
        is_new = self._broker.version == 5
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._name,
            clean_session=None if is_new else clean,
            protocol=MQTTProtocolVersion.MQTTv5 if is_new else MQTTProtocolVersion.MQTTv311,
        )
        if self._credentials:
            user, _, password = self._credentials.partition(":")
            client.username_pw_set(user, password)
        if self._broker.tls:
            client.tls_set()
        client.on_message = self._take
        answer = self._expect(client)
        session: dict[str, object] = {}
        if is_new:
            expiry = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho's
            expiry.SessionExpiryInterval = 0 if clean else SESSION_S
            session = {"clean_start": clean, "properties": expiry}
        client.connect(self._broker.host, self._broker.port, 60, **session)  # type: ignore[arg-type]  # two named arguments
        client.loop_start()
        self._client = client
        return answer()

    def subscribe(self, topic: str) -> None:
        """Subscribe with QoS 1; raise `BrokerFault` where the broker refuses or grants less."""
        client = self._connected()
        done = threading.Event()
        granted: list[ReasonCode] = []

        def on_subscribe(
            _c: Client, _u: object, _mid: int, codes: list[ReasonCode], _p: object
        ) -> None:
            granted.extend(codes)
            done.set()

        client.on_subscribe = on_subscribe
        client.subscribe(topic, 1)
        if not done.wait(ANSWER_WITHIN_S) or granted[0].value != 1:
            raise BrokerFault(f"the account may not subscribe to {topic} with QoS 1")

    def publish(self, topic: str, messages: int) -> int:
        """Publish the numbers up to *messages*; return how many were acknowledged as received."""
        client = self._connected()
        refused: list[ReasonCode] = []

        def on_publish(_c: Client, _u: object, _mid: int, code: ReasonCode, _p: object) -> None:
            if code.is_failure:
                refused.append(code)

        client.on_publish = on_publish
        told = [client.publish(topic, str(number).encode(), 1) for number in range(messages)]
        sent = [each for each in told if each.rc == MQTTErrorCode.MQTT_ERR_SUCCESS]
        for each in sent:
            each.wait_for_publish(DRAIN_WITHIN_S)
        return sum(each.is_published() for each in sent) - len(refused)

    def wait_for(self, messages: int) -> None:
        """Wait until *messages* have come, or until it is clear that they do not."""
        self._wanted = messages
        if len(self.payloads) >= messages:
            return
        came = -1
        while not self._all_came.wait(2.0) and came != len(self.payloads):
            came = len(self.payloads)

    def leave(self) -> None:
        """Disconnect; the session stays."""
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client = None

    def forget(self) -> None:
        """Let the broker drop the session and what it holds."""
        try:
            self.connect(clean=True)
        except (OSError, BrokerFault):  # It expires by itself.
            return
        finally:
            self.leave()

    def _connected(self) -> Client:
        assert self._client is not None, "connect first"
        return self._client

    def _take(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        self.payloads.append(bytes(message.payload))
        if self._wanted and len(self.payloads) >= self._wanted:
            self._all_came.set()

    def _expect(self, client: Client) -> Callable[[], bool]:
        """Return what waits for the broker's answer to the CONNECT of *client*."""
        answered = threading.Event()
        said: list[tuple[ReasonCode, bool]] = []

        def on_connect(
            _c: Client, _u: object, flags: ConnectFlags, reason: ReasonCode, _p: Properties | None
        ) -> None:
            said.append((reason, bool(flags.session_present)))
            answered.set()

        client.on_connect = on_connect

        def answer() -> bool:
            if not answered.wait(ANSWER_WITHIN_S):
                raise BrokerFault("the broker does not answer a connection")
            reason, session_present = said[0]
            if reason.is_failure:
                raise BrokerFault(f"the broker refuses the connection: {reason}")
            return session_present

        return answer
