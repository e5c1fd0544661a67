"""Dragino LHT65 and LHT65N behind ChirpStack v4: `application/<id>/device/<devEui>/event/up`.

The bytes are decoded here, never taken from the server's `object`: a codec there can be changed
by anybody. Layout: Dragino LHT65N user manual, sections 2.4 (uplink) and 2.6 (stored data).

The probe outside the case hangs in the unit and is channel ""; the sensor inside the case is its
ambient temperature. Without a probe the sensor inside is a channel of its own, "internal".

An uplink is recognised by the address that the device got when it joined (`devAddr`, new at each
join) and its frame counter; stored readings carry the device's own time instead.
"""

import base64
import binascii
from datetime import datetime
from typing import Any

from sensors.domain.readings import Decoded, Fault, Source
from sensors.payloads import parsing
from sensors.payloads.parsing import UndecodablePayload

MAX_BYTES = 65_536
RECORD = 11  # Bytes of one reading.
CASE_ONLY = 7  # Bytes of an uplink without a probe.
UPLINK_PORT = 2

# Low four bits of byte 6.
NO_PROBE, PROBE, PROBE_WITH_TIME, PROBE_ID = 0, 1, 9, 15
# High bits of byte 6. The first means "not acknowledged" in a stored record and in a record with
# a time, where an unplugged probe shows as 327.67 only.
NOT_CONNECTED, STORED = 0x80, 0x40
UNPLUGGED = b"\x7f\xff"


def decode(topic: str, payload: bytes) -> list[Decoded]:
    """Return the readings of one uplink; events that are no uplink hold none."""
    parts = topic.split("/")
    if len(parts) < 4 or parts[-2] != "event" or parts[-4] != "device":
        raise UndecodablePayload("the topic is not .../device/<devEui>/event/<event>")
    if parts[-1] != "up":
        return []
    event = parsing.object_of(parsing.json_of(payload, MAX_BYTES), "the event")
    device = _device(event, parts[-3])
    data = _data(event.get("data"))
    if not data or event.get("fPort") != UPLINK_PORT:
        return []
    return _readings(device, event, data)


def _device(event: dict[str, Any], in_topic: str) -> str:  # Any: JSON as it came.
    info = parsing.object_of(event.get("deviceInfo"), "deviceInfo")
    device = parsing.name_of(info.get("devEui"), "devEui")
    if device.lower() != in_topic.lower():
        raise UndecodablePayload("the payload names another device than its topic")
    return device.lower()


def _data(value: object) -> bytes:
    if value is None:
        return b""
    if not isinstance(value, str):
        raise UndecodablePayload("data is not base64 text")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as err:
        raise UndecodablePayload("data is not base64 text") from err


def _readings(device: str, event: dict[str, Any], data: bytes) -> list[Decoded]:  # Any: JSON.
    if len(data) >= CASE_ONLY and data[6] & STORED:
        if len(data) % RECORD:
            raise UndecodablePayload(f"{len(data)} bytes are no whole stored records")
        records = (data[start : start + RECORD] for start in range(0, len(data), RECORD))
        return [_stored(device, record) for record in records if any(record)]
    if len(data) != RECORD and not (len(data) >= CASE_ONLY and data[6] & 0x0F == NO_PROBE):
        raise UndecodablePayload(f"{len(data)} bytes are no reading of {RECORD}")
    # "No data in the polled time" is eleven zero bytes, which would read as 0.00 degrees.
    return _live(device, event, data) if any(data) else []


def _stored(device: str, record: bytes) -> Decoded:
    has_probe = record[6] & 0x0F in {PROBE, PROBE_WITH_TIME}
    return _decoded(
        device,
        record,
        record[0:2] if has_probe else None,
        at=_unix_time(record),
        source=Source.STORED,
    )


def _live(device: str, event: dict[str, Any], data: bytes) -> list[Decoded]:  # Any: JSON.
    kind = data[6] & 0x0F
    if kind == PROBE_ID:
        return []
    at = parsing.iso_instant(event.get("time"))
    probe: bytes | None = None
    if kind == PROBE_WITH_TIME:
        probe, at = data[0:2], _unix_time(data)
    elif kind == PROBE:
        probe = b"" if data[6] & NOT_CONNECTED else data[7:9]
    boot, seq = event.get("devAddr"), event.get("fCnt")
    return [
        _decoded(
            device,
            data,
            probe,
            at=at,
            boot=parsing.name_or_none(boot),
            seq=parsing.seq_or_none(seq),
        )
    ]


def _decoded(
    device: str,
    data: bytes,
    probe: bytes | None,
    *,
    at: datetime | None,
    boot: str | None = None,
    seq: int | None = None,
    source: Source = Source.LIVE,
) -> Decoded:
    """Make the reading of *probe*: two bytes, none where it is unplugged, None without a probe."""
    inside, inside_fault = _centi(data[2:4])
    centi, fault = (inside, inside_fault) if probe is None else _centi(probe)
    return Decoded(
        device=device,
        channel="internal" if probe is None else "",
        at=at,
        centi=centi,
        fault=fault,
        boot=boot,
        seq=seq,
        ambient_centi=None if probe is None else inside,
        humidity_pct=parsing.percent_or_none((int.from_bytes(data[4:6], "big") & 0xFFF) / 10),
        source=source,
    )


def _centi(two: bytes) -> tuple[int | None, Fault | None]:
    if two in {b"", UNPLUGGED}:
        return None, Fault.DISCONNECTED
    return parsing.centi_of(int.from_bytes(two, "big", signed=True) / 100, "the probe")


def _unix_time(record: bytes) -> datetime:
    return parsing.epoch_instant(int.from_bytes(record[7:11], "big"))
