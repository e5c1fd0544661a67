"""Publish a recording of a real device as if it were measured at a chosen speed."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sensors.simulator.link import Link
from sensors.simulator.logger import boot_of, encode
from sensors.simulator.recording import NotAReading, Recorded, read_lines


@dataclass(frozen=True)
class Recording:
    """What a file holds: its readings in the file's order, and the lines that are none."""

    readings: tuple[Recorded, ...]
    set_aside: tuple[NotAReading, ...]


def read_recording(lines: Iterable[bytes]) -> Recording:
    """Sort *lines* into readings and lines that are none."""
    items = list(read_lines(lines))
    return Recording(
        tuple(item for item in items if isinstance(item, Recorded)),
        tuple(item for item in items if isinstance(item, NotAReading)),
    )


def shift_to(readings: Sequence[Recorded], now: datetime) -> timedelta:
    """Return how far to move *readings* so that the newest lies at *now*."""
    newest = max((reading.at for reading in readings), default=now)
    return timedelta(seconds=round((now - newest).total_seconds()))


def publish(
    recording: Recording,
    link: Link,
    *,
    device: str,
    shift: timedelta,
    speed: float | None,
    stop: threading.Event,
    waited: Callable[[float], bool] | None = None,
) -> int:
    """Publish the readings as *device*, one a message; return how many were handed over.

    *speed* is how many recorded seconds pass in one; None is as fast as the broker takes them.
    The same file with the same shift has the same numbering, so a repetition stores nothing twice.
    """
    wait = waited or stop.wait
    boot = boot_of("replay", device, shift, *((r.at, r.c) for r in recording.readings[:100]))
    previous: datetime | None = None
    handed_over = 0
    for reading in recording.readings:
        if speed is not None and previous is not None:
            pause_s = max(0.0, (reading.at - previous).total_seconds()) / speed
            if wait(pause_s):
                break
        elif stop.is_set():
            break
        previous = reading.at
        at = reading.at + shift
        payload = {"boot": boot, "seq": reading.line, "at": _iso(at), "c": reading.c}
        link.publish(f"vaxsite/{device}/reading", encode([payload]))
        handed_over += 1
    link.drain()
    return handed_over


def _iso(at: datetime) -> str:
    timespec = "milliseconds" if at.microsecond else "seconds"
    return at.replace(tzinfo=None).isoformat(timespec=timespec) + "Z"
