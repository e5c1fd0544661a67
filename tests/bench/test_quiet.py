"""The yardstick of quiet counts rightly: what was harmed, what was called for, what was not."""

from dataclasses import replace
from datetime import timedelta

from sensors.domain.readings import Reading
from tests.bench import foretold, labelled, quiet
from tests.bench.labelled import BEGIN, Cause, Fridge, Label
from tests.bench.quiet import Call

HOUR = timedelta(hours=1)


def a_fridge(*labels: Label) -> Fridge:
    [made, *_] = labelled.fleet(sites=1, days=1, seed=1)
    return Fridge(made.device, 0, labels)


def cut(begins: float, ends: float, cause: Cause = Cause.LONG_CUT) -> Label:
    return Label(cause, BEGIN + begins * HOUR, BEGIN + ends * HOUR)


def test_same_seed_is_the_same_year() -> None:
    """Two fleets of one seed have the same fridges with the same events."""
    assert labelled.fleet(sites=3, days=365, seed=7) == labelled.fleet(sites=3, days=365, seed=7)


def test_every_fridge_of_a_year_has_one_failure_of_its_own() -> None:
    """Beside what happens to its site: a failure for each, of every kind."""
    own = {Cause.LEAK, Cause.COMPRESSOR, Cause.THERMOSTAT, Cause.DOOR_LEFT_OPEN}
    fleet = labelled.fleet(sites=5, days=365, seed=1)
    found = [[label.cause for label in fridge.labels if label.cause in own] for fridge in fleet]

    assert [len(causes) for causes in found] == [1] * 10
    assert {cause for causes in found for cause in causes} == own


def test_power_cut_harms_what_is_inside_and_a_short_one_does_not() -> None:
    """Five hours without power warm the vials of a pharmacy refrigerator; twenty minutes do not."""
    [fridge, *_] = labelled.fleet(sites=1, days=1, seed=1)

    def harmed(lasts_s: int) -> list[labelled.Harm]:
        event = (Cause.LONG_CUT, labelled.Effect.POWER_CUT, 6 * labelled.HOUR, lasts_s, None)
        one = labelled._fridge(0, 0, "pharmacy-fridge", [event], busy=False)  # noqa: SLF001 - of this module
        return labelled.harms(one, labelled.samples(one, 1, 1))

    assert fridge.device.cabinet is labelled.CABINETS["pharmacy-fridge"]
    assert harmed(20 * labelled.MINUTE) == []
    [harm] = harmed(5 * labelled.HOUR)
    assert BEGIN + 7 * HOUR < harm.began < BEGIN + 11 * HOUR


def test_call_in_a_cleaning_is_false_and_one_in_a_power_cut_is_not() -> None:
    """Each call is held against what happened to its fridges then."""
    fleet = [a_fridge(cut(1, 5)), a_fridge(cut(8, 9, Cause.CLEANING))]
    calls = [
        Call(BEGIN + 2 * HOUR, frozenset({0})),
        Call(BEGIN + 8.5 * HOUR, frozenset({1})),
        Call(BEGIN + 20 * HOUR, frozenset({0, 1})),
    ]
    found = quiet.score(fleet, [[], []], calls)

    assert found.false == {str(Cause.CLEANING): 1, "nothing": 1}


def test_harm_without_a_call_in_time_is_missed() -> None:
    """A call counts from the cause on until half an hour after the harm was one."""
    fleet = [a_fridge(cut(1, 5))]
    harmed = [[labelled.Harm(BEGIN + 3 * HOUR, BEGIN + 6 * HOUR)]]

    def missed(at_h: float) -> int:
        return quiet.score(fleet, harmed, [Call(BEGIN + at_h * HOUR, frozenset({0}))]).missed

    assert [missed(at_h) for at_h in (0.9, 1.0, 3.9, 4.0, 4.1, 7)] == [1, 0, 0, 0, 1, 1]


def test_what_stands_in_a_box_is_not_harmed_until_the_cabinet_is_cold_again() -> None:
    """A cleaning warms the cabinet for longer than the hour that its vials need no fridge."""
    fridge = a_fridge(cut(1, 2, Cause.CLEANING))
    [plain, *_] = labelled.samples(fridge, 1, 1)

    def at(hour: float, contents_c: float) -> labelled.Sample:
        return replace(plain, at=BEGIN + hour * HOUR, contents_c=contents_c)

    course = [at(1.5, 12.0), at(3.5, 9.0), at(4.5, 9.0), at(5.0, 5.0), at(8.0, 9.0), at(9.0, 5.0)]

    assert labelled.harms(fridge, course) == [labelled.Harm(BEGIN + 8 * HOUR, BEGIN + 9 * HOUR)]


def a_day_without_power() -> tuple[list[Fridge], list[list[labelled.Sample]]]:
    """Return a small fridge that loses its power at six for five hours, and its day."""
    lasts_s = 5 * labelled.HOUR
    event = (Cause.LONG_CUT, labelled.Effect.POWER_CUT, 6 * labelled.HOUR, lasts_s, None)
    fridge = labelled._fridge(0, 0, "small-fridge", [event], busy=False)  # noqa: SLF001 - of this module
    return [fridge], [labelled.samples(fridge, 1, 1)]


def test_calm_intervals_in_one_batch_give_the_same_calls() -> None:
    """The bench hurries through what calls nobody, and nothing else becomes of it."""
    fleet, measured = a_day_without_power()

    one_by_one = quiet._called_by_us(fleet, measured, "cn-clinic-ahead", 1)  # noqa: SLF001 - of this module
    hurried = quiet._called_by_us(fleet, measured, "cn-clinic-ahead")  # noqa: SLF001 - of this module

    assert one_by_one
    assert hurried == one_by_one


def warming(first: float, step: float, count: int) -> list[Reading]:
    """Return readings every five minutes that rise by *step* degrees each."""
    return [
        Reading(0, BEGIN + n * quiet.TICK, BEGIN + n * quiet.TICK, round(100 * (first + step * n)))
        for n in range(count)
    ]


def test_lead_of_a_forecast_is_counted_to_the_limit_and_to_the_call() -> None:
    """0.1 °C in five minutes from 6 °C: told at 7.7 °C, 20 minutes before 8.1 °C, then 30 more."""
    rising = warming(6.0, 0.1, 40)
    found = foretold.figures([foretold.History(a_fridge(), rising)])

    assert found["breaches_foretold"] == found["breaches_of_the_rules"] == 1
    assert found["minutes_before_the_limit"] == "mean 20, median 20, least 20"
    assert found["minutes_before_the_call"] == "mean 50, median 50, least 50"


def test_forecast_without_a_breach_is_counted_by_what_happened() -> None:
    """It rises to 7.8 °C and goes back by itself."""
    course = [*warming(6.0, 0.1, 19), *warming(5.0, 0.0, 60)[19:]]
    found = foretold.figures([foretold.History(a_fridge(cut(0, 3)), course)])

    assert (found["forecasts"], found["breaches_of_the_rules"]) == (1, 0)
    assert found["forecasts_without_breach"] == {"long power cut": 1}
