"""The act on a month: a person signs its log as they have seen it."""

from datetime import datetime

from sqlalchemy.orm import Session

from sensors.store.dialect import insert_if_absent
from vaxsite.coldchain.queries import places
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Permission
from vaxsite.logbook import content, rules
from vaxsite.logbook.models import MonthSignature
from vaxsite.logbook.months import Month
from vaxsite.logbook.queries import signatures
from vaxsite.logbook.queries.signatures import SignedMonth
from vaxsite.logbook.rules import MonthReason, Standing


def sign(
    session: Session, *, unit_id: int, month: Month, seen: bytes, actor: Actor, now: datetime
) -> int:
    """Sign the log of a unit's month, of which *actor* has seen the content with digest *seen*.

    Returns the number of the signature. Raises `NotFound` where *actor* may not sign, `RefusedAct`
    while the month goes on, where the log changed meanwhile, or where it is signed as it is.
    """
    unit = places.get_unit(session, actor=actor, unit_id=unit_id)
    if not actor.may(Permission.MONTH_SIGN, unit.site_id):
        raise NotFound
    found = signatures.signed_month(session, unit_id=unit_id, month=month, now=now)
    verdict = rules.may_sign(standing(found), seen, now)
    if isinstance(verdict, Refused):
        raise RefusedAct(verdict, rules.SENTENCES)
    number = found.newest.number + 1 if found.newest else 1
    stored = insert_if_absent(
        session,
        MonthSignature,
        unit_id=unit_id,
        month=month.first,
        number=number,
        signed_by=actor.id,
        signed_at=now,
        digest=found.digest,
        content=content.canonical(found.log),
    )
    if not stored:  # Somebody else signed at the same moment.
        raise RefusedAct(Refused(MonthReason.SIGNED_ALREADY, rules.RULE), rules.SENTENCES)
    audit.record(
        session,
        actor=actor,
        action="month:sign",
        subject=f"unit:{unit_id}",
        now=now,
        detail={"month": str(month), "number": number, "digest": found.digest.hex()},
    )
    return number


def standing(found: SignedMonth) -> Standing:
    """Return what the decision about a signature needs to know of a month."""
    zone = found.log.unit.timezone
    return Standing(
        ends_at=found.log.month.bounds(zone)[1],
        timezone=zone,
        digest=found.digest,
        signed=found.newest.digest if found.newest else None,
    )
