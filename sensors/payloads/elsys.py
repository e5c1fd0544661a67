"""ELSYS ERS, ELT, EMS and their kin: TLV on port 5.

Layout: ELSYS "Sensor payload" document. A field is a type and a value of fixed length, big-endian.
The first external probe is channel "", the others are "2", "3", ... in the device's order; they
are DS18B20 chips. The sensor inside the case is their ambient temperature, and a channel of its
own, "internal", where there is no probe. The digital input is not read: what it means is set in
the device. A type above 0x3F carries a time offset, whose meaning we could not verify: refused.
"""

from collections.abc import Iterator

from sensors.domain.readings import Decoded, Fault
from sensors.payloads import parsing
from sensors.payloads.lorawan import Uplink
from sensors.payloads.parsing import UndecodablePayload

PORT = 5
INSIDE, HUMIDITY, FIRST_PROBE, NEXT_PROBE = 0x01, 0x02, 0x0C, 0x19

# Bytes of the value by type; the number of the type is its place here, counted from 1.
_OF_TYPES = (2, 1, 3, 2, 1, 2, 2, 2, 6, 2, 4, 2, 1, 2, 1, 4, 1, 1, 65, 4, 2, 2, 4, 2, 2, 1, 4, 2)
LENGTHS = {**dict(enumerate(_OF_TYPES, start=1)), 0x3D: 4}


def readings(uplink: Uplink) -> list[Decoded]:
    """Return the readings of the external probes, or else of the sensor inside."""
    if uplink.port != PORT:
        return []
    inside = humidity = None
    probes: list[tuple[str, bytes]] = []
    for kind, value in _fields(uplink.data):
        if kind == INSIDE:
            inside = value
        elif kind == HUMIDITY:
            humidity = value[0]
        elif kind == FIRST_PROBE:
            probes.append(("", value))
        elif kind == NEXT_PROBE:
            probes.append((str(2 + sum(channel != "" for channel, _ in probes)), value))
    ambient = None if inside is None else _centi(inside)[0]
    if probes:
        return [
            _decoded(uplink, channel, parsing.ds18b20(*_centi(value)), ambient, humidity)
            for channel, value in probes
        ]
    return [] if inside is None else [_decoded(uplink, "internal", _centi(inside), None, humidity)]


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(data):
        kind = data[place]
        length = LENGTHS.get(kind)
        if length is None:
            raise UndecodablePayload(f"byte {place}: no field that we know (0x{kind:02X})")
        value = data[place + 1 : place + 1 + length]
        if len(value) < length:
            raise UndecodablePayload(f"{len(data)} bytes end within a field")
        yield kind, value
        place += 1 + length


def _centi(two: bytes) -> tuple[int | None, Fault | None]:
    return parsing.centi_of(int.from_bytes(two, "big", signed=True) / 10, "the temperature")


def _decoded(
    uplink: Uplink,
    channel: str,
    value: tuple[int | None, Fault | None],
    ambient: int | None,
    humidity: int | None,
) -> Decoded:
    return Decoded(
        device=uplink.device,
        channel=channel,
        at=uplink.at,
        centi=value[0],
        fault=value[1],
        boot=uplink.boot,
        seq=uplink.seq,
        ambient_centi=ambient,
        humidity_pct=parsing.percent_or_none(humidity),
    )
