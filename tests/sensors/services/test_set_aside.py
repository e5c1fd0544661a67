"""A chatty stranger cannot fill the disk, and the first of what it sent stays."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import set_aside
from sensors.services.messages import Message
from sensors.store.found import SetAsideTopic
from sensors.store.readings import SetAside
from sensors.store.transaction import transaction
from tests.build.messages import NOON


def put(sessions: sessionmaker[Session], topic: str, payloads: list[bytes]) -> None:
    with sessions() as session, transaction(session):
        for n, payload in enumerate(payloads):
            message = Message(topic, payload, NOON + timedelta(seconds=n))
            set_aside.put(session, message, "broken")


def test_rows_of_a_topic_are_bounded_and_the_rest_is_counted(
    sessions: sessionmaker[Session], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first three examples stay as they came; of the others it is told how many."""
    monkeypatch.setattr(set_aside, "TOPIC_ROWS", 3)
    put(sessions, "a", [b"%d" % n for n in range(10)])

    kept = session.scalars(select(SetAside.payload).order_by(SetAside.id)).all()
    row = session.scalars(select(SetAsideTopic)).one()
    assert kept == [b"0", b"1", b"2"]
    assert (row.kept, row.only_counted) == (3, 7)


def test_bytes_of_a_topic_are_bounded(
    sessions: sessionmaker[Session], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A payload that is too long for what is left is counted; a shorter one is kept yet."""
    monkeypatch.setattr(set_aside, "TOPIC_BYTES", 10)
    put(sessions, "a", [b"12345", b"123456", b"1234"])

    assert session.scalars(select(SetAside.size).order_by(SetAside.id)).all() == [5, 4]


def test_made_up_topics_share_one_bound(
    sessions: sessionmaker[Session], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Known topics keep theirs."""
    monkeypatch.setattr(set_aside, "TOPICS", 2)
    monkeypatch.setattr(set_aside, "TOPIC_ROWS", 2)
    for name in ("a", "b", "c", "d", "e", "a"):
        put(sessions, name, [name.encode() * (1 if name != "a" else 2), b"x"])

    rows = session.execute(
        select(SetAsideTopic.topic, SetAsideTopic.kept, SetAsideTopic.only_counted).order_by(
            SetAsideTopic.topic
        )
    ).all()
    assert [tuple(row) for row in rows] == [("#", 2, 4), ("a", 2, 0), ("b", 2, 0)]


def test_redelivery_counts_nothing(sessions: sessionmaker[Session], session: Session) -> None:
    """The same payload on the same topic is the same row, and takes no room twice."""
    put(sessions, "a", [b"1", b"1", b"1"])

    row = session.scalars(select(SetAsideTopic)).one()
    assert (row.kept, row.kept_bytes, row.only_counted) == (1, 1, 0)
