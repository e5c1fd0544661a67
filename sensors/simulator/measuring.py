"""What the probe of a device measures from an instant on: physics and seeded chance, no clock."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sensors.simulator import physics
from sensors.simulator.fleet import Device, Effect

OPENS_H, CLOSES_H = 8.0, 17.0  # When a clinic's staff open doors, local time.
NOISE_C = 0.02
DEFROST_W = 90.0  # The heater of a domestic refrigerator's evaporator.
TOO_COLD_BY_C = -6.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement, as it truly was."""

    at: datetime
    since_live_s: float  # Seconds from the start of live readings; negative in the history.
    c: float | None  # None while the device is dead: nothing was measured.
    contents_c: float  # Which no device knows.
    ambient_c: float
    humidity_pct: float
    battery_pct: int
    door_open: bool  # At any time since the sample before.
    power_on: bool


def measure(device: Device, *, seed: int, since: datetime, live_from: datetime) -> Iterator[Sample]:
    """Yield what *device* measures from *since* on, without end; the same for the same arguments.

    The cabinet lives on while `Effect.SILENCE` keeps the device from measuring.
    """
    chance = random.Random(f"{seed}/{device.name}")  # noqa: S311 - repeatable chance is the point
    inside = physics.start(device.cabinet, chance.random())
    battery = chance.uniform(70, 100)
    doors = _Doors(device, seed)
    at, door_open = since, False
    while True:
        at_s = (at - live_from).total_seconds()
        weather = _weather(device, doors, at, at_s)
        measured_c = round(inside.probe_c + chance.gauss(0, NOISE_C), 2)
        yield Sample(
            at=at,
            since_live_s=at_s,
            c=None if device.holds(Effect.SILENCE, at_s) else measured_c,
            contents_c=inside.contents_c,
            ambient_c=round(weather.ambient_c, 1),
            humidity_pct=round(45 + 6 * math.sin(at.timestamp() / 7000), 1),
            battery_pct=round(battery),
            door_open=door_open or weather.door_open,
            power_on=weather.power_on,
        )
        battery = max(5.0, battery - device.every_s / 200_000)
        due = at + timedelta(seconds=device.every_s if at >= live_from else device.history_every_s)
        door_open = False
        now = device.during(at_s, (due - live_from).total_seconds())
        while at < due:
            seconds = min(physics.STEP_S, (due - at).total_seconds())
            weather = _weather(now, doors, at, (at - live_from).total_seconds())
            door_open = door_open or weather.door_open
            inside = physics.step(device.cabinet, inside, weather, seconds)
            at += timedelta(seconds=seconds)


def _weather(device: Device, doors: "_Doors", at: datetime, at_s: float) -> physics.Weather:
    local_h = (at.timestamp() / 3600 + device.utc_offset_h) % 24
    ambient_c = physics.ambient_c(device.room_mean_c, device.room_swing_c, local_h)
    if not device.happenings:  # Most of the time.
        return physics.Weather(ambient_c, doors.open_at(at))
    return physics.Weather(
        ambient_c=ambient_c,
        door_open=doors.open_at(at) or device.holds(Effect.DOOR, at_s),
        power_on=not device.holds(Effect.POWER_CUT, at_s),
        cooling=device.cooling(at_s),
        heater_w=DEFROST_W if device.holds(Effect.DEFROST, at_s) else 0.0,
        shift_c=TOO_COLD_BY_C if device.holds(Effect.TOO_COLD, at_s) else 0.0,
    )


class _Doors:
    """The times at which staff open a device's door, drawn a local day at a time."""

    def __init__(self, device: Device, seed: int) -> None:
        self.device, self.seed = device, seed
        self.day = -1
        self.periods: list[tuple[float, float]] = []

    def open_at(self, at: datetime) -> bool:
        """Tell whether somebody holds the door open at *at*."""
        local_s = at.timestamp() + self.device.utc_offset_h * 3600
        day, in_day_s = divmod(local_s, 86_400)
        if day != self.day:
            self.day, self.periods = int(day), self._draw(int(day))
        if not OPENS_H * 3600 <= in_day_s < CLOSES_H * 3600 + 2 * self.device.door_s:
            return False
        return any(begin <= in_day_s < end for begin, end in self.periods)

    def _draw(self, day: int) -> list[tuple[float, float]]:
        chance = random.Random(f"{self.seed}/{self.device.name}/{day}")  # noqa: S311 - repeatable
        begins = [
            chance.uniform(OPENS_H, CLOSES_H) * 3600 for _ in range(round(self.device.doors_a_day))
        ]
        return [(begin, begin + self.device.door_s * chance.uniform(0.5, 1.5)) for begin in begins]
