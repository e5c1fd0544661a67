"""Milesight EM300-TH and EM320-TH, and EM300-MCS with its door contact: TLV on port 85 (or 1).

Layout: Milesight user guides, "Device payload". A field is channel, type and a value of fixed
length, little-endian. Readings of the device's memory (channel 0x20, type 0xCE) carry their own
time and come with live ones in one uplink; with the door contact they are a byte longer, which is
why that model has a kind of its own.
"""

from collections.abc import Iterator

from sensors.domain.readings import Decoded, Source
from sensors.payloads import parsing
from sensors.payloads.lorawan import Uplink
from sensors.payloads.parsing import UndecodablePayload

PORTS = {85, 1}
BATTERY, HUMIDITY, DOOR, MEMORY = (0x01, 0x75), (0x04, 0x68), (0x06, 0x00), (0x20, 0xCE)
TEMPERATURE, TEMPERATURE_ALARM = (0x03, 0x67), (0x83, 0x67)

# Bytes of the value by channel and type.
LENGTHS = {
    BATTERY: 1,
    TEMPERATURE: 2,
    TEMPERATURE_ALARM: 3,  # The temperature and the number of the alarm.
    HUMIDITY: 1,
    DOOR: 1,
    (0x05, 0x00): 1,  # Water.
    (0x05, 0x9C): 1,  # How full the memory is.
    # About the device: protocol, power on, hardware, firmware, class, serial, reset, model.
    **{(0xFF, kind): 1 for kind in (0x01, 0x0B, 0x0F, 0xFE)},
    **{(0xFF, kind): 2 for kind in (0x09, 0x0A, 0xFF)},
    (0xFF, 0x16): 8,
}
# Answers to a command, of no length that could be told; they end what can be read.
ANSWERS = {0xF8, 0xF9, 0xFE, 0xFF}


def readings(uplink: Uplink) -> list[Decoded]:
    """Return the live reading, if there is one, and those of the memory; of EM300-TH, EM320-TH."""
    return _readings(uplink, 7)


def door_readings(uplink: Uplink) -> list[Decoded]:
    """Return the readings of EM300-MCS, whose memory also holds the door."""
    return _readings(uplink, 8)


def _readings(uplink: Uplink, memory_bytes: int) -> list[Decoded]:
    if uplink.port not in PORTS:
        return []
    live: dict[tuple[int, int], bytes] = {}
    stored: list[Decoded] = []
    for field, value in _fields(uplink.data, memory_bytes):
        if field == MEMORY:
            stored.append(_stored(uplink.device, value))
        else:
            live[TEMPERATURE if field == TEMPERATURE_ALARM else field] = value
    return [*_live(uplink, live), *stored]


def _fields(data: bytes, memory_bytes: int) -> Iterator[tuple[tuple[int, int], bytes]]:
    place = 0
    while place < len(data):
        field = (data[place], data[place + 1] if place + 1 < len(data) else -1)
        length = memory_bytes if field == MEMORY else LENGTHS.get(field)
        if length is None:
            if field[0] in ANSWERS:
                return
            raise UndecodablePayload(f"byte {place}: no field that we know")
        place += 2
        value = data[place : place + length]
        if len(value) < length:
            raise UndecodablePayload(f"{len(data)} bytes end within a field")
        yield field, value
        place += length


def _live(uplink: Uplink, fields: dict[tuple[int, int], bytes]) -> list[Decoded]:
    if TEMPERATURE not in fields:
        return []
    centi, fault = parsing.centi_of(_tenths(fields[TEMPERATURE][:2]), "the temperature")
    humidity, battery, door = (fields.get(field) for field in (HUMIDITY, BATTERY, DOOR))
    return [
        Decoded(
            device=uplink.device,
            channel="",
            at=uplink.at,
            centi=centi,
            fault=fault,
            boot=uplink.boot,
            seq=uplink.seq,
            humidity_pct=None if humidity is None else parsing.percent_or_none(humidity[0] / 2),
            battery_pct=None if battery is None else parsing.percent_or_none(battery[0]),
            door_open=None if door is None else _door(door[0]),
        )
    ]


def _stored(device: str, value: bytes) -> Decoded:
    centi, fault = parsing.centi_of(_tenths(value[4:6]), "the temperature")
    return Decoded(
        device=device,
        channel="",
        at=parsing.epoch_instant(int.from_bytes(value[0:4], "little")),
        centi=centi,
        fault=fault,
        humidity_pct=parsing.percent_or_none(value[6] / 2),
        door_open=_door(value[7]) if len(value) > 7 else None,
        source=Source.STORED,
    )


def _tenths(two: bytes) -> float:
    return int.from_bytes(two, "little", signed=True) / 10


def _door(value: int) -> bool | None:
    return {0: False, 1: True}.get(value)
