"""A unit is judged by another rule set from an instant on; what was read before stays as it was.

The probes in it are judged again from that instant, because readings made after it may have come
already. The choice stands in the transaction that counts the revision, so that no batch of readings
is judged by the rules of before.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.services import known, placing
from sensors.store import dialect
from sensors.store.places import ProbePlacement, RuleChoice, StorageUnit

_MOMENT = timedelta(microseconds=1)


def choose(
    session: Session, *, unit_id: int, rule_set: str, chosen_by: str, reason: str, now: datetime
) -> None:
    """Judge the unit by *rule_set* from *now* on."""
    sensor_ids = session.scalars(
        select(ProbePlacement.sensor_id).where(
            ProbePlacement.unit_id == unit_id, ProbePlacement.to_at.is_(None)
        )
    ).all()
    dialect.lock_states(session.connection(), sensor_ids)  # No batch judges them meanwhile.
    session.add(
        RuleChoice(
            unit_id=unit_id, from_at=now, rule_set=rule_set, chosen_by=chosen_by, reason=reason
        )
    )
    session.flush()
    known.changed(session)
    for sensor_id in sorted(sensor_ids):
        placing.judge_from(session, sensor_id, now - _MOMENT, now=now)


def chosen(session: Session, *, unit_id: int, at: datetime) -> str | None:
    """Return by which rule set the unit is judged at *at*; None for an unknown unit."""
    last = session.scalar(
        select(RuleChoice.rule_set)
        .where(RuleChoice.unit_id == unit_id, RuleChoice.from_at <= at)
        .order_by(RuleChoice.from_at.desc())
        .limit(1)
    )
    if last is not None:
        return last
    return session.scalar(select(StorageUnit.rule_set).where(StorageUnit.id == unit_id))
