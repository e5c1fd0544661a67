"""How a cold cabinet behaves: pure steps from one state to the next, no clock, no chance.

Two masses exchange heat: the air with the inner walls, and the contents. The probe stands in a
small buffer and follows the air with a lag, as vaccine probes do.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

STEP_S = 15.0  # Short against the quickest time constant here (air with the door open, ~200 s).


@dataclass(frozen=True)
class Cabinet:
    """The parameters of one kind of cabinet, in watts, kelvins and joules."""

    low_c: float  # The compressor stops here,
    high_c: float  # and starts here.
    air_j_k: float  # Heat capacity of air and inner walls.
    contents_j_k: float
    wall_w_k: float  # Loss through the walls.
    exchange_w_k: float  # Between air and contents.
    door_w_k: float  # Added while the door is open.
    cooling_w: float
    probe_lag_s: float

    @property
    def warming_s(self) -> float:
        """Time constant of warming without power: 63 % of the way to ambient."""
        return (self.air_j_k + self.contents_j_k) / self.wall_w_k


class Weather(NamedTuple):
    """What acts on a cabinet during a step."""

    ambient_c: float
    door_open: bool = False
    power_on: bool = True
    cooling: float = 1.0  # Share of what the compressor can do: 0 where it has failed.
    heater_w: float = 0.0  # Into the air, while the evaporator is defrosted.
    shift_c: float = 0.0  # By how much the thermostat is set wrong.


class Inside(NamedTuple):
    """The state of a cabinet; temperatures in degrees Celsius."""

    air_c: float
    contents_c: float
    probe_c: float
    compressor_on: bool = False


# Magnitudes of a pharmacy refrigerator, a domestic one with little in it, a chest freezer at -20
# and an ultra-cold freezer. Chosen so that duty cycles and warming times are those one sees.
CABINETS = {
    "pharmacy-fridge": Cabinet(3.9, 5.6, 12_000, 60_000, 1.5, 12.0, 30.0, 130.0, 150.0),
    "small-fridge": Cabinet(3.4, 6.0, 8_000, 14_000, 1.4, 10.0, 26.0, 110.0, 120.0),
    "ice-lined-fridge": Cabinet(3.4, 4.8, 20_000, 400_000, 1.1, 14.0, 24.0, 140.0, 150.0),
    "freezer": Cabinet(-23.0, -20.0, 14_000, 70_000, 1.0, 10.0, 24.0, 170.0, 120.0),
    "ultra-cold": Cabinet(-79.0, -75.0, 25_000, 120_000, 1.1, 12.0, 22.0, 400.0, 120.0),
}


def start(cabinet: Cabinet, share: float) -> Inside:
    """Return a settled state at *share* (0 to 1) of the way between the two switching points."""
    air_c = cabinet.low_c + share * (cabinet.high_c - cabinet.low_c)
    middle_c = (cabinet.low_c + cabinet.high_c) / 2
    return Inside(air_c, middle_c, (air_c + middle_c) / 2, compressor_on=False)


def step(cabinet: Cabinet, inside: Inside, weather: Weather, seconds: float) -> Inside:
    """Return the state *seconds* later; *seconds* of at most `STEP_S`, see `advance`."""
    compressor_on = weather.power_on and _thermostat(cabinet, inside, weather.shift_c)
    loss_w_k = cabinet.wall_w_k + (cabinet.door_w_k if weather.door_open else 0.0)
    exchange_w = cabinet.exchange_w_k * (inside.contents_c - inside.air_c)
    gain_w = loss_w_k * (weather.ambient_c - inside.air_c) + exchange_w
    if weather.power_on:
        gain_w += weather.heater_w
    if compressor_on and not weather.heater_w:
        gain_w -= cabinet.cooling_w * weather.cooling
    return Inside(
        air_c=inside.air_c + gain_w * seconds / cabinet.air_j_k,
        contents_c=inside.contents_c - exchange_w * seconds / cabinet.contents_j_k,
        probe_c=inside.probe_c
        + (inside.air_c - inside.probe_c) * -math.expm1(-seconds / cabinet.probe_lag_s),
        compressor_on=compressor_on,
    )


def advance(cabinet: Cabinet, inside: Inside, weather: Weather, seconds: float) -> Inside:
    """Return the state *seconds* later under steady *weather*, in steps that stay exact enough."""
    while seconds > STEP_S:
        inside = step(cabinet, inside, weather, STEP_S)
        seconds -= STEP_S
    return step(cabinet, inside, weather, seconds) if seconds > 0 else inside


def ambient_c(mean_c: float, swing_c: float, local_hour: float) -> float:
    """Return a room's temperature at *local_hour*: coolest at 3, warmest at 15 o'clock."""
    return mean_c + swing_c * math.cos((local_hour - 15.0) / 24.0 * math.tau)


def _thermostat(cabinet: Cabinet, inside: Inside, shift_c: float) -> bool:
    if inside.air_c >= cabinet.high_c + shift_c:
        return True
    if inside.air_c <= cabinet.low_c + shift_c:
        return False
    return inside.compressor_on
