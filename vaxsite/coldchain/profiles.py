"""The kinds of storage units in words."""

from collections.abc import Mapping

from sensors.domain.units import Profile
from vaxsite.core.decisions import N_

PROFILES: Mapping[Profile, str] = {
    Profile.FRIDGE: N_("Vaccine refrigerator"),
    Profile.FREEZER: N_("Freezer"),
    Profile.ULTRA_COLD: N_("Ultra-cold freezer"),
    Profile.COLD_ROOM: N_("Cold room"),
    Profile.COLD_BOX: N_("Cold box or vaccine carrier"),
    Profile.AMBIENT: N_("Store at room temperature"),
}
