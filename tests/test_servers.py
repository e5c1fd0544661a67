"""The private PostgreSQL gives each test a database that no earlier test has touched."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.engine import open_engine
from sensors.store.places import Site, TopicBinding
from sensors.store.transaction import transaction
from tests.build import sites
from tests.servers import PrivatePostgres
from vaxsite.core import actor, audit

pytestmark = pytest.mark.postgres


def test_a_used_database_comes_back_clean(postgres: PrivatePostgres) -> None:
    """Rows, audit entries, numbers and defaults are as after the migrations."""
    database = postgres.borrow()
    use(postgres, database)

    postgres.give_back(database)

    assert postgres.borrow() == database
    engine = open_engine(postgres.url(database))
    with Session(engine) as session:
        assert session.scalars(select(Site)).all() == []
        assert session.scalars(select(audit.AuditEntry)).all() == []
        assert len(session.scalars(select(TopicBinding)).all()) == 4
        assert sites.a_site(session).id == 1
    engine.dispose()
    postgres.drop(database)


def test_a_database_without_its_tables_is_not_lent_again(postgres: PrivatePostgres) -> None:
    """What a test has torn down is dropped."""
    database = postgres.borrow()
    with postgres.connect(database) as connection:
        connection.execute("DROP TABLE reading")

    postgres.give_back(database)

    assert postgres.borrow() != database


def use(postgres: PrivatePostgres, database: str) -> None:
    """Write what a test may write, and leave a connection open."""
    engine = open_engine(postgres.url(database))
    with Session(engine) as session, transaction(session):
        sites.a_site(session)
        session.add(TopicBinding(topic_filter="other/+", decoder="native"))
        now = datetime(2026, 1, 12, tzinfo=UTC)
        audit.record(
            session, actor=actor.system("test"), action="site:add", subject="site:1", now=now
        )
    engine.dispose()
