"""What people know of a storage unit, as its form shows it, and whether it is in use."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from sensors.domain.units import Profile
from sensors.store.places import StorageUnit
from vaxsite.coldchain.queries import places
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.core.actor import Actor
from vaxsite.core.units import UnitFacts


@dataclass(frozen=True)
class UnitRecord:
    """A unit with its facts; `retired_at` is None while it is in use."""

    unit: UnitName
    facts: UnitFacts
    retired_at: datetime | None
    retired_by: str | None
    retired_because: str | None


def get_record(session: Session, *, actor: Actor, unit_id: int) -> UnitRecord:
    """Return one unit; raise `NotFound` when *actor* may not see it."""
    unit = places.get_unit(session, actor=actor, unit_id=unit_id)
    row = session.get_one(StorageUnit, unit_id)
    facts = UnitFacts(
        name_en=row.name_en,
        name_zh=row.name_zh,
        profile=Profile(row.profile),
        maker=row.maker,
        model=row.model,
        serial_number=row.serial_number,
        pqs_code=row.pqs_code,
        made_in=row.made_in,
    )
    return UnitRecord(unit, facts, row.retired_at, row.retired_by, row.retired_because)
