"""The schema comes from the migrations and holds what the code cannot promise alone."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.places import Site, TopicBinding
from sensors.store.transaction import transaction
from tests.build import sites
from tests.conftest import FrozenClock
from vaxsite.core import actor, audit, schema


def test_migrated_database_is_current(engine: Engine) -> None:
    """A database made by the migrations is at the newest revision."""
    assert schema.is_current(engine)


def test_empty_database_is_not_current(engine: Engine) -> None:
    """A database whose migrations were taken back is not up to date."""
    schema.downgrade(engine, "base")

    assert not schema.is_current(engine)


def test_usual_topics_are_bound(session: Session) -> None:
    """A new installation decodes the makes that the project knows."""
    bindings = session.execute(select(TopicBinding.topic_filter, TopicBinding.decoder)).all()

    assert {tuple(binding) for binding in bindings} == {
        ("vaxsite/+/reading", "native_json"),
        ("application/+/device/+/event/up", "chirpstack_lht65n"),
        ("zigbee2mqtt/+", "zigbee2mqtt"),
        ("cce/+/transmission", "who_cce"),
    }


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET action = 'other:act'", "DELETE FROM audit_entry"]
)
def test_audit_refuses_to_be_rewritten(
    session: Session, clock: FrozenClock, statement: str
) -> None:
    """Nobody changes or deletes an audit entry, not even with SQL of their own."""
    with transaction(session):
        write_audit(session, clock.now)

    with pytest.raises(DatabaseError, match="never changed"):
        session.execute(text(statement))


def test_write_without_audit_is_refused(sessions: sessionmaker[Session]) -> None:
    """A transaction that changes a record and leaves no audit row does not commit."""
    with sessions() as session:
        with pytest.raises(audit.Unaudited), transaction(session):
            sites.a_site(session)

        assert session.scalars(select(Site)).all() == []


def test_write_with_audit_commits(sessions: sessionmaker[Session], clock: FrozenClock) -> None:
    """A transaction that says who did what commits."""
    with sessions() as session:
        with transaction(session):
            site = sites.a_site(session)
            write_audit(session, clock.now)

        assert session.scalars(select(Site.id)).all() == [site.id]


def write_audit(session: Session, now: datetime) -> None:
    """Write one audit entry."""
    audit.record(session, actor=actor.system("test"), action="site:add", subject="site:1", now=now)
