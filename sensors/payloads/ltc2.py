"""Dragino LTC2: two PT100 probes, records of eleven bytes on port 2.

Layout: Dragino LTC2 user manual, sections 2.4 (uplink) and 2.5.4 (stored data). The probe on the
first input is channel "", the one on the second "2". An input without a probe gives its sentinel
at every uplink: who hangs one probe only ignores the second. Stored readings carry the device's own
time. A device set to send resistance sends no temperature: nothing is computed from ohms here.
"""

from datetime import datetime

from sensors.domain.readings import Decoded, Fault, Source
from sensors.payloads import parsing
from sensors.payloads.lorawan import Uplink
from sensors.payloads.parsing import UndecodablePayload

PORT = 2
RECORD = 11  # Bytes: 2 battery, 1 status, 2 first input, 2 second input, 4 Unix time.
STORED = 0x40  # In the status: the reply to a poll of the memory.
# The low four bits of the status say how many of these make a degree; 3 is resistance.
STEPS, OHMS = {1: 100, 2: 10}, 3
UNPLUGGED = b"\x80\x01"  # -327.67
INPUTS = (("", 3), ("2", 5))  # Channel, and the place of its two bytes.


def readings(uplink: Uplink) -> list[Decoded]:
    """Return the readings of both inputs, of now or from the memory; other ports hold none."""
    data = uplink.data
    if uplink.port != PORT:
        return []
    if len(data) % RECORD:
        raise UndecodablePayload(f"{len(data)} bytes are no whole records of {RECORD}")
    # "No data in the polled time" is eleven zero bytes, which would read as 0.00 degrees.
    records = [data[start : start + RECORD] for start in range(0, len(data), RECORD)]
    return [one for record in records if any(record) for one in _both(uplink, record)]


def _both(uplink: Uplink, record: bytes) -> list[Decoded]:
    status = record[2]
    if status & 0x0F == OHMS:
        return []
    step = STEPS.get(status & 0x0F)
    if step is None:
        raise UndecodablePayload(f"no status that we know (0x{status:02X})")
    stored = bool(status & STORED)
    return [
        _one(uplink, channel, _centi(record[place : place + 2], step), _time(record, stored))
        for channel, place in INPUTS
    ]


def _one(
    uplink: Uplink,
    channel: str,
    value: tuple[int | None, Fault | None],
    stored_at: datetime | None,
) -> Decoded:
    is_live = stored_at is None
    return Decoded(
        device=uplink.device,
        channel=channel,
        at=uplink.at if is_live else stored_at,
        centi=value[0],
        fault=value[1],
        boot=uplink.boot if is_live else None,
        seq=uplink.seq if is_live else None,
        source=Source.LIVE if is_live else Source.STORED,
    )


def _centi(two: bytes, step: int) -> tuple[int | None, Fault | None]:
    if two == UNPLUGGED:
        return None, Fault.DISCONNECTED
    return parsing.centi_of(int.from_bytes(two, "big", signed=True) / step, "the temperature")


def _time(record: bytes, stored: bool) -> datetime | None:
    return parsing.epoch_instant(int.from_bytes(record[7:11], "big")) if stored else None
