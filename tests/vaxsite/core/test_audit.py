"""The audit: no write without it, nothing altered unseen."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.places import Site
from sensors.store.transaction import transaction
from vaxsite.core import audit
from vaxsite.core.actor import system

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ACTOR = system("test")


def a_site() -> Site:
    return Site(code="lx", name_en="Liangxi", name_zh="梁溪", timezone="Asia/Shanghai")


def write_entries(sessions: sessionmaker[Session], count: int) -> None:
    with sessions() as session, transaction(session):
        for number in range(count):
            audit.record(
                session, actor=ACTOR, action="site:add", subject=f"site:{number}", now=NOON
            )


def test_a_write_without_an_audit_row_is_not_committed(sessions: sessionmaker[Session]) -> None:
    """Forgetting the audit is a failure, and nothing was written."""
    with (
        sessions() as session,
        pytest.raises(audit.Unaudited, match="site"),
        transaction(session),
    ):
        session.add(a_site())

    with sessions() as session:
        assert session.scalar(select(Site)) is None


def test_a_bulk_statement_without_an_audit_row_is_not_committed(
    sessions: sessionmaker[Session],
) -> None:
    """An UPDATE that bypasses the unit of work is noticed too."""
    with (
        sessions() as session,
        pytest.raises(audit.Unaudited, match="site"),
        transaction(session),
    ):
        session.execute(update(Site).values(timezone="UTC"))


def test_a_write_with_its_audit_row_is_committed(sessions: sessionmaker[Session]) -> None:
    """The act and its audit row stand in one transaction."""
    with sessions() as session, transaction(session):
        session.add(a_site())
        audit.record(session, actor=ACTOR, action="site:add", subject="site:lx", now=NOON)

    with sessions() as session:
        entry = session.scalars(select(audit.AuditEntry)).one()
        assert (entry.action, entry.subject, entry.at) == ("site:add", "site:lx", NOON)


def test_reading_needs_no_audit_row(sessions: sessionmaker[Session]) -> None:
    """A transaction that only reads commits."""
    with sessions() as session, transaction(session):
        assert session.scalar(select(Site)) is None


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET actor_id = 'eve'", "DELETE FROM audit_entry"]
)
def test_the_database_refuses_to_alter_the_audit(
    sessions: sessionmaker[Session], statement: str
) -> None:
    """An audit row can be neither changed nor removed, whoever asks."""
    write_entries(sessions, 1)

    with sessions() as session, pytest.raises(DBAPIError, match="never"):
        session.execute(text(statement))


def test_sealing_chains_every_entry_once(sessions: sessionmaker[Session]) -> None:
    """Sealing twice gives each entry one place, in order, and the chain holds."""
    write_entries(sessions, 3)
    assert audit.seal_all(sessions) == 3
    write_entries(sessions, 2)
    assert audit.seal_all(sessions) == 2
    assert audit.seal_all(sessions) == 0

    with sessions() as session:
        places = session.scalars(select(audit.AuditSeal.place).order_by(audit.AuditSeal.place))
        assert list(places) == [1, 2, 3, 4, 5]
        assert audit.broken_seals(session) == []


def test_an_altered_seal_is_found(sessions: sessionmaker[Session]) -> None:
    """A digest that was changed breaks its own place and the next one."""
    write_entries(sessions, 3)
    audit.seal_all(sessions)
    with sessions() as session, transaction(session):
        session.execute(
            update(audit.AuditSeal).where(audit.AuditSeal.place == 2).values(digest=b"\0" * 32)
        )

    with sessions() as session:
        assert audit.broken_seals(session) == [2, 3]


def test_a_missing_seal_is_found(sessions: sessionmaker[Session]) -> None:
    """A chain with a hole in it does not hold."""
    write_entries(sessions, 3)
    audit.seal_all(sessions)
    with sessions() as session, transaction(session):
        session.execute(text("DELETE FROM audit_seal WHERE place = 2"))

    with sessions() as session:
        assert audit.broken_seals(session) != []
