"""What the wall may say about a probe, at the edges."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sensors.domain.units import BANDS, Profile
from vaxsite.coldchain import rules
from vaxsite.coldchain.rules import Probe, UnitState

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
FRIDGE = BANDS[Profile.FRIDGE]


def a_probe(
    centi: int | None = 500,
    *,
    age_s: int = 60,
    fault: str | None = None,
    in_excursion: bool = False,
) -> Probe:
    """Return a probe heard *age_s* before noon, silent after 15 minutes."""
    return Probe(centi, fault, NOON - timedelta(seconds=age_s), 900, in_excursion)


@pytest.mark.parametrize(
    ("probe", "state"),
    [
        (a_probe(200), UnitState.OK),
        (a_probe(199), UnitState.OUT_OF_BAND),
        (a_probe(800), UnitState.OK),
        (a_probe(801), UnitState.OUT_OF_BAND),
        (a_probe(age_s=900), UnitState.OK),
        (a_probe(age_s=901), UnitState.STALE),
        (a_probe(1500, age_s=901), UnitState.STALE),
        (a_probe(None, fault="open_circuit"), UnitState.FAULT),
        (a_probe(None), UnitState.FAULT),
        (a_probe(None, fault="open_circuit", age_s=901), UnitState.STALE),
        (a_probe(500, in_excursion=True), UnitState.EXCURSION),
        (a_probe(500, in_excursion=True, age_s=901), UnitState.EXCURSION),
        (Probe(None, None, None, 900, in_excursion=False), UnitState.STALE),
        (replace(a_probe(500), by_file=True), UnitState.BY_FILE),
        (replace(a_probe(1500), by_file=True), UnitState.BY_FILE),
        (replace(a_probe(500, age_s=901), by_file=True), UnitState.STALE),
        (replace(a_probe(1500, in_excursion=True), by_file=True), UnitState.EXCURSION),
    ],
)
def test_probe_is_in_range_only_on_a_fresh_reading_inside_the_band(
    probe: Probe, state: UnitState
) -> None:
    """Every edge of the band and of the time after which a reading is old."""
    assert rules.judge_probe(probe, FRIDGE, NOON) is state


def test_unit_takes_the_worst_state_of_its_probes() -> None:
    """One probe out of range outweighs one that is silent and one that is well."""
    states = [UnitState.OK, UnitState.STALE, UnitState.OUT_OF_BAND]

    assert rules.worst(states) is UnitState.OUT_OF_BAND


def test_a_logger_beside_a_live_probe_changes_nothing() -> None:
    """Alone it leaves open how things stand now; a green wall must not be blind."""
    assert rules.worst([UnitState.BY_FILE]) is UnitState.BY_FILE
    assert rules.worst([UnitState.BY_FILE, UnitState.OK]) is UnitState.OK


def test_unit_without_a_probe_is_not_called_well() -> None:
    """Nothing measured is not the same as nothing wrong."""
    assert rules.worst([]) is UnitState.NO_SENSOR
