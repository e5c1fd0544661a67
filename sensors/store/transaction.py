"""The only place that commits. Views, jobs and the message handler open a transaction here.

No network call happens inside one, and no service commits.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session, sessionmaker

from sensors.store.engine import WRITE


class TransactionOpen(Exception):
    """A transaction was opened inside another: only the edge opens one."""


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """Write inside one transaction: commit at the end, roll back on any exception.

    What was only read before (the signed-in user, say) is let go first, so that SQLite can take
    its write lock at BEGIN; objects read earlier are read again when they are used.
    """
    if session.info.get(WRITE):
        raise TransactionOpen
    session.rollback()
    session.info[WRITE] = True
    try:
        session.info[WRITE] = session.connection(execution_options={WRITE: True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop(WRITE, None)


def in_portions(
    sessions: sessionmaker[Session],
    act: Callable[[Session], int],
    *,
    portion: int,
    rest_s: float = 0,
) -> int:
    """Do *act* in one transaction after the other until one has less to do than a *portion*.

    *act* does up to a portion of what is due and says how much it was; return how much it all was.
    Long work rests *rest_s* between two portions: whoever waits for the lock of SQLite looks again
    every tenth of a second, and would find it taken each time.
    """
    total = 0
    while True:
        with sessions() as session, transaction(session):
            done = act(session)
        total += done
        if done < portion:
            return total
        time.sleep(rest_s)


@contextmanager
def rehearsal(session: Session) -> Iterator[Session]:
    """Write inside one transaction that is always rolled back: to see what an act would do."""
    try:
        with transaction(session):
            yield session
            raise _RolledBackOnPurpose
    except _RolledBackOnPurpose:
        pass


class _RolledBackOnPurpose(Exception):
    """The end of a rehearsal."""
