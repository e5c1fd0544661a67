"""A unit is taken out of use when nothing is left in it: no probe, and no lot."""

from datetime import datetime

from sqlalchemy.orm import Session

from vaxsite.core import units
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import N_
from vaxsite.core.errors import DomainError
from vaxsite.stock import queries as stock


class LotsInside(DomainError):
    """What stands in a unit that nobody watches would warm up unseen."""

    sentence = N_("A lot still stands in this unit. Move it to another unit first.")


def retire(session: Session, *, unit_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Take a unit out of use; raises `LotsInside` and what `units.retire_unit` raises."""
    units.retire_unit(session, unit_id=unit_id, reason=reason, actor=actor, now=now)
    # Asked after the unit is locked: no lot comes in between.
    if stock.lots_in_unit(session, unit_id=unit_id, at=now):
        raise LotsInside
