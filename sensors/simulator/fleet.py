"""A fleet as data: which devices, in which cabinets and rooms, and what happens to them when."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any

from sensors.simulator.physics import CABINETS, Cabinet

DEVICE_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class FleetInvalid(Exception):
    """The fleet does not describe devices that can be simulated; lists every fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("The fleet is not usable:\n" + "\n".join(f"  - {f}" for f in faults))
        self.faults = faults


class Effect(StrEnum):
    """What can happen to a cabinet or to the device in it."""

    POWER_CUT = "power-cut"
    DOOR = "door"
    COMPRESSOR = "compressor"  # It has failed: it runs and does not cool.
    LEAK = "leak"  # It loses its refrigerant: cools less and less, and not at all at the end.
    DEFROST = "defrost"  # The evaporator is heated, and the compressor rests.
    TOO_COLD = "too-cold"  # The thermostat is set wrong, by six degrees.
    SILENCE = "silence"  # The device is dead: it neither measures nor sends.
    OFFLINE = "offline"  # It measures and keeps, but nothing gets through.
    WRONG_CLOCK = "wrong-clock"  # An hour fast, or whatever `skew` says.
    NO_CLOCK = "no-clock"  # It sends no time at all.
    DUPLICATE = "duplicate"  # Every message is sent twice.
    POISON = "poison"  # Every message is followed by one that no decoder can read.


@dataclass(frozen=True)
class Happening:
    """*effect* during [begins_s, begins_s + lasts_s), seconds from the start of live readings.

    Negative seconds lie in the history. Without `lasts_s` it does not end; with `every_s` it
    happens again and again from `begins_s` on.
    """

    effect: Effect
    begins_s: int = 0
    lasts_s: int | None = None
    every_s: int | None = None
    skew_s: int = 3600

    def holds(self, at_s: float) -> bool:
        """Tell whether it is happening at *at_s*."""
        return self.since_s(at_s) is not None

    def since_s(self, at_s: float) -> float | None:
        """Return how long it has been happening at *at_s*; None where it is not."""
        since_s = at_s - self.begins_s
        if since_s < 0:
            return None
        if self.every_s is not None:
            since_s %= self.every_s
        return since_s if self.lasts_s is None or since_s < self.lasts_s else None

    def touches(self, since_s: float, until_s: float) -> bool:
        """Tell whether it happens at some time in [since_s, until_s]."""
        if self.begins_s > until_s:
            return False
        if self.holds(since_s) or self.begins_s > since_s:
            return True
        if self.every_s is None:
            return False
        return since_s + self.every_s - (since_s - self.begins_s) % self.every_s <= until_s

    def share(self, at_s: float) -> float:
        """Return how far it has come at *at_s*, 0 to 1; 0 where it is not happening."""
        since_s = self.since_s(at_s)
        return 0.0 if since_s is None or not self.lasts_s else since_s / self.lasts_s


@dataclass(frozen=True)
class Device:
    """A logger with one probe in one cabinet."""

    name: str
    cabinet: Cabinet
    every_s: int = 60
    history_every_s: int = 60
    utc_offset_h: float = 8.0  # For the daily course of the room and for working hours.
    room_mean_c: float = 23.0
    room_swing_c: float = 2.5
    doors_a_day: float = 12.0  # In working hours, spread by chance.
    door_s: int = 25  # How long it stands open, on average.
    happenings: tuple[Happening, ...] = ()

    def holds(self, effect: Effect, at_s: float) -> bool:
        """Tell whether *effect* is happening at *at_s*."""
        return any(item.effect is effect and item.holds(at_s) for item in self.happenings)

    def during(self, since_s: float, until_s: float) -> "Device":
        """Return the device with what may happen to it in [since_s, until_s] alone."""
        near = tuple(item for item in self.happenings if item.touches(since_s, until_s))
        return self if len(near) == len(self.happenings) else replace(self, happenings=near)

    def cooling(self, at_s: float) -> float:
        """Return the share of its cooling that the compressor has left at *at_s*."""
        if self.holds(Effect.COMPRESSOR, at_s):
            return 0.0
        return 1.0 - max(
            (item.share(at_s) for item in self.happenings if item.effect is Effect.LEAK),
            default=0.0,
        )


