"""A fleet that lives: first its history, told quickly, then at the pace of the clock."""

import heapq
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from sensors.simulator.fleet import Device
from sensors.simulator.link import Link
from sensors.simulator.logger import LIST_LENGTH, Logger, boot_of
from sensors.simulator.measuring import Sample, measure

Clock = Callable[[], datetime]

KNOCK_EVERY_S = 1.0
KNOCKS = 20  # Then the history is told all the same; the devices keep it until it is answered.


class Fleet:
    """The loggers of a fleet, each with its own numbering and memory."""

    def __init__(
        self, devices: tuple[Device, ...], *, seed: int, since: datetime, live_from: datetime
    ) -> None:
        self.devices, self.seed, self.since, self.live_from = devices, seed, since, live_from
        self.loggers = {
            device.name: Logger(device, boot_of(seed, device.name, since)) for device in devices
        }
        self._lock = threading.Lock()  # Acknowledgements come in on the network's thread.
        self.answered = False

    def samples(self) -> Iterator[tuple[Device, Sample]]:
        """Yield what every device measures, in the order of time, without end."""
        streams = [self._stream(device) for device in self.devices]
        return heapq.merge(*streams, key=lambda item: item[1].at)

    def note(self, device: Device, sample: Sample) -> None:
        """Note *sample* while nothing can be sent: the device keeps it."""
        with self._lock:
            self.loggers[device.name].take(sample)

    def repeat(self, device: Device) -> list[bytes]:
        """Return all that *device* keeps, to be sent again."""
        with self._lock:
            return self.loggers[device.name].repeat()

    def take(self, device: Device, sample: Sample, now: datetime) -> list[bytes]:
        """Note *sample*; return what its device sends now. A history goes out in lists."""
        with self._lock:
            logger = self.loggers[device.name]
            logger.take(sample)
            history = sample.since_live_s < 0 and sample.c is not None
            if history and logger.unsent < LIST_LENGTH:
                return []
            return logger.messages(now, sample.since_live_s)

    def acknowledged(self, name: str, payload: bytes, now: datetime) -> None:
        """Pass an acknowledgement to the logger that it is for."""
        with self._lock:
            if name in self.loggers:
                self.answered = True
                self.loggers[name].acknowledged(payload, now)

    def _stream(self, device: Device) -> Iterator[tuple[Device, Sample]]:
        for sample in measure(device, seed=self.seed, since=self.since, live_from=self.live_from):
            yield device, sample


def run(
    fleet: Fleet, link: Link, *, speed: float | None, clock: Clock, stop: threading.Event
) -> None:
    """Publish until *stop*: history *speed* times faster than it was, or at once; then live."""
    samples = fleet.samples()
    if fleet.since < fleet.live_from:
        knock(fleet, link, *next(samples), stop=stop)
    for device, sample in samples:
        due = sample.at
        if due < fleet.live_from:
            passed = (due - fleet.since) / speed if speed else timedelta()
            due = fleet.live_from + passed
        if stop.wait(max(0.0, (due - clock()).total_seconds())):
            return
        if not link.connected:
            fleet.note(device, sample)
            continue
        for message in fleet.take(device, sample, clock()):
            link.publish(f"vaxsite/{device.name}/reading", message)


def knock(
    fleet: Fleet, link: Link, device: Device, sample: Sample, *, stop: threading.Event
) -> None:
    """Send the first reading until somebody answers: what nobody listens to is lost."""
    fleet.note(device, sample)
    for _ in range(KNOCKS):
        for message in fleet.repeat(device):
            link.publish(f"vaxsite/{device.name}/reading", message)
        if stop.wait(KNOCK_EVERY_S / 10) or fleet.answered or stop.wait(KNOCK_EVERY_S):
            return
