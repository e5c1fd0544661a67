"""Cold cabinets behave: they hold their band, warm without power, recover from an open door."""

import itertools

import pytest

from sensors.domain.units import BANDS, Profile
from sensors.simulator import physics
from sensors.simulator.physics import CABINETS, Weather

DAY_S = 86_400
BAND_OF = {
    "pharmacy-fridge": Profile.FRIDGE,
    "small-fridge": Profile.FRIDGE,
    "ice-lined-fridge": Profile.FRIDGE,
    "freezer": Profile.FREEZER,
    "ultra-cold": Profile.ULTRA_COLD,
}


@pytest.mark.parametrize("name", CABINETS)
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_healthy_cabinet_stays_in_its_band_for_a_day(name: str, share: float) -> None:
    """A cabinet with power and a closed door keeps its probe in the band for 24 hours."""
    band = BANDS[BAND_OF[name]]
    inside = physics.start(CABINETS[name], share)
    seen: set[int] = set()

    for at_s in range(0, DAY_S, 60):
        room_c = physics.ambient_c(24.0, 4.0, at_s / 3600)
        inside = physics.advance(CABINETS[name], inside, Weather(room_c), 60)
        seen.add(round(inside.probe_c * 100))

    assert all(band.contains(centi) for centi in seen)


def test_compressor_switches_on_and_off() -> None:
    """A healthy compressor runs for a part of the day in tens of cycles, as real ones do."""
    cabinet = CABINETS["pharmacy-fridge"]
    inside = physics.start(cabinet, 0.5)
    running: list[bool] = []

    for _ in range(DAY_S // 15):
        inside = physics.step(cabinet, inside, Weather(23.0), 15)
        running.append(inside.compressor_on)

    starts = sum(now and not before for before, now in itertools.pairwise(running))
    assert 40 < starts < 120
    assert 0.1 < sum(running) / len(running) < 0.4


@pytest.mark.parametrize(
    ("name", "hours"),
    [("pharmacy-fridge", 13.3), ("small-fridge", 4.4), ("ice-lined-fridge", 106.1)],
)
def test_power_cut_warms_with_the_time_constant(name: str, hours: float) -> None:
    """One time constant after the power went, 63 % of the way to the room's warmth is covered."""
    cabinet = CABINETS[name]
    inside = physics.Inside(5.0, 5.0, 5.0)

    assert cabinet.warming_s == pytest.approx(hours * 3600, rel=0.01)
    inside = physics.advance(cabinet, inside, Weather(25.0, power_on=False), cabinet.warming_s)

    assert inside.contents_c == pytest.approx(5.0 + 20.0 * 0.632, abs=0.8)


def test_contents_lag_behind_the_air_when_the_door_opens() -> None:
    """A minute of open door warms the air by degrees and the contents by hardly anything."""
    cabinet = CABINETS["pharmacy-fridge"]
    before = physics.start(cabinet, 0.5)

    after = physics.advance(cabinet, before, Weather(24.0, door_open=True), 60)

    assert 1.0 < after.air_c - before.air_c < 4.0
    assert abs(after.contents_c - before.contents_c) < 0.1


def test_probe_recovers_after_a_long_door_opening() -> None:
    """Three minutes of open door push the probe over 8 degrees; ten minutes later it is back."""
    cabinet = CABINETS["small-fridge"]
    inside = physics.start(cabinet, 0.5)

    opened = physics.advance(cabinet, inside, Weather(24.0, door_open=True), 180)
    peak_c = opened.probe_c
    for _ in range(40):
        opened = physics.step(cabinet, opened, Weather(24.0), 15)
        peak_c = max(peak_c, opened.probe_c)

    assert 8.0 < peak_c < 12.0
    assert 2.0 < opened.probe_c < 8.0


def test_compressor_stands_still_without_power() -> None:
    """However warm it is, no compressor runs without power."""
    cabinet = CABINETS["freezer"]

    inside = physics.step(cabinet, physics.Inside(9.0, 9.0, 9.0), Weather(25.0, power_on=False), 15)

    assert not inside.compressor_on


@pytest.mark.parametrize(("hour", "expected_c"), [(15, 25.5), (3, 20.5), (9, 23.0), (21, 23.0)])
def test_room_is_warmest_in_the_afternoon(hour: int, expected_c: float) -> None:
    """The room follows the day: warmest at 15 o'clock, coolest at 3."""
    assert physics.ambient_c(23.0, 2.5, hour) == pytest.approx(expected_c)


def after(name: str, hours: float, weather: Weather) -> physics.Inside:
    inside = physics.start(CABINETS[name], 0.5)
    return physics.advance(CABINETS[name], inside, weather, hours * 3600)


@pytest.mark.parametrize("name", CABINETS)
def test_failed_compressor_warms_like_a_power_cut(name: str) -> None:
    """A compressor that runs and does not cool is felt as one without power, lamp on or off."""
    failed = after(name, 6, Weather(24.0, cooling=0.0))
    without_power = after(name, 6, Weather(24.0, power_on=False))

    assert failed.contents_c == pytest.approx(without_power.contents_c, abs=0.01)


def test_leak_is_seen_in_the_duty_long_before_the_temperature() -> None:
    """With half of its cooling left a fridge still holds its band, and runs twice as long."""
    cabinet = CABINETS["pharmacy-fridge"]

    def duty(cooling: float) -> tuple[float, float]:
        inside, on, worst = physics.start(cabinet, 0.5), 0, 0.0
        for _ in range(2 * DAY_S // 60):
            inside = physics.advance(cabinet, inside, Weather(24.0, cooling=cooling), 60)
            on += inside.compressor_on
            worst = max(worst, inside.probe_c)
        return on / (2 * DAY_S // 60), worst

    whole, half = duty(1.0), duty(0.5)
    assert half[1] < 8.0
    assert 1.7 < half[0] / whole[0] < 2.6


def test_defrost_warms_the_air_and_hardly_the_contents() -> None:
    """Twenty minutes of the heater take the probe up by degrees, the vials by tenths."""
    begin = physics.start(CABINETS["small-fridge"], 0.5)
    end = after("small-fridge", 1 / 3, Weather(24.0, heater_w=90.0))

    assert end.probe_c - begin.probe_c > 2.0
    assert end.contents_c - begin.contents_c < end.air_c - begin.air_c


def test_thermostat_set_wrong_freezes_what_is_inside() -> None:
    """Six degrees too low brings vials below the band, at half a degree below zero and less."""
    assert after("small-fridge", 24, Weather(24.0, shift_c=-6.0)).contents_c < 0.0
