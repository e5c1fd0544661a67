"""LoRaWAN in two halves: a network server's envelope and a device's bytes, so that any pair works.

A server's module turns a message into an `Uplink`, or None where the message is none; a device's
module, the codec, turns the bytes of an uplink into readings. The bytes are decoded here, never
taken from what the server decoded: a codec there can be changed by anybody.

An uplink is recognised by its session (new at each join) and its frame counter, which the server
has widened to 32 bits: the same uplink heard by two gateways or sent again is one reading.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sensors.domain.readings import Decoded
from sensors.payloads.parsing import UndecodablePayload

# A data frame carries at most 242 bytes (LoRaWAN regional parameters); the rest is the server's.
MAX_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Uplink:
    """What one device sent once; `at` is when a gateway heard it, in UTC."""

    device: str
    at: datetime | None
    boot: str | None
    seq: int | None
    port: int
    data: bytes


Server = Callable[[str, bytes], Uplink | None]
Codec = Callable[[Uplink], list[Decoded]]


def through(server: Server, codec: Codec) -> Callable[[str, bytes], list[Decoded]]:
    """Return the decoder of the device of *codec* behind *server*."""

    def decode(topic: str, payload: bytes) -> list[Decoded]:
        uplink = server(topic, payload)
        return codec(uplink) if uplink is not None and uplink.data else []

    return decode


def port_of(value: object) -> int:
    """Return the port of an uplink; -1 where it has none, which no codec reads."""
    return value if type(value) is int and 0 <= value <= 255 else -1


def data_of(value: object, what: str) -> bytes:
    """Return the bytes of an uplink from their base64; null is no bytes."""
    if value is None:
        return b""
    if not isinstance(value, str):
        raise UndecodablePayload(f"{what} is not base64 text")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as err:
        raise UndecodablePayload(f"{what} is not base64 text") from err
