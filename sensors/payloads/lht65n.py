"""Dragino LHT65 and LHT65N: the bytes of an uplink on port 2.

Layout: Dragino LHT65N user manual, sections 2.4 (uplink) and 2.6 (stored data). The probe outside
the case is a DS18B20, hangs in the unit and is channel ""; the sensor inside the case is its
ambient temperature. Without a probe the sensor inside is a channel of its own, "internal".
Stored readings carry the device's own time.
"""

from datetime import datetime

from sensors.domain.readings import Decoded, Fault, Source
from sensors.payloads import parsing
from sensors.payloads.lorawan import Uplink
from sensors.payloads.parsing import UndecodablePayload

RECORD = 11  # Bytes of one reading.
CASE_ONLY = 7  # Bytes of an uplink without a probe.
PORT = 2

# Low four bits of byte 6.
NO_PROBE, PROBE, PROBE_WITH_TIME, PROBE_ID = 0, 1, 9, 15
# High bits of byte 6. The first means "not acknowledged" in a stored record and in a record with
# a time, where an unplugged probe shows as 327.67 only.
NOT_CONNECTED, STORED = 0x80, 0x40
UNPLUGGED = b"\x7f\xff"


def readings(uplink: Uplink) -> list[Decoded]:
    """Return the readings of one uplink; other ports and empty polls hold none."""
    data = uplink.data
    if uplink.port != PORT:
        return []
    if len(data) >= CASE_ONLY and data[6] & STORED:
        if len(data) % RECORD:
            raise UndecodablePayload(f"{len(data)} bytes are no whole stored records")
        records = (data[start : start + RECORD] for start in range(0, len(data), RECORD))
        return [_stored(uplink, record) for record in records if any(record)]
    if len(data) != RECORD and not (len(data) >= CASE_ONLY and data[6] & 0x0F == NO_PROBE):
        raise UndecodablePayload(f"{len(data)} bytes are no reading of {RECORD}")
    # "No data in the polled time" is eleven zero bytes, which would read as 0.00 degrees.
    return _live(uplink) if any(data) else []


def _stored(uplink: Uplink, record: bytes) -> Decoded:
    has_probe = record[6] & 0x0F in {PROBE, PROBE_WITH_TIME}
    return _decoded(
        uplink.device,
        record,
        record[0:2] if has_probe else None,
        at=_unix_time(record),
        source=Source.STORED,
    )


def _live(uplink: Uplink) -> list[Decoded]:
    data = uplink.data
    kind = data[6] & 0x0F
    if kind == PROBE_ID:
        return []
    at, probe = uplink.at, None
    if kind == PROBE_WITH_TIME:
        probe, at = data[0:2], _unix_time(data)
    elif kind == PROBE:
        probe = b"" if data[6] & NOT_CONNECTED else data[7:9]
    return [_decoded(uplink.device, data, probe, at=at, boot=uplink.boot, seq=uplink.seq)]


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
    centi, fault = (inside, inside_fault) if probe is None else _probe(probe)
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


def _probe(two: bytes) -> tuple[int | None, Fault | None]:
    centi, fault = _centi(two)
    return parsing.ds18b20(centi, fault)


def _centi(two: bytes) -> tuple[int | None, Fault | None]:
    if two in {b"", UNPLUGGED}:
        return None, Fault.DISCONNECTED
    return parsing.centi_of(int.from_bytes(two, "big", signed=True) / 100, "the probe")


def _unix_time(record: bytes) -> datetime:
    return parsing.epoch_instant(int.from_bytes(record[7:11], "big"))
