"""Acts around work on a unit: begin and end a time in which alarms of it wake nobody."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from sensors.domain.units import Maintenance, MaintenanceKind
from sensors.services import maintenance
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import N_
from vaxsite.core.errors import DomainError

# Whoever works longer says so again: a forgotten window must not silence a unit. Our own choice.
LONGEST = timedelta(hours=12)


class WindowTooLong(DomainError):
    """The work is planned to last longer than a window may."""

    sentence = N_("Work on a unit lasts at most 12 hours; write it down again if it goes on.")


class NobodyWorks(DomainError):
    """There is nothing to end."""

    sentence = N_("Nobody is working on this unit.")


def begin(
    session: Session,
    *,
    unit_id: int,
    kind: MaintenanceKind,
    reason: str,
    until: datetime,
    actor: Actor,
    now: datetime,
) -> int:
    """Write down that people work on a unit from now to *until*; raises `WindowTooLong`."""
    if not now < until <= now + LONGEST:
        raise WindowTooLong
    work = Maintenance(kind, reason, now, until)
    window_id = maintenance.begin(session, unit_id=unit_id, work=work, actor_id=actor.id, now=now)
    audit.record(
        session,
        actor=actor,
        action="maintenance:begin",
        subject=f"unit:{unit_id}",
        now=now,
        detail={"kind": kind.value, "until": until.isoformat()},
    )
    return window_id


def end(session: Session, *, unit_id: int, actor: Actor, now: datetime) -> None:
    """End the work on a unit before its time; raises `NobodyWorks`."""
    if not maintenance.end(session, unit_id=unit_id, actor_id=actor.id, now=now):
        raise NobodyWorks
    audit.record(session, actor=actor, action="maintenance:end", subject=f"unit:{unit_id}", now=now)
