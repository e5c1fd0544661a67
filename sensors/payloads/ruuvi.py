"""Ruuvi gateway: `<prefix>/<gateway>/<tag>`, one Bluetooth advertisement as hexadecimal text.

Data format 5 (RAWv2) only. Layout: Ruuvi "Data format 5 (RAWv2)". A device is the tag's address as
in the topic, whichever gateway heard it. The measurement sequence is 16 bits wide and wraps within
days, so it cannot tell a repeated reading from a new one and is not used.
"""

from collections.abc import Iterator
from datetime import datetime

from sensors.domain.readings import UNREADABLE_TIME, Decoded, Fault
from sensors.payloads import parsing
from sensors.payloads.parsing import UndecodablePayload

MAX_BYTES = 16_384
MAKER_DATA = 0xFF  # Bluetooth assigned numbers: manufacturer specific data.
RUUVI = b"\x99\x04"
FORMAT_5, LENGTH_5 = 5, 24
INVALID_TEMPERATURE, NO_ADDRESS = b"\x80\x00", b"\xff" * 6


def decode(topic: str, payload: bytes) -> list[Decoded]:
    """Return the reading of one advertisement; one of another maker holds none."""
    parts = topic.split("/")
    if parts[-1] == "gw_status" or len(parts) < 3:
        return []
    message = parsing.object_of(parsing.json_of(payload, MAX_BYTES), "the message")
    if "data" not in message:
        return []
    data = _ruuvi_data(_hex(message["data"]))
    if data is None:
        return []
    if data[:1] != bytes([FORMAT_5]) or len(data) < LENGTH_5:
        raise UndecodablePayload("the tag's data is not format 5 (RAWv2) of 24 bytes")
    device = parsing.name_of(parts[-1], "the tag in the topic")
    address = data[18:24]
    if address not in {NO_ADDRESS, _address(device)}:
        raise UndecodablePayload("the payload names another tag than its topic")
    return [_reading(device, data, _time(message.get("ts")))]


def _reading(device: str, data: bytes, at: datetime | None) -> Decoded:
    centi, fault = _centi(data[1:3])
    humidity = int.from_bytes(data[3:5], "big") * 0.0025  # The invalid 0xFFFF is 164 per cent.
    return Decoded(
        device=device,
        channel="",
        at=at,
        centi=centi,
        fault=fault,
        humidity_pct=parsing.percent_or_none(humidity),
    )


def _centi(two: bytes) -> tuple[int | None, Fault | None]:
    if two == INVALID_TEMPERATURE:
        return None, Fault.REPORTED
    return parsing.centi_of(int.from_bytes(two, "big", signed=True) * 5 / 1000, "temperature")


def _hex(value: object) -> bytes:
    try:
        return bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError as err:
        raise UndecodablePayload("data is not hexadecimal text") from err


def _ruuvi_data(advertisement: bytes) -> bytes | None:
    """Return what follows Ruuvi's number in *advertisement*, None where it is not there."""
    for kind, value in _structures(advertisement):
        if kind == MAKER_DATA and value[:2] == RUUVI:
            return value[2:]
    return None


def _structures(advertisement: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the parts of an advertisement: length, kind, value (Bluetooth Core, part C, 11)."""
    place = 0
    while place < len(advertisement) and advertisement[place]:
        length = advertisement[place]
        part = advertisement[place + 1 : place + 1 + length]
        if len(part) < length:
            raise UndecodablePayload("data ends within a part of the advertisement")
        yield part[0], part[1:]
        place += 1 + length


def _address(device: str) -> bytes:
    try:
        return bytes.fromhex(device.replace(":", ""))
    except ValueError:
        return b""


def _time(value: object) -> datetime | None:
    """Read seconds since 1970, which the gateway gives as text."""
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return parsing.epoch_instant(int(value))
    return parsing.epoch_instant(value) if type(value) is int else UNREADABLE_TIME
