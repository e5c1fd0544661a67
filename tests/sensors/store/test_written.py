"""Statements handed to the driver: what they write, what they refuse, who hears of them."""

import pytest
from sqlalchemy import Engine, bindparam, event, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.states import AlreadyMoved
from sensors.store.columns import table_of
from sensors.store.engine import open_engine
from sensors.store.lists import one_of
from sensors.store.places import NoticeTarget, Site
from sensors.store.together import at_once, change_row, insert_rows
from sensors.store.written import Written
from tests.build.sites import a_site

NAMES = Written(
    select(Site.code, Site.name_en).where(one_of(Site.code, "codes")).order_by(Site.code)
)
RENAME = Written(
    update(table_of(Site)).where(Site.code == bindparam("of")).values(name_en=bindparam("name"))
)


def target(site_id: int, address: str) -> dict[str, object]:
    return {"site_id": site_id, "channel": "console", "address": address, "language": "en"}


def site(code: str) -> dict[str, object]:
    return {"code": code, "name_en": code, "name_zh": code, "timezone": "Asia/Shanghai"}


def count(session: Session, row: type[Site] | type[NoticeTarget]) -> int:
    return session.scalar(select(func.count()).select_from(row)) or 0


def test_rows_and_changes_of_several_tables_are_written_together(session: Session) -> None:
    """Two targets, a site and a new name are all there at the end, and not before."""
    river = a_site(session, code="river")

    with at_once(session):
        insert_rows(session, NoticeTarget, [target(river.id, "a"), target(river.id, "b")])
        insert_rows(session, Site, [site("lake")])
        change_row(session, RENAME, late=AlreadyMoved("gone"), of="river", name="New river")
        assert count(session, NoticeTarget) == 0

    assert count(session, NoticeTarget) == 2
    found = NAMES.rows(session, codes=["lake", "river", "sea"])
    assert found == [("lake", "lake"), ("river", "New river")]


def test_a_change_that_meets_no_row_is_told(session: Session) -> None:
    """Whoever is late hears so, whatever else was written with it."""

    def rename() -> None:
        with at_once(session):
            insert_rows(session, Site, [site("lake")])
            change_row(session, RENAME, late=AlreadyMoved("gone"), of="river", name="New river")

    with pytest.raises(AlreadyMoved, match="gone"):
        rename()


def test_an_act_that_fails_inside_writes_nothing(session: Session) -> None:
    """Nothing goes out after an error, and the next rows stand alone."""

    def fail() -> None:
        with at_once(session):
            insert_rows(session, Site, [site("lake")])
            raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        fail()

    insert_rows(session, Site, [site("sea")])
    assert NAMES.rows(session, codes=["lake", "sea"]) == [("sea", "sea")]


def test_a_taken_key_is_an_integrity_error(session: Session) -> None:
    """The driver's error comes as SQLAlchemy's, so that nobody must know the driver."""
    a_site(session, code="river")

    with pytest.raises(IntegrityError):
        insert_rows(session, Site, [site("river")])


def test_listeners_hear_of_every_statement(engine: Engine, sessions: sessionmaker[Session]) -> None:
    """What goes past SQLAlchemy is still told to whoever counts or cuts off statements."""
    heard: list[str] = []

    def hear(*given: object) -> None:
        heard.append(str(given[2]))

    event.listen(engine, "before_cursor_execute", hear)
    with sessions() as session:
        NAMES.rows(session, codes=[])
    event.remove(engine, "before_cursor_execute", hear)

    assert any("FROM site" in one for one in heard)


def test_a_connection_that_the_server_closed_is_not_given_out(postgres_url: str) -> None:
    """After the server has sent everybody away the next transaction has a new connection."""
    engine, other = open_engine(postgres_url), open_engine(postgres_url)
    with engine.connect() as kept:
        pid = kept.scalar(text("SELECT pg_backend_pid()"))

    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": pid})
    with engine.connect() as fresh:
        again = fresh.scalar(text("SELECT pg_backend_pid()"))

    assert again != pid
    engine.dispose()
    other.dispose()
