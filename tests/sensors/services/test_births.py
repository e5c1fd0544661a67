"""Data with aliases alone is read by what the births of its node told, and never by another's."""

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.payloads import sparkplug
from sensors.payloads.parsing import UndecodablePayload
from sensors.services import births, taking_in
from sensors.services.births import Rebirths
from sensors.services.messages import Message
from sensors.store.births import SparkplugBirth
from sensors.store.places import TopicBinding
from sensors.store.readings import ReadingRow, SetAside
from sensors.store.transaction import transaction
from tests.build import places
from tests.build.messages import NOON, take_in
from tests.build.sparkplug import FLOAT, a_message, metric, of_session, unit

NODE, FRIDGE = "clinic/node-1", "clinic/node-1/fridge"
SECOND = timedelta(seconds=1)


@pytest.fixture
def fridge(session: Session) -> None:
    """Store a fridge whose probe is a metric of a device behind a node."""
    unit_ = places.a_fridge(session, site=places.a_site(session))
    places.a_probe(session, unit=unit_, device=FRIDGE, channel="inside")
    session.add(TopicBinding(topic_filter="spBv1.0/#", decoder="sparkplug"))
    session.commit()


def node_birth(number: int, at: datetime) -> Message:
    return a_message("NBIRTH", [of_session(number)], at, name=NODE)


def birth(at: datetime, alias: int = 3, name: str = "inside", text: str = "°C") -> Message:
    told = metric(4.0, name=name, alias=alias, datatype=FLOAT, properties=unit(text))
    return a_message("DBIRTH", [told], at, name=FRIDGE)


def data(celsius: float, at: datetime, alias: int = 3) -> Message:
    return a_message("DDATA", [metric(celsius, alias=alias)], at, name=FRIDGE)


def centis(session: Session) -> list[int | None]:
    return list(session.scalars(select(ReadingRow.centi).order_by(ReadingRow.measured_at)))


def waiting(session: Session) -> list[str]:
    wanted = select(SetAside.reason).where(SetAside.taken_at.is_(None)).order_by(SetAside.id)
    return list(session.scalars(wanted))


def at(seconds: int) -> datetime:
    return NOON + seconds * SECOND


def test_alias_is_read_by_what_the_birth_told(
    sessions: sessionmaker[Session], fridge: None, session: Session
) -> None:
    """Name and unit stood in the birth, also of an earlier batch, as after a restart."""
    take_in(sessions, [node_birth(1, at(0)), birth(at(1), text="°F")])
    result = take_in(sessions, [data(40.28, at(2))])

    assert centis(session) == [-1556, 460]
    assert (result.set_aside, result.asked) == (0, set())


def test_unknown_alias_is_set_aside_and_read_after_the_birth(
    sessions: sessionmaker[Session], fridge: None, session: Session
) -> None:
    """The node is asked, and what it sent meanwhile is a reading of its own time."""
    first = take_in(sessions, [data(5.0, at(0)), data(6.0, at(1))])
    before = waiting(session)
    session.rollback()
    take_in(sessions, [node_birth(1, at(2)), birth(at(3))])

    assert (first.new, first.set_aside, first.asked) == (0, 2, {NODE})
    assert before == [f"{sparkplug.NO_BIRTH}{FRIDGE}"] * 2
    assert centis(session) == [500, 600, 400]
    assert waiting(session) == []


def test_birth_in_the_same_batch_reads_what_came_before_it(
    sessions: sessionmaker[Session], fridge: None, session: Session
) -> None:
    """A backlog of the broker is one batch; its order is kept."""
    take_in(sessions, [data(5.0, at(0)), birth(at(1)), data(6.0, at(2))])

    assert centis(session) == [500, 400, 600]


def test_alias_of_an_ended_session_is_never_read_by_a_later_birth(
    sessions: sessionmaker[Session], fridge: None, session: Session
) -> None:
    """After a death the same number may mean another metric: what waited stays set aside."""
    take_in(sessions, [node_birth(1, at(0)), data(30.0, at(1))])
    take_in(sessions, [a_message("NDEATH", [of_session(1)], at(2), name=NODE)])
    take_in(sessions, [node_birth(2, at(3)), birth(at(4))])

    assert centis(session) == [400]
    assert waiting(session) == [f"{births.ENDED}{NODE}"]


def test_data_after_a_death_asks_again(
    sessions: sessionmaker[Session], fridge: None, session: Session
) -> None:
    """What the aliases meant is forgotten with the session of the node."""
    take_in(sessions, [node_birth(1, at(0)), birth(at(1))])
    take_in(sessions, [a_message("NDEATH", [of_session(1)], at(2), name=NODE)])

    assert take_in(sessions, [data(5.0, at(3))]).asked == {NODE}
    assert centis(session) == [400]


def test_will_of_an_earlier_session_ends_nothing(
    sessions: sessionmaker[Session], fridge: None, session: Session
) -> None:
    """A broker tells late that the old connection died; the node has been born anew since."""
    take_in(sessions, [node_birth(2, at(0)), birth(at(1))])
    take_in(sessions, [a_message("NDEATH", [of_session(1)], at(2), name=NODE)])
    take_in(sessions, [data(5.0, at(3))])

    assert centis(session) == [400, 500]