def duration_s(text: str | int) -> int:
    """Parse `90`, `90s`, `-5m`, `24h` or `2d` into seconds."""
    match = re.fullmatch(r"(-?\d{1,9})([smhd]?)", str(text).strip())
    if match is None:
        raise ValueError(f"{text} is not a duration such as 90s, -5m, 24h or 2d")
    return int(match[1]) * UNITS_S[match[2] or "s"]


def load(source: str) -> tuple[Device, ...]:
    """Read the fleet file at *source*, or the shipped one of that name (`demo`)."""
    shipped = resources.files("sensors.simulator") / "fleets" / f"{source}.toml"
    if DEVICE_NAME.fullmatch(source) and shipped.is_file():
        text = shipped.read_text(encoding="utf-8")
    else:
        text = Path(source).read_text(encoding="utf-8")
    return parse(text)


def parse(text: str) -> tuple[Device, ...]:
    """Read a fleet from TOML: `[[device]]` tables with `[[device.happening]]` inside."""
    try:
        tables = tomllib.loads(text).get("device", [])
    except tomllib.TOMLDecodeError as err:
        raise FleetInvalid([f"not TOML: {err}"]) from err
    faults: list[str] = []
    devices: list[Device] = []
    for number, table in enumerate(tables, start=1):
        try:
            devices.append(_device(table))
        except (ValueError, TypeError, KeyError) as err:
            faults.append(f"device {number} ({table.get('name', 'no name')}): {err}")
    names = [device.name for device in devices]
    faults.extend(
        f"two devices are called {name}" for name in {n for n in names if names.count(n) > 1}
    )
    if not tables:
        faults.append("there is no [[device]]")
    if faults:
        raise FleetInvalid(faults)
    return tuple(devices)


def with_scenario(fleet: tuple[Device, ...], scenario: str) -> tuple[Device, ...]:
    """Add `EFFECT@DEVICE[:BEGIN[:LASTS]]` to the fleet: `power-cut@fridge-2:-3h:2h`.

    Begins now and does not end where nothing else is said.
    """
    effect, _, rest = scenario.partition("@")
    name, *times = rest.split(":")
    if name not in {device.name for device in fleet}:
        raise FleetInvalid([f"{scenario}: there is no device {name}"])
    try:
        happening = Happening(Effect(effect), *[duration_s(time) for time in times[:2]])
    except ValueError as err:
        raise FleetInvalid([f"{scenario}: {err}"]) from err
    return tuple(
        replace(device, happenings=(*device.happenings, happening))
        if device.name == name
        else device
        for device in fleet
    )


def _device(table: Mapping[str, Any]) -> Device:  # Any: as TOML gives it; checked here.
    values = dict(table)
    name = str(values.pop("name"))
    if not DEVICE_NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot stand in a topic")
    cabinet = CABINETS.get(str(values.pop("cabinet")))
    if cabinet is None:
        raise ValueError(f"cabinet is one of {', '.join(CABINETS)}")
    for key in ("every_s", "history_every_s"):
        if not 0 < values.get(key, 60) <= 3600:
            raise ValueError(f"{key} is between 1 and 3600")
    happenings = tuple(_happening(item) for item in values.pop("happening", []))
    return Device(name=name, cabinet=cabinet, happenings=happenings, **values)


def _happening(table: Mapping[str, Any]) -> Happening:  # Any: as TOML gives it; checked here.
    times = {f"{key}_s": duration_s(value) for key, value in table.items() if key != "effect"}
    return Happening(effect=Effect(table["effect"]), **times)
