"""The wire format of protocol buffers, read only: as much as Sparkplug B needs.

Source: Protocol Buffers documentation, "Encoding". Nothing here knows what a field means.
"""

from collections.abc import Iterator

from sensors.payloads.parsing import UndecodablePayload

Value = int | bytes

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_LENGTHS = {FIXED64: 8, FIXED32: 4}
_LONGEST_VARINT = 10


def fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """Give number and value of each field in turn: a varint as int, all else as its bytes."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, place = _varint(message, place)
            yield number, value
            continue
        if wire == BYTES:
            length, place = _varint(message, place)
        elif wire in _LENGTHS:
            length = _LENGTHS[wire]
        else:
            raise UndecodablePayload(f"no protobuf: wire type {wire}")
        part = message[place : place + length]
        if len(part) < length:
            raise UndecodablePayload("no protobuf: it ends within a field")
        yield number, part
        place += length


def _varint(message: bytes, place: int) -> tuple[int, int]:
    value = 0
    for index in range(_LONGEST_VARINT):
        if place + index >= len(message):
            raise UndecodablePayload("no protobuf: it ends within a number")
        byte = message[place + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, place + index + 1
    raise UndecodablePayload("no protobuf: a number of more than 64 bits")
