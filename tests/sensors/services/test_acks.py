"""A device may empty its buffer up to where nothing is missing."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import known
from sensors.services.acks import PATIENCE_S, Acks, Reply, Stored
from tests.build.messages import a_reading, take_in


def noted(acks: Acks, *seqs: int) -> None:
    acks.note(Stored("probe-1", 1, "b1", seq) for seq in seqs)


def store(sessions: sessionmaker[Session], *minutes: int) -> None:
    take_in(sessions, [a_reading(minute=minute) for minute in minutes])


def replies(acks: Acks, sessions: sessionmaker[Session], moment: float = 0.0) -> list[Reply]:
    with sessions() as session:
        return acks.take_due(session, moment=moment)


def test_hole_holds_the_answer_back_until_it_is_filled(
    sessions: sessionmaker[Session], probe: int
) -> None:
    """What the broker lost is still in the device's buffer, because nobody told it otherwise."""
    acks = Acks()
    store(sessions, 1, 2, 4, 5)
    noted(acks, 1, 2, 4, 5)
    with_hole = replies(acks, sessions)
    store(sessions, 3)
    noted(acks, 3)

    assert with_hole == [Reply("probe-1", "b1", 2)]
    assert replies(acks, sessions) == [Reply("probe-1", "b1", 5)]
    assert replies(acks, sessions) == []


def test_hole_that_stays_is_passed_over(sessions: sessionmaker[Session], probe: int) -> None:
    """A reading that the device no longer has does not fill its buffer for ever."""
    acks = Acks()
    store(sessions, 1, 2, 4)
    noted(acks, 1, 2, 4)
    replies(acks, sessions, moment=1.0)
    store(sessions, 5)
    noted(acks, 5)

    assert replies(acks, sessions, moment=PATIENCE_S + 2.0) == [Reply("probe-1", "b1", 5)]


def test_restarted_subscriber_answers_from_the_database(
    sessions: sessionmaker[Session], probe: int
) -> None:
    """What was stored before the restart counts."""
    store(sessions, 1, 2, 3, 4, 6)
    acks = Acks()
    noted(acks, 4)

    assert replies(acks, sessions) == [Reply("probe-1", "b1", 4)]


@pytest.mark.parametrize(
    ("topic_filter", "topic", "does"),
    [
        ("vaxsite/+/reading", "vaxsite/a/reading", True),
        ("vaxsite/+/reading", "vaxsite/a/b/reading", False),
        ("vaxsite/+/reading", "vaxsite/a", False),
        ("application/#", "application/1/device/2/event/up", True),
        ("application/#", "application", True),
        ("#", "$SYS/broker/load", False),
        ("+/broker", "$SYS/broker", False),
        ("$SYS/#", "$SYS/broker", True),
        ("a/b", "a/b", True),
        ("a/b", "a/B", False),
    ],
)
def test_topic_filter_matches_as_the_broker_does(
    topic_filter: str, topic: str, *, does: bool
) -> None:
    """The cases of MQTT 5, section 4.7."""
    assert known.matches(topic_filter, topic) is does
