"""paho's client, reading what the network has in one go.

As shipped it asks the system three times for each message, waits in `select` before each one,
sends each acknowledgement by itself, and makes a table of properties that no sensor sends: more
work than everything that the ingest does with a reading. The private names used here only save
time. A paho that does not call them works as before, and whatever is not a plain message of QoS 1
is left to paho.
"""

import select
from collections.abc import Iterator
from contextlib import contextmanager

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion

_READ_AT_ONCE = 65_536
_SEND_WITHIN_S = 5.0
_QOS_BITS, _QOS_1, _RETAIN, _DUP = 0x06, 0x02, 0x01, 0x08  # MQTT 5, section 3.3.1.


class BufferedClient(Client):
    """A client with manual acknowledgement that takes whole stretches of packets at once."""

    _ahead = b""
    _place = 0
    _corked: bytearray | None = None

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Handle every packet that has been read, not only the first."""
        result = super().loop_read(max_packets)
        while result == MQTTErrorCode.MQTT_ERR_SUCCESS and self._place < len(self._ahead):
            result = super().loop_read(max_packets)
        return result

    def reconnect(self) -> MQTTErrorCode:
        """Begin a new connection, which owes nothing to what the old one had sent."""
        self._ahead, self._place = b"", 0
        return super().reconnect()

    @contextmanager
    def corked(self) -> Iterator[None]:
        """Collect what is sent meanwhile and send it in one go.

        A connection that is lost with it loses acknowledgements only: those messages come again.
        """
        self._corked = bytearray()
        try:
            yield
        finally:
            rest, self._corked = bytes(self._corked), None
            self._send_all(rest)

    def _send_all(self, rest: bytes) -> None:
        while rest and (link := self.socket()) is not None:
            try:
                rest = rest[super()._sock_send(rest) :]
            except BlockingIOError:
                select.select([], [link], [], _SEND_WITHIN_S)
            except OSError:  # The next read finds out and reconnects.
                return

    def _sock_send(self, buf: bytes | bytearray) -> int:
        """Send *buf*, or collect it while corked."""
        if self._corked is None:
            return super()._sock_send(buf)
        self._corked += buf
        return len(buf)

    def _sock_recv(self, bufsize: int) -> bytes:
        """Give up to *bufsize* bytes; ask the system only when nothing is left."""
        if self._place >= len(self._ahead):
            self._ahead, self._place = super()._sock_recv(max(bufsize, _READ_AT_ONCE)), 0
        begin, self._place = self._place, min(self._place + bufsize, len(self._ahead))
        return self._ahead[begin : self._place]

    def _handle_publish(self) -> MQTTErrorCode:
        """Hand over a message of QoS 1 without properties; it is acknowledged by `ack`."""
        command, packet = self._in_packet["command"], self._in_packet["packet"]
        mid_at = 2 + int.from_bytes(packet[:2])
        if (
            self._protocol != MQTTProtocolVersion.MQTTv5
            or command & _QOS_BITS != _QOS_1
            or len(packet) < mid_at + 3
            or packet[mid_at + 2] != 0  # The length of the properties.
        ):
            return super()._handle_publish()
        message = MQTTMessage(int.from_bytes(packet[mid_at : mid_at + 2]), bytes(packet[2:mid_at]))
        message.payload = bytes(packet[mid_at + 3 :])
        message.qos, message.retain = 1, bool(command & _RETAIN)
        message.dup = bool(command & _DUP)
        self._handle_on_message(message)
        return MQTTErrorCode.MQTT_ERR_SUCCESS
