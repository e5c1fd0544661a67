"""The command's part of retention: readings whose term is over are deleted, bounded, audited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from sensors.services import deleting, known, verify
from vaxsite.coldchain import retention
from vaxsite.coldchain.queries import retained
from vaxsite.coldchain.queries.retained import Day
from vaxsite.core import audit
from vaxsite.core.actor import Actor

# Of one transaction, our own choice: the ingest waits for the probe's lock meanwhile.
DAYS_AT_ONCE = 31
READINGS_AT_ONCE = 100_000


@dataclass(frozen=True)
class Deleted:
    """What one transaction deleted: whole days of UTC from `first` to `last`, both included."""

    readings: int
    days: int
    first: date
    last: date


def delete_next(session: Session, *, sensor_id: int, actor: Actor, now: datetime) -> Deleted | None:
    """Delete the oldest days of a probe whose term is over; None when there are none left.

    Asks the rule again inside the transaction: a lot entered or an excursion found meanwhile keeps
    its readings.
    """
    deleting.hold(session, sensor_id)
    days = _at_once(retained.days_over(session, sensor_id, now=now))
    if not days:
        return None
    gone = deleting.delete_days(
        session, sensor_id=sensor_id, days=[one.begins_at for one in days], now=now
    )
    done = Deleted(gone, len(days), days[0].begins_at.date(), days[-1].begins_at.date())
    audit.record(
        session,
        actor=actor,
        action="reading:delete",
        subject=f"sensor:{sensor_id}",
        now=now,
        detail={
            "readings": done.readings,
            "days": done.days,
            "first": done.first.isoformat(),
            "last": done.last.isoformat(),
            "rule": retention.RULE,
        },
    )
    return done


def unprovable(session: Session, *, sensor_id: int, now: datetime) -> list[str]:
    """Return what could no longer be shown of a probe once its due days were deleted.

    Empty for almost every probe. A rule that adds up a month may need readings from before an
    excursion's own; then all readings of the probe stay, and a person is told.
    """
    days = frozenset(one.begins_at for one in retained.days_over(session, sensor_id, now=now))
    if not days:
        return []
    sensor = known.load_sensor(session, sensor_id)
    return [f"{one.kind} {one.detail}" for one in verify.check(session, sensor, without=days)]


def _at_once(days: Sequence[Day]) -> list[Day]:
    taken: list[Day] = []
    for one in days[:DAYS_AT_ONCE]:
        if taken and sum(each.readings for each in taken) + one.readings > READINGS_AT_ONCE:
            break
        taken.append(one)
    return taken
