"""A fleet is data: its faults are said all at once, and the same seed is the same fleet."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile

import pytest

from sensors.simulator import fleet as fleets
from sensors.simulator.fleet import Device, Effect, FleetInvalid, Happening
from sensors.simulator.measuring import Sample, measure
from sensors.simulator.physics import CABINETS

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def measured(device: Device, hours: float, seed: int = 1) -> list[Sample]:
    """Return what *device* measures in the *hours* before noon."""
    since = NOON - timedelta(hours=hours)
    samples = measure(device, seed=seed, since=since, live_from=NOON)
    return list(takewhile(lambda sample: sample.at < NOON, samples))


def a_device(*happenings: Happening) -> Device:
    """Make a small fridge that nobody opens by chance."""
    return Device("ward-fridge", CABINETS["small-fridge"], doors_a_day=0, happenings=happenings)


def test_same_seed_gives_the_same_measurements() -> None:
    """Two runs with one seed agree in every value; another seed does not."""
    device = fleets.load("demo")[1]

    assert measured(device, 12, seed=7) == measured(device, 12, seed=7)
    assert measured(device, 12, seed=7) != measured(device, 12, seed=8)


def test_measurements_come_at_the_interval_of_history_and_then_of_live() -> None:
    """History is told at its own interval; from the start of live on the other one holds."""
    device = Device("f", CABINETS["small-fridge"], every_s=10, history_every_s=120)
    samples = measure(device, seed=1, since=NOON - timedelta(minutes=4), live_from=NOON)

    seconds = [next(samples).since_live_s for _ in range(5)]

    assert seconds == [-240, -120, 0, 10, 20]


def test_power_cut_takes_a_fridge_over_eight_degrees_and_back() -> None:
    """A cut of two hours leaves the band; an hour after the power is back it is inside again."""
    cut = Happening(Effect.POWER_CUT, begins_s=-4 * 3600, lasts_s=2 * 3600)

    samples = measured(a_device(cut), 6)

    assert max(s.c for s in samples if s.c is not None) > 8.0
    assert [s.power_on for s in samples].count(False) == 120
    assert samples[-1].c is not None
    assert 2.0 < samples[-1].c < 8.0


def test_door_event_between_two_samples_is_still_told() -> None:
    """A door opened and closed between two readings shows in the next one."""
    opening = Happening(Effect.DOOR, begins_s=-3570, lasts_s=20)

    samples = measured(a_device(opening), 2)

    assert [s.since_live_s for s in samples if s.door_open] == [-3540.0]


def test_silent_device_measures_nothing_while_its_cabinet_lives_on() -> None:
    """A dead device has no values, and the first value afterwards fits the cabinet."""
    dead = Happening(Effect.SILENCE, begins_s=-3600, lasts_s=1800)

    samples = measured(a_device(dead), 2)

    assert [s.c for s in samples].count(None) == 30
    assert samples[-1].c is not None


@pytest.mark.parametrize(
    ("at_s", "holds"),
    [(-601, False), (-600, True), (-541, True), (-540, False), (0, True), (59, True), (60, False)],
)
def test_repeated_happening_holds_in_each_of_its_periods(at_s: int, holds: bool) -> None:
    """A period includes its begin and not its end, and comes again at its interval."""
    repeated = Happening(Effect.DOOR, begins_s=-600, lasts_s=60, every_s=600)

    assert repeated.holds(at_s) is holds


def test_scenario_is_added_to_its_device() -> None:
    """`power-cut@xinwu-fridge-1:-3h:2h` cuts that fridge's power for two hours, no other's."""
    fleet = fleets.with_scenario(fleets.load("demo"), "power-cut@xinwu-fridge-1:-3h:2h")

    cut = [d.name for d in fleet if d.holds(Effect.POWER_CUT, -2 * 3600)]

    assert cut == ["xinwu-fridge-1"]


@pytest.mark.parametrize(
    ("scenario", "sentence"),
    [
        ("power-cut@nowhere", "power-cut@nowhere: there is no device nowhere"),
        ("power-cut", "power-cut: there is no device "),
        ("flood@xinwu-fridge-1", "'flood' is not a valid Effect"),
        ("door@xinwu-fridge-1:soon", "soon is not a duration"),
    ],
)
def test_scenario_that_makes_no_sense_is_refused_with_the_reason(
    scenario: str, sentence: str
) -> None:
    """A scenario for an unknown device, of an unknown kind or at no time is refused by name."""
    with pytest.raises(FleetInvalid) as refusal:
        fleets.with_scenario(fleets.load("demo"), scenario)

    assert sentence in str(refusal.value)


def test_every_fault_of_a_fleet_is_reported_at_once() -> None:
    """A fleet with four faults names all four."""
    text = """
        [[device]]
        name = "a/b"
        cabinet = "freezer"
        [[device]]
        name = "c"
        cabinet = "shed"
        [[device]]
        name = "d"
        cabinet = "freezer"
        every_s = 0
        [[device]]
        name = "e"
        cabinet = "freezer"
        colour = "red"
    """

    with pytest.raises(FleetInvalid) as refusal:
        fleets.parse(text)

    assert [fault.partition(":")[0] for fault in refusal.value.faults] == [
        "device 1 (a/b)",
        "device 2 (c)",
        "device 3 (d)",
        "device 4 (e)",
    ]


@pytest.mark.parametrize("text", ["", "not toml = = 1"])
def test_file_without_a_fleet_is_refused(text: str) -> None:
    """An empty file and one that is not TOML are refused."""
    with pytest.raises(FleetInvalid):
        fleets.parse(text)


def test_two_devices_of_one_name_are_refused() -> None:
    """A name belongs to one device."""
    with pytest.raises(FleetInvalid, match="two devices are called twin"):
        fleets.parse('[[device]]\nname="twin"\ncabinet="freezer"\n' * 2)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("-5m", -300), ("24h", 86_400), ("2d", 172_800)]
)
def test_durations_are_read_with_their_unit(text: str, seconds: int) -> None:
    """A duration is a whole number with s, m, h or d; seconds where no unit stands."""
    assert fleets.duration_s(text) == seconds


def test_leak_takes_the_cooling_away_little_by_little() -> None:
    """Half of it is left in the middle, and nothing once the compressor has failed too."""
    leak = Happening(Effect.LEAK, begins_s=0, lasts_s=1_000)
    failed = Happening(Effect.COMPRESSOR, begins_s=800)
    device = Device("a", CABINETS["small-fridge"], happenings=(leak, failed))

    assert [device.cooling(at_s) for at_s in (-1, 0, 500, 800)] == [1.0, 1.0, 0.5, 0.0]
