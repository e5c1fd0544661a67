"""By which rules a unit is judged, what was chosen when, and which sets it could be judged by."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.rules import Standard
from sensors.rulebook import STANDARDS
from sensors.services import rule_choices
from sensors.store.places import RuleChoice, StorageUnit
from vaxsite.coldchain.queries import places
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.core.actor import Actor


@dataclass(frozen=True)
class Choice:
    """One line of the history."""

    from_at: datetime
    rule_set: str
    chosen_by: str
    reason: str


@dataclass(frozen=True)
class UnitRules:
    """The rules of a unit now, the choices that led to them, newest first, and what it may have."""

    unit: UnitName
    rule_set: str
    now: Standard | None
    choices: tuple[Choice, ...]
    offered: tuple[Standard, ...]


def get_unit_rules(session: Session, *, actor: Actor, unit_id: int, now: datetime) -> UnitRules:
    """Return the rules of one unit; raise `NotFound` when *actor* may not see it."""
    unit = places.get_unit(session, actor=actor, unit_id=unit_id)
    row = session.get_one(StorageUnit, unit_id)
    rule_set = rule_choices.chosen(session, unit_id=unit_id, at=now) or row.rule_set
    chosen = session.scalars(
        select(RuleChoice).where(RuleChoice.unit_id == unit_id).order_by(RuleChoice.from_at.desc())
    )
    today = now.astimezone(ZoneInfo(unit.timezone)).date()
    return UnitRules(
        unit=unit,
        rule_set=rule_set,
        now=STANDARDS.get(rule_set),
        choices=tuple(
            Choice(one.from_at, one.rule_set, one.chosen_by, one.reason) for one in chosen
        ),
        offered=tuple(
            one
            for one in STANDARDS.values()
            if row.profile in one.profiles and one.valid_from <= today
        ),
    )
