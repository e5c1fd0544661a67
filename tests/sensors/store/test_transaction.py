"""The edge's transaction: commits once, rolls back whole, and is never opened inside another."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.outbox import Lease
from sensors.store.places import Site
from sensors.store.transaction import TransactionOpen, transaction

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def a_lease(name: str) -> Lease:
    return Lease(name=name, holder="ana", expires_at=NOON)


def test_a_transaction_commits_what_was_added(sessions: sessionmaker[Session]) -> None:
    """What was added in a transaction is there for another session."""
    with sessions() as session, transaction(session):
        session.add(a_lease("watch"))

    with sessions() as other:
        assert other.get_one(Lease, "watch").expires_at == NOON


def test_an_exception_leaves_nothing_behind(sessions: sessionmaker[Session]) -> None:
    """A transaction that raises has written nothing."""

    def fail(session: Session) -> None:
        with transaction(session):
            session.add(a_lease("watch"))
            session.flush()
            raise AlreadyMoved

    with sessions() as session, pytest.raises(AlreadyMoved):
        fail(session)

    with sessions() as other:
        assert other.get(Lease, "watch") is None


def test_a_transaction_inside_another_is_refused(sessions: sessionmaker[Session]) -> None:
    """Only the edge opens a transaction; a second one inside raises."""
    with sessions() as session, transaction(session):
        inner = transaction(session)
        with pytest.raises(TransactionOpen):
            inner.__enter__()


def test_the_session_can_write_again_after_a_failure(sessions: sessionmaker[Session]) -> None:
    """A failed transaction does not leave its session marked as writing."""
    with sessions() as session:
        with pytest.raises(AlreadyMoved), transaction(session):
            raise AlreadyMoved
        with transaction(session):
            session.add(a_lease("watch"))

    with sessions() as other:
        assert other.get(Lease, "watch") is not None


def test_reading_before_writing_does_not_lock_the_database(
    sessions: sessionmaker[Session],
) -> None:
    """Eight writers that each read first all get their turn on both databases."""
    with sessions() as session, transaction(session):
        session.add(a_lease("counter"))
    errors: list[BaseException] = []

    def read_then_write(number: int) -> None:
        try:
            with sessions() as session:
                session.scalar(select(func.count()).select_from(Site))
                with transaction(session):
                    session.add(a_lease(f"writer-{number}"))
        except BaseException as err:  # noqa: BLE001 - handed to the test's own thread.
            errors.append(err)

    threads = [threading.Thread(target=read_then_write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert errors == []
    with sessions() as session:
        assert session.scalar(select(func.count()).select_from(Lease)) == 9


def test_instants_come_back_in_utc_and_naive_ones_are_refused(
    sessions: sessionmaker[Session],
) -> None:
    """A naive datetime never reaches the database."""
    with sessions() as session:
        session.add(Lease(name="x", holder="y", expires_at=NOON.replace(tzinfo=None)))
        with pytest.raises(StatementError, match="naive datetime"):
            session.flush()
