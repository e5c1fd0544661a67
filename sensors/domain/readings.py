"""What a probe said, and when: the value as decoded, and the reading as it is stored.

A temperature is an integer of centi-degrees Celsius or a fault, never both and never a sentinel.
A time is the device's own only where it is possible; else it is the receipt time, said so in
`clock`. Nothing is refused because of its time: a reading with a wrong clock is still a reading.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

# Wider than every temperature of the WHO/UNICEF data standard (cce-interop 0.8.1: TFRZ from -99.9,
# TCON up to 150). Beyond it stands a sentinel or a broken probe; inside it, a 16-bit column holds
# every temperature.
LOWEST_CENTI = -10_000
HIGHEST_CENTI = 15_000

# A device clock may run ahead of ours by this much before its time is doubted.
AHEAD_AT_MOST = timedelta(minutes=5)
# No reading is older than this: clocks that lost their time start again at 1970, 1980 or 2000,
# and seconds read as milliseconds fall into January 1970.
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
# What a decoder gives where the device sent a time that cannot be read: doubtful, not missing.
UNREADABLE_TIME = datetime(1970, 1, 1, tzinfo=UTC)
# Two readings that did not come are a silence; the grace is for the second one on its way.
SILENT_INTERVALS = 2
SILENT_GRACE_S = 5
# A reading that comes later than this, or than its probe may be silent, is history: own choice.
LATE_AFTER = timedelta(minutes=15)
_MICROSECOND = timedelta(microseconds=1)


class Fault(StrEnum):
    """Why a reading has no temperature."""

    MISSING = "missing"  # The device sent null where the temperature stands.
    NOT_A_NUMBER = "not_a_number"  # NaN
    OUT_OF_RANGE = "out_of_range"  # A sentinel, infinity, or beyond what the probe can measure.
    DISCONNECTED = "disconnected"  # The device says that the probe is unplugged.
    REPORTED = "reported"  # The device names an error of the probe.


class Clock(StrEnum):
    """Whose time `measured_at` is."""

    DEVICE = "device"
    RECEIPT = "receipt"  # The device sent none.
    DOUBTFUL = "doubtful"  # The device sent an impossible one; `measured_at` is the receipt time.


class Source(StrEnum):
    """How the reading came to us; late data is evidence of its own kind."""

    LIVE = "live"
    STORED = "stored"  # Sent later from the device's memory.
    IMPORTED = "imported"  # From a file.


class Decoded(NamedTuple):
    """One reading as a decoder understood it: the device's own words, not yet placed in time.

    `boot` and `seq` recognise the same reading sent twice where the device counts its readings.
    A tuple, as `Reading` is: one is made of every message, and a frozen dataclass takes five times
    as long to make.
    """

    device: str
    channel: str
    at: datetime | None
    centi: int | None
    fault: Fault | None = None
    boot: str | None = None
    seq: int | None = None
    ambient_centi: int | None = None
    humidity_pct: int | None = None
    battery_pct: int | None = None
    door_open: bool | None = None
    power_on: bool | None = None
    source: Source = Source.LIVE
    compressor_on: bool | None = None


class Reading(NamedTuple):
    """One reading of one probe, with a time that can be relied upon and its provenance."""

    sensor_id: int
    measured_at: datetime
    received_at: datetime
    centi: int | None
    fault: Fault | None = None
    clock: Clock = Clock.DEVICE
    source: Source = Source.LIVE
    boot: str | None = None
    seq: int | None = None
    ambient_centi: int | None = None
    humidity_pct: int | None = None
    battery_pct: int | None = None
    door_open: bool | None = None
    power_on: bool | None = None
    compressor_on: bool | None = None


def place_in_time(
    decoded: Decoded, sensor_id: int, received_at: datetime, index: int = 0
) -> Reading:
    """Give *decoded* its place in time, the device's time bounded by *received_at*.

    A missing time gives `Clock.RECEIPT`, one before 2015 or more than five minutes ahead gives
    `Clock.DOUBTFUL`; both are measured at the receipt time plus *index* microseconds, so that
    the readings of one message (0, 1, 2, ... in its own order) stay apart and in order.
    """
    at = decoded.at
    if at is None:
        measured_at, clock = received_at + index * _MICROSECOND, Clock.RECEIPT
    elif EARLIEST <= at <= received_at + AHEAD_AT_MOST:
        measured_at, clock = at, Clock.DEVICE
    else:
        measured_at, clock = received_at + index * _MICROSECOND, Clock.DOUBTFUL
    return Reading(
        sensor_id,
        measured_at,
        received_at,
        decoded.centi,
        decoded.fault,
        clock,
        decoded.source,
        decoded.boot,
        decoded.seq,
        decoded.ambient_centi,
        decoded.humidity_pct,
        decoded.battery_pct,
        decoded.door_open,
        decoded.power_on,
        decoded.compressor_on,
    )


def is_late(reading: Reading, late_after: timedelta) -> bool:
    """Tell whether *reading* came longer after it was measured than *late_after*, as history."""
    return reading.received_at - reading.measured_at > late_after


def silent_after_s(expected_every_s: int) -> int:
    """Return after how many seconds without a reading a probe counts as silent, by default."""
    return SILENT_INTERVALS * expected_every_s + SILENT_GRACE_S
