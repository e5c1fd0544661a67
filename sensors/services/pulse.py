"""Is somebody watching now? Seen from the leases that the subscriber and the watch renew.

A wall asks this before it shows a fridge as well: a reading that nobody receives and an alarm that
nobody sends look exactly like calm.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.services.silence import LISTENING, LISTENS_FOR_S
from sensors.store.outbox import Lease

WATCH = "watch"
WATCH_S = 60
# The subscriber renews every 10 s, the watch every 2 s. A wall that looks every 10 s then tells of
# either within 30 s of its last sign.
QUIET_AFTER = timedelta(seconds=20)


class Part(StrEnum):
    """What must run for a fridge to be watched."""

    SUBSCRIBER = "subscriber"
    WATCH = "watch"


_LEASES = {
    LISTENING: (Part.SUBSCRIBER, timedelta(seconds=LISTENS_FOR_S)),
    WATCH: (Part.WATCH, timedelta(seconds=WATCH_S)),
}


@dataclass(frozen=True)
class Stopped:
    """A part that gives no sign, since when; null where nothing tells of it any more."""

    part: Part
    since: datetime | None


def stopped(session: Session, *, now: datetime) -> tuple[Stopped, ...]:
    """Return the parts that have given no sign for `QUIET_AFTER`; empty when all is watched."""
    rows = session.execute(select(Lease.name, Lease.expires_at).where(Lease.name.in_(_LEASES)))
    until = {row.name: row.expires_at for row in rows}
    found: list[Stopped] = []
    for name, (part, lasts) in _LEASES.items():
        since = until[name] - lasts if name in until else None
        if since is None or now - since > QUIET_AFTER:
            found.append(Stopped(part, since))
    return tuple(found)
