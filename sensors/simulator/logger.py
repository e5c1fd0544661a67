"""The device's own behaviour: numbers its readings, keeps each until the application stored it."""

import hashlib
import json
import math
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sensors.simulator.fleet import Device, Effect
from sensors.simulator.measuring import Sample

Payload = dict[str, Any]  # Any: the native JSON object of a reading.

KEEP = 20_000  # Readings that fit in the device; the oldest go first.
LIST_LENGTH = 100  # Readings in one message of a backlog.
PATIENCE_S = 45  # Without an acknowledgement for so long, everything kept is sent again.
POISON = b'{"boot":"bad0","seq":1,"at":"2026-01-12T03:04:05Z","c":4.6'  # Cut off on the way.


def boot_of(*parts: object) -> str:
    """Return the name of one run of a device: the same for the same *parts*."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:8]


def encode(readings: list[Payload]) -> bytes:
    """Write one reading as an object, several as a list, as native devices do."""
    body: object = readings[0] if len(readings) == 1 else readings
    return json.dumps(body, separators=(",", ":")).encode()


@dataclass
class Logger:
    """A device while it runs. It knows nothing of the network: it says what to send."""

    device: Device
    boot: str
    seq: int = 0
    kept: deque[Payload] = field(default_factory=lambda: deque(maxlen=KEEP))
    sent_to: int = 0  # The last seq that was handed to the network.
    heard_at: datetime | None = None  # Last acknowledgement, or last time all was sent again.

    def take(self, sample: Sample) -> None:
        """Write *sample* down with the next number and the time that the device believes it is."""
        if sample.c is None:
            return
        self.seq += 1
        reading: Payload = {"boot": self.boot, "seq": self.seq}
        at = self._believed(sample)
        if at is not None:
            reading["at"] = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        reading |= {
            "c": sample.c,
            "humidity": sample.humidity_pct,
            "battery": sample.battery_pct,
            "door": sample.door_open,
            "power": sample.power_on,
            "ambient": sample.ambient_c,
        }
        self.kept.append(reading)

    @property
    def unsent(self) -> int:
        """How many readings have not been handed to the network yet."""
        return self.seq - self.sent_to

    def messages(self, now: datetime, since_live_s: float) -> list[bytes]:
        """Return what goes out at *now*: what is new, and everything kept when nobody answers."""
        dead = self.device.holds(Effect.SILENCE, since_live_s) and not self.unsent
        if dead or self.device.holds(Effect.OFFLINE, since_live_s):
            return []
        if self.heard_at is None or not self.kept or self.kept[0]["seq"] > self.sent_to:
            self.heard_at = now
        elif now - self.heard_at > timedelta(seconds=PATIENCE_S):
            self.sent_to, self.heard_at = 0, now
        return self._send(since_live_s)

    def repeat(self) -> list[bytes]:
        """Return everything kept as messages, whether or not it was sent before."""
        self.sent_to = 0
        return self._send(-math.inf)

    def _send(self, since_live_s: float) -> list[bytes]:
        waiting = [reading for reading in self.kept if reading["seq"] > self.sent_to]
        self.sent_to = self.seq
        out: list[bytes] = []
        for first in range(0, len(waiting), LIST_LENGTH):
            message = encode(waiting[first : first + LIST_LENGTH])
            out.append(message)
            if self.device.holds(Effect.DUPLICATE, since_live_s):
                out.append(message)
            if self.device.holds(Effect.POISON, since_live_s):
                out.append(POISON)
        return out

    def acknowledged(self, payload: bytes, now: datetime) -> None:
        """Forget what the application says that it stored; anything unreadable changes nothing."""
        try:
            answer = json.loads(payload)
            boot, stored_to = answer["boot"], int(answer["stored_to"])
        except (ValueError, TypeError, KeyError, RecursionError):
            return
        if boot != self.boot:
            return
        self.heard_at = now
        while self.kept and self.kept[0]["seq"] <= stored_to:
            self.kept.popleft()

    def _believed(self, sample: Sample) -> datetime | None:
        for happening in self.device.happenings:
            if not happening.holds(sample.since_live_s):
                continue
            if happening.effect is Effect.NO_CLOCK:
                return None
            if happening.effect is Effect.WRONG_CLOCK:
                return sample.at + timedelta(seconds=happening.skew_s)
        return sample.at
