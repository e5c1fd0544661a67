"""paho's client, taking what the network has in one go.

As shipped it asks the system three times for each message, waits in `select` before each one,
makes several objects of it, and sends each acknowledgement by itself: more work than everything
that the ingest does with a reading. Here plain messages of QoS 1 are cut out of what was read in
one go, and acknowledged in one go; everything else on the connection is left to paho. The private
names used here only save time: where paho does not call them, messages come as shipped.
"""

import select
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode, MQTTProtocolVersion

_READ_AT_ONCE = 65_536
_SEND_WITHIN_S = 5.0
# MQTT 5, section 3.3.1: a PUBLISH of QoS 1, with or without the bits of retain and of a repetition.
_PUBLISH_QOS_1 = frozenset({0x32, 0x33, 0x3A, 0x3B})
_RETAIN = 0x01
_PUBACK = b"\x40\x02"  # Section 3.4: two bytes follow, the message's number; no reason is success.

OnPlain = Callable[[bytes, bytes, int, bool], None]


class BufferedClient(Client):
    """A client with manual acknowledgement that takes whole stretches of packets at once.

    `on_plain` is called with topic, payload, number and retain of each plain message of QoS 1;
    messages of every other kind come by `on_message`.
    """

    on_plain: OnPlain | None = None
    _ahead = b""
    _place = 0
    _corked: bytearray | None = None

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Handle every packet that has been read, not only the first."""
        result = super().loop_read(max_packets)
        while result == MQTTErrorCode.MQTT_ERR_SUCCESS and self._place < len(self._ahead):
            if not self._take_plain():
                result = super().loop_read(max_packets)
        return result

    def reconnect(self) -> MQTTErrorCode:
        """Begin a new connection, which owes nothing to what the old one had sent."""
        self._ahead, self._place = b"", 0
        return super().reconnect()

    def ack_all(self, mids: Iterable[int]) -> None:
        """Acknowledge messages of QoS 1, behind whatever else waits to be sent.

        A connection that is lost meanwhile loses acknowledgements only: those messages come again.
        """
        with self._corking() as corked:
            self.loop_write()
            corked.extend(b"".join([_PUBACK + mid.to_bytes(2) for mid in mids]))

    def _take_plain(self) -> bool:
        """Hand over the plain messages that come next; tell whether there was one.

        Stops before whatever is none of them, or has not come whole: that is for paho.
        """
        between_packets = self._in_packet["command"] == 0
        if (
            self.on_plain is None
            or not between_packets
            or self._protocol != MQTTProtocolVersion.MQTTv5
        ):
            return False
        ahead, begin = self._ahead, self._place
        while (message := _plain_at(ahead, self._place)) is not None:
            topic, payload, mid, end = message
            retain = bool(ahead[self._place] & _RETAIN)
            self._place = end  # First: the call below may wait for room.
            self.on_plain(topic, payload, mid, retain)
        return self._place > begin

    @contextmanager
    def _corking(self) -> Iterator[bytearray]:
        """Collect what is sent meanwhile and send it in one go."""
        self._corked = bytearray()
        try:
            yield self._corked
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


def _plain_at(ahead: bytes, place: int) -> tuple[bytes, bytes, int, int] | None:
    """Cut the plain message that begins at *place*: topic, payload, number, and where it ends.

    None where another packet begins there, one with properties, or one that is not all there.
    """
    if len(ahead) < place + 2 or ahead[place] not in _PUBLISH_QOS_1:
        return None
    length, body, shift = 0, place + 1, 0  # MQTT 5, section 1.5.5: seven bits a byte.
    while True:
        if body >= len(ahead) or shift > 21:
            return None
        digit = ahead[body]
        length |= (digit & 0x7F) << shift
        body, shift = body + 1, shift + 7
        if digit < 0x80:
            break
    end = body + length
    if end > len(ahead) or length < 5:
        return None
    mid_at = body + 2 + (ahead[body] << 8 | ahead[body + 1])
    if mid_at + 3 > end or ahead[mid_at + 2] != 0:  # The length of the properties.
        return None
    mid = ahead[mid_at] << 8 | ahead[mid_at + 1]
    return ahead[body + 2 : mid_at], ahead[mid_at + 3 : end], mid, end
