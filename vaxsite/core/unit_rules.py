"""Acts on the rules of a unit: choose the set by which it is judged from now on.

What was judged before stays as it was judged, and what was read before is judged by the rules of
its time, however late it comes.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.rulebook import STANDARDS
from sensors.services import rule_choices
from sensors.store.places import Site, StorageUnit
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import N_
from vaxsite.core.errors import DomainError, NotFound


class RuleSetNotForUnit(DomainError):
    """The set is unknown, is not meant for the unit's profile, or is not in use yet."""

    sentence = N_("This set of rules is not meant for this unit.")


class SameRuleSet(DomainError):
    """The unit is judged by this set already."""

    sentence = N_("The unit is judged by this set of rules already.")


def choose_rules(
    session: Session, *, unit_id: int, rule_set: str, reason: str, actor: Actor, now: datetime
) -> None:
    """Judge the unit by *rule_set* from *now* on.

    Raises `NotFound`, `RuleSetNotForUnit` or `SameRuleSet`. Who may do it is the caller's to ask.
    """
    row = session.execute(
        select(StorageUnit.profile, Site.timezone)
        .join(Site, Site.id == StorageUnit.site_id)
        .where(StorageUnit.id == unit_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    standard = STANDARDS.get(rule_set)
    today = now.astimezone(ZoneInfo(row.timezone)).date()
    if standard is None or row.profile not in standard.profiles or today < standard.valid_from:
        raise RuleSetNotForUnit
    before = rule_choices.chosen(session, unit_id=unit_id, at=now)
    if before == rule_set:
        raise SameRuleSet
    rule_choices.choose(
        session, unit_id=unit_id, rule_set=rule_set, chosen_by=actor.id, reason=reason, now=now
    )
    audit.record(
        session,
        actor=actor,
        action="unit:choose-rules",
        subject=f"unit:{unit_id}",
        now=now,
        detail={"from": before, "to": rule_set, "reason": reason},
    )