def test_birth_asked_for_leaves_the_session_as_it_was(
    sessions: sessionmaker[Session], fridge: None, session: Session
) -> None:
    """The same bdSeq is the same session: what waited since long before is read."""
    take_in(sessions, [node_birth(1, at(0))])
    take_in(sessions, [data(5.0, at(1))])
    take_in(sessions, [node_birth(1, at(3600)), birth(at(3601))])

    assert centis(session) == [500, 400]


def test_alias_that_means_something_else_now_counts_from_its_birth(
    sessions: sessionmaker[Session], fridge: None, session: Session
) -> None:
    """A device born anew in a session with other aliases says nothing of what it sent before."""
    take_in(sessions, [node_birth(1, at(0)), birth(at(1), alias=1)])
    take_in(sessions, [data(30.0, at(2), alias=2)])
    take_in(sessions, [birth(at(3), alias=2)])

    assert centis(session) == [400, 400]
    assert waiting(session) == [f"{sparkplug.NO_BIRTH}{FRIDGE}"]


def test_birth_kept_by_the_broker_is_not_believed(
    sessions: sessionmaker[Session], fridge: None, session: Session
) -> None:
    """A retained birth may be of a session long ago."""
    take_in(sessions, [birth(at(0))._replace(retained=True)])

    assert take_in(sessions, [data(5.0, at(1))]).asked == {NODE}
    assert session.scalars(select(SparkplugBirth)).all() == []


def test_adopted_device_gets_what_it_sent_by_alias(
    sessions: sessionmaker[Session], fridge: None, session: Session
) -> None:
    """Known aliases, unknown probe: taken in when somebody registers it, by its own birth."""
    take_in(sessions, [node_birth(1, at(0)), birth(at(1), name="outside")])
    take_in(sessions, [data(5.0, at(2))])
    unit_ = places.a_fridge(session, site=places.a_site(session, code="west"))
    places.a_probe(session, unit=unit_, device=FRIDGE, channel="outside")
    session.commit()
    with sessions() as other, transaction(other):
        taken = taking_in.take_in_known(other, now=at(60))

    assert taken == 2
    assert centis(session) == [400, 500]


def test_late_message_of_an_unknown_probe_waits_for_its_adoption(
    sessions: sessionmaker[Session], fridge: None, session: Session
) -> None:
    """Read after its birth, it is a stranger's: the reason now says so."""
    take_in(sessions, [data(5.0, at(0))])
    take_in(sessions, [birth(at(1), name="outside")])

    assert waiting(session) == [f"unknown sensor {FRIDGE} outside"] * 2


def test_made_up_nodes_cannot_fill_the_disk(
    sessions: sessionmaker[Session],
    fridge: None,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Beyond the bound a birth is read and not remembered."""
    monkeypatch.setattr(births, "MOST", 3)
    take_in(
        sessions,
        [a_message("NBIRTH", [of_session(1)], at(n), name=f"clinic/n{n}") for n in range(9)],
    )

    assert len(session.scalars(select(SparkplugBirth)).all()) == 3


def test_node_is_asked_once_in_a_minute() -> None:
    """It needs a moment to answer; another node is asked at once."""
    rebirths = Rebirths()
    told: list[list[str]] = []
    steps: Sequence[tuple[float, set[str]]] = [
        (0.0, {"a/1"}),
        (30.0, {"a/1", "a/2"}),
        (59.9, {"a/1"}),
        (60.0, {"a/1"}),
        (61.0, set()),
    ]
    for moment, nodes in steps:
        rebirths.note(nodes)
        told.append(rebirths.take_due(moment=moment))

    assert told == [["a/1"], ["a/2"], [], ["a/1"], []]


METRICS = st.lists(
    st.builds(
        metric,
        st.none() | st.floats(width=32),
        name=st.none() | st.text(max_size=8),
        alias=st.none() | st.integers(0, 2**64 - 1),
        datatype=st.none() | st.integers(0, 40),
        properties=st.just(b"") | st.builds(unit, st.sampled_from(["°C", "degF", "%", ""])),
    ),
    max_size=5,
)


@given(told=METRICS, sent=METRICS)
def test_any_data_after_any_birth_is_read_or_refused(told: list[bytes], sent: list[bytes]) -> None:
    """Names without end, aliases twice, none at all: nothing but a reason comes out."""
    born, _ = sparkplug.told_by_birth(a_message("NBIRTH", told, NOON).payload)
    message = a_message("NDATA", sent, NOON)
    try:
        readings = sparkplug.decode(message.topic, message.payload, born)
    except UndecodablePayload:
        return
    assert all((one.centi is None) is (one.fault is not None) for one in readings)


@given(payload=st.binary(max_size=200))
def test_any_bytes_are_a_birth_or_refused(payload: bytes) -> None:
    """What learns from a birth or a death raises nothing else either."""
    for read in (sparkplug.told_by_birth, sparkplug.session_of):
        with contextlib.suppress(UndecodablePayload):
            read(payload)
