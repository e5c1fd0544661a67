"""Safe bands, and that no rule alarms inside the band of the profile it is for."""

import pytest

from sensors.domain.units import BANDS, Profile
from sensors.rulebook import RULE_SETS, STANDARDS


@pytest.mark.parametrize(
    ("profile", "low", "high"),
    [
        (Profile.FRIDGE, 2.0, 8.0),
        (Profile.FREEZER, -50.0, -15.0),
        (Profile.ULTRA_COLD, -90.0, -60.0),
        (Profile.COLD_ROOM, 2.0, 8.0),
        (Profile.COLD_BOX, 2.0, 8.0),
        (Profile.AMBIENT, 10.0, 30.0),
    ],
)
def test_both_ends_of_a_band_are_safe(profile: Profile, low: float, high: float) -> None:
    """One hundredth of a degree beyond either end is not."""
    band = BANDS[profile]

    assert (band.low_centi, band.high_centi) == (round(low * 100), round(high * 100))
    assert band.contains(band.low_centi)
    assert band.contains(band.high_centi)
    assert not band.contains(band.low_centi - 1)
    assert not band.contains(band.high_centi + 1)


@pytest.mark.parametrize(
    ("name", "profile"),
    [
        ("who-pqs", Profile.FRIDGE),
        ("cn-clinic", Profile.FRIDGE),
        ("fridge-tag-2l", Profile.FRIDGE),
        ("fridge-tag-2", Profile.FRIDGE),
        ("q-tag-clm", Profile.FRIDGE),
        ("cn-gsp", Profile.FRIDGE),
        ("us-cdc", Profile.FRIDGE),
        ("freezer", Profile.FREEZER),
        ("ultra-cold", Profile.ULTRA_COLD),
        ("cn-transport", Profile.COLD_BOX),
        ("ambient", Profile.AMBIENT),
    ],
)
def test_no_rule_forbids_what_the_band_allows(name: str, profile: Profile) -> None:
    """An alarm inside the safe band would teach people to ignore alarms."""
    rules, band = RULE_SETS[name], BANDS[profile]

    assert rules.calm_low <= band.low_centi
    assert rules.calm_high >= band.high_centi


@pytest.mark.parametrize("profile", list(Profile))
def test_every_profile_has_a_band_with_a_source_and_rules_on_both_sides(profile: Profile) -> None:
    """A unit that nothing can judge, or that may freeze unseen, cannot be added."""
    band = BANDS[profile]
    meant = [one for one in STANDARDS.values() if profile.value in one.profiles]

    assert band.source
    assert meant
    assert any(
        one.breaches.calm_low == band.low_centi and one.breaches.calm_high == band.high_centi
        for one in meant
    )


def test_no_set_alarms_inside_the_band_of_any_profile_it_is_offered_for() -> None:
    """What a unit's page offers never cries over what is safe there, mSupply's limits apart."""
    for name, one in STANDARDS.items():
        for profile in one.profiles:
            band, slack = BANDS[Profile(profile)], 1 if name == "msupply" else 0
            assert one.breaches.calm_low <= band.low_centi + slack, (name, profile)
            assert one.breaches.calm_high >= band.high_centi - slack, (name, profile)
