"""Where vaccine is kept and between which limits. Temperatures are integer centi-degrees Celsius.

Limits are data with a source, to be checked by a qualified person against the official text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Profile(StrEnum):
    """What a storage unit is for; decides its safe band."""

    FRIDGE = "fridge"
    FREEZER = "freezer"
    ULTRA_COLD = "ultra_cold"
    COLD_ROOM = "cold_room"
    COLD_BOX = "cold_box"  # A cold box or a vaccine carrier: without power, on its way.
    AMBIENT = "ambient"  # A store at room temperature, for diluents and the like.


@dataclass(frozen=True)
class Band:
    """The safe band of a profile, both ends included, in centi-degrees Celsius."""

    low_centi: int
    high_centi: int
    source: str

    def contains(self, centi: int) -> bool:
        """Tell whether *centi* lies inside the band; the limits themselves do."""
        return self.low_centi <= centi <= self.high_centi


BANDS: Mapping[Profile, Band] = {
    Profile.FRIDGE: Band(200, 800, "WHO; US CDC toolkit; Vaccine Administration Law 2019 Art. 37"),
    Profile.FREEZER: Band(-5000, -1500, "US CDC toolkit"),
    Profile.ULTRA_COLD: Band(-9000, -6000, "Pfizer-BioNTech SmPC, July 2021"),
    Profile.COLD_ROOM: Band(200, 800, "WHO; Vaccine Administration Law 2019 Art. 37; GSP annex 3"),
    Profile.COLD_BOX: Band(200, 800, "WHO; Vaccine Administration Law 2019 Art. 37 and 39"),
    Profile.AMBIENT: Band(1000, 3000, "Chinese Pharmacopoeia, general notices (not read)"),
}


class MaintenanceKind(StrEnum):
    """Why people disturb a unit on purpose."""

    DEFROST = "defrost"
    CLEANING = "cleaning"
    REPAIR = "repair"


@dataclass(frozen=True)
class Maintenance:
    """Work on a unit during [from_at, to_at): what happens then is recorded and wakes nobody."""

    kind: MaintenanceKind
    reason: str
    from_at: datetime
    to_at: datetime

    def covers(self, at: datetime) -> bool:
        """Tell whether the work goes on at *at*."""
        return self.from_at <= at < self.to_at
