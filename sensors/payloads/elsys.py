"""ELSYS ERS, ELT, EMS and their kin: TLV on port 5.

Layout: ELSYS "Sensor payload" document. A field is a type and a value of fixed length, big-endian.
The first external probe is channel "", the others are "2", "3", ... in the device's order; they
are DS18B20 chips. The sensor inside the case is their ambient temperature, and a channel of its
own, "internal", where there is no probe.

What the first digital input means is set in the device, so it is read only where somebody says, by
binding a topic to a kind of its own, that a door contact hangs on it, and which level is open.

The two highest bits of a type tell of a time offset of one or two bytes before the value. From
when it counts, and in which unit, no public document or codec tells: such a field is stepped over,
but an old temperature is refused, so that the message is kept as it came and gets no guessed time.
"""

from collections.abc import Iterator
from functools import partial

from sensors.domain.readings import Decoded, Fault
from sensors.payloads import parsing
from sensors.payloads.lorawan import Uplink
from sensors.payloads.parsing import UndecodablePayload

PORT = 5
INSIDE, HUMIDITY, FIRST_PROBE, NEXT_PROBE = 0x01, 0x02, 0x0C, 0x19
INPUT = 0x0D
TEMPERATURES = {INSIDE, FIRST_PROBE, NEXT_PROBE}
TYPE_BITS, OFFSET_SHIFT, LONGEST_OFFSET = 0x3F, 6, 2

# Bytes of the value by type; the number of the type is its place here, counted from 1.
_OF_TYPES = (2, 1, 3, 2, 1, 2, 2, 2, 6, 2, 4, 2, 1, 2, 1, 4, 1, 1, 65, 4, 2, 2, 4, 2, 2, 1, 4, 2)
LENGTHS = {**dict(enumerate(_OF_TYPES, start=1)), 0x3D: 4}


def readings(uplink: Uplink, open_level: int | None = None) -> list[Decoded]:
    """Return the readings of the external probes, or else of the sensor inside.

    *open_level* is the first digital input of an open door, where a door contact hangs on it.
    """
    if uplink.port != PORT:
        return []
    others: dict[int, bytes] = {}
    probes: list[tuple[str, bytes]] = []
    for kind, value in _fields(uplink.data):
        if kind == FIRST_PROBE:
            probes.append(("", value))
        elif kind == NEXT_PROBE:
            probes.append((str(2 + sum(channel != "" for channel, _ in probes)), value))
        else:
            others[kind] = value
    live = partial(
        _decoded,
        uplink,
        humidity=others[HUMIDITY][0] if HUMIDITY in others else None,
        door_open=_door(others.get(INPUT), open_level),
    )
    inside = _centi(others[INSIDE]) if INSIDE in others else None
    if probes:
        ambient = None if inside is None else inside[0]
        return [
            live(channel, parsing.ds18b20(*_centi(value)), ambient) for channel, value in probes
        ]
    return [] if inside is None else [live("internal", inside, None)]


# A level of the digital input means what is wired to it: which one is open, a person says.
door_readings = partial(readings, open_level=1)
door_low_readings = partial(readings, open_level=0)


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give type and value of each field without a time offset; refuse what has no known length."""
    place = 0
    while place < len(data):
        kind, offset_bytes = data[place] & TYPE_BITS, data[place] >> OFFSET_SHIFT
        length = LENGTHS.get(kind)
        if length is None or offset_bytes > LONGEST_OFFSET:
            raise UndecodablePayload(f"byte {place}: no field that we know (0x{data[place]:02X})")
        if offset_bytes and kind in TEMPERATURES:
            raise UndecodablePayload(f"byte {place}: a temperature with a time offset")
        start = place + 1 + offset_bytes
        value = data[start : start + length]
        if len(value) < length:
            raise UndecodablePayload(f"{len(data)} bytes end within a field")
        if not offset_bytes:
            yield kind, value
        place = start + length


def _door(value: bytes | None, open_level: int | None) -> bool | None:
    """Tell whether the door is open; another value than 0 and 1 says nothing."""
    if value is None or open_level is None or value[0] > 1:
        return None
    return value[0] == open_level


def _centi(two: bytes) -> tuple[int | None, Fault | None]:
    return parsing.centi_of(int.from_bytes(two, "big", signed=True) / 10, "the temperature")


def _decoded(
    uplink: Uplink,
    channel: str,
    value: tuple[int | None, Fault | None],
    ambient: int | None,
    *,
    humidity: int | None,
    door_open: bool | None,
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
        door_open=door_open,
    )
