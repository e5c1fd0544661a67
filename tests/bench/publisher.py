"""A publisher that is never the bottleneck: MQTT 3.1.1 by hand, many packets in one write.

It counts what the broker acknowledged, so that a test knows what may not be lost.
"""

import socket
import struct
from collections.abc import Iterable, Iterator
from itertools import islice

CONNACK, PUBACK = 0x20, 0x40
WINDOW = 500  # Messages in flight: below the broker's own limit.


def text(value: str) -> bytes:
    """Return *value* as MQTT writes text (section 1.5.4)."""
    raw = value.encode()
    return struct.pack(">H", len(raw)) + raw


def packet(kind: int, body: bytes) -> bytes:
    """Return a packet of the first byte *kind* around *body*."""
    length, head = len(body), bytearray([kind])
    while True:
        length, digit = length >> 7, length & 0x7F
        head.append(digit | (0x80 if length else 0))
        if not length:
            return bytes(head) + body


class Publisher:
    """One connection that publishes at QoS 1."""

    def __init__(self, port: int, client_id: str = "bench-publisher") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._read = b""
        connect = text("MQTT") + bytes([4, 0x02]) + struct.pack(">H", 600) + text(client_id)
        self._socket.sendall(packet(0x10, connect))
        assert next(self._packets())[0] == CONNACK

    def publish_all(self, messages: Iterable[tuple[str, bytes]]) -> int:
        """Publish *messages*, a window at a time; return how many the broker acknowledged."""
        acknowledged = 0
        source = iter(messages)
        while window := list(islice(source, WINDOW)):
            packets = [
                packet(0x32, text(topic) + struct.pack(">H", number) + payload)
                for number, (topic, payload) in enumerate(window, start=1)
            ]
            self._socket.sendall(b"".join(packets))
            acks = (kind for kind, _ in self._packets() if kind == PUBACK)
            acknowledged += sum(1 for _ in islice(acks, len(window)))
        return acknowledged

    def close(self) -> None:
        """Leave in an orderly way."""
        self._socket.sendall(bytes([0xE0, 0]))
        self._socket.close()

    def _packets(self) -> Iterator[tuple[int, bytes]]:
        """Read the broker's short packets: none that it sends here has over 127 bytes."""
        while True:
            while len(self._read) < 2 or len(self._read) < 2 + self._read[1]:
                chunk = self._socket.recv(65536)
                if not chunk:
                    raise ConnectionError("the broker closed the connection")
                self._read += chunk
            end = 2 + self._read[1]
            packet, self._read = self._read[:end], self._read[end:]
            yield packet[0] & 0xF0, packet[2:]
