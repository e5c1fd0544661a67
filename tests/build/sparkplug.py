"""Messages of Sparkplug nodes, written as protocol buffers."""

import struct
from collections.abc import Sequence
from datetime import datetime

from sensors.services.messages import Message

FLOAT, BOOLEAN, INT64 = 9, 11, 4


def varint(number: int) -> bytes:
    """Return *number* as protocol buffers write it."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*written, number])


def part(number: int, content: bytes) -> bytes:
    """Return a field of bytes."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def whole(number: int, value: int) -> bytes:
    """Return a field of a whole number."""
    return varint(number << 3) + varint(value)


def unit(text: str) -> bytes:
    """Return the property that tells the unit of a metric."""
    value = whole(1, 12) + part(8, text.encode())
    return part(9, part(1, b"engUnit") + part(2, value))


def metric(
    celsius: float | None = None,
    *,
    name: str | None = None,
    alias: int | None = None,
    datatype: int | None = None,
    properties: bytes = b"",
) -> bytes:
    """Return a metric with a float, or with none where it is null."""
    written = part(1, name.encode()) if name is not None else b""
    written += whole(2, alias) if alias is not None else b""
    written += whole(4, datatype) if datatype is not None else b""
    written += properties
    if celsius is None:
        return written + whole(7, 1)
    return written + varint(12 << 3 | 5) + struct.pack("<f", celsius)


def of_session(number: int) -> bytes:
    """Return the metric that tells which session of a node it is."""
    return part(1, b"bdSeq") + whole(4, INT64) + whole(11, number)


def a_payload(metrics: Sequence[bytes], at: datetime) -> bytes:
    """Return a payload sent at *at*."""
    sent = whole(1, int(at.timestamp() * 1000))
    return sent + b"".join(part(2, one) for one in metrics)


def a_message(
    kind: str, metrics: Sequence[bytes], at: datetime, *, name: str = "clinic/node-1"
) -> Message:
    """Return a message of a node, or of a device behind it, received when it was sent."""
    group, node, *device = name.split("/")
    return Message("/".join(["spBv1.0", group, kind, node, *device]), a_payload(metrics, at), at)
