"""Who acts for the system: one holder a role until the lease runs out, on both databases.

A lease is taken by one guarded statement. It never outlives its time: a holder that died is
followed by another as soon as the lease has expired.
"""

from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.orm import Session

from sensors.store.dialect import insert_if_absent
from sensors.store.outbox import Lease


def hold(session: Session, name: str, holder: str, now: datetime, for_s: int) -> bool:
    """Take or renew the lease *name* for *for_s* seconds; tell whether *holder* has it now."""
    until = now + timedelta(seconds=for_s)
    taken = session.execute(
        update(Lease)
        .where(Lease.name == name, or_(Lease.holder == holder, Lease.expires_at <= now))
        .values(holder=holder, expires_at=until)
    )
    assert isinstance(taken, CursorResult)
    if taken.rowcount == 1:
        return True
    return insert_if_absent(session, Lease, name=name, holder=holder, expires_at=until)


def release(session: Session, name: str, holder: str) -> None:
    """Give the lease up at once, so that another need not wait for it to expire."""
    session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))


def take(session: Session, name: str, holder: str, now: datetime, for_s: int) -> None:
    """Take the lease *name* whoever has it: for one who has been chosen by another lease."""
    until = now + timedelta(seconds=for_s)
    taken = session.execute(
        update(Lease).where(Lease.name == name).values(holder=holder, expires_at=until)
    )
    assert isinstance(taken, CursorResult)
    if taken.rowcount == 0:
        insert_if_absent(session, Lease, name=name, holder=holder, expires_at=until)


def inherit(session: Session, name: str, *, dead: str, holder: str) -> None:
    """Give *holder* the lease of *dead*, which is known to hold nothing any more."""
    session.execute(
        update(Lease).where(Lease.name == name, Lease.holder == dead).values(holder=holder)
    )


def holder_of(session: Session, name: str) -> str | None:
    """Return who took the lease *name* last, expired or not."""
    return session.scalar(select(Lease.holder).where(Lease.name == name))


def expires_at(session: Session, name: str) -> datetime | None:
    """Return until when the lease *name* holds or held; None when nobody ever took it."""
    return session.scalar(select(Lease.expires_at).where(Lease.name == name))
