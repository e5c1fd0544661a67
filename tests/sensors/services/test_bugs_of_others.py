"""Bugs that other cold-chain systems had with alerts, devices and time, each as a case of ours.

mSupply's server, notifier and app, OpenELIS and Home Assistant; issue numbers are theirs.
"""

import json
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.alerts import AlertState
from sensors.services import answering, calling, ingest, known, verify
from sensors.services.ingest import RuleMemory
from sensors.services.messages import Message
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import Site
from sensors.store.readings import ReadingRow
from sensors.store.transaction import transaction
from tests.build import places
from tests.build.messages import NOON, a_reading, take_in

MINUTE = timedelta(minutes=1)


def hot(first: int, last: int, device: str = "probe-1") -> list[Message]:
    """Return a warm reading for each minute from *first* to *last*."""
    return [
        a_reading(minute=minute, celsius=9.2, device=device) for minute in range(first, last + 1)
    ]


def alerts(session: Session) -> list[tuple[str, str]]:
    rows = session.scalars(select(AlertRow).order_by(AlertRow.id))
    return [(row.kind, row.state) for row in rows]


def answer(sessions: sessionmaker[Session], now: datetime) -> None:
    """Acknowledge the only open alert."""
    with sessions() as session, transaction(session):
        row = session.scalars(select(AlertRow).where(AlertRow.state == AlertState.OPEN)).one()
        answering.acknowledge(session, alert_id=row.id, actor_id="li", note="seen", now=now)


def test_msupply_2679_acknowledging_one_breach_does_not_hide_the_next(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """The next breach of the same fridge opens an alert of its own."""
    take_in(sessions, hot(0, 40))
    answer(sessions, NOON + 41 * MINUTE)

    take_in(sessions, [a_reading(minute=50), *hot(60, 100)])

    assert alerts(session) == [("excursion", "acknowledged"), ("excursion", "open")]


def test_msupply_2599_a_wrong_clock_acknowledges_nothing(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """A reading with a doubtful clock is a reading; it answers no alert."""
    take_in(sessions, hot(0, 40))

    body = {"boot": "b2", "seq": 1, "at": "1970-01-01T00:00:01Z", "c": 9.2}
    doubtful = Message("vaxsite/probe-1/reading", json.dumps(body).encode(), NOON + 41 * MINUTE)
    take_in(sessions, [doubtful])

    assert alerts(session) == [("excursion", "open")]
    clock = session.scalar(select(ReadingRow.clock).where(ReadingRow.boot == "b2"))
    assert clock == "doubtful"


def test_msupply_2720_a_gap_belongs_to_its_own_sensor(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Readings of the neighbour neither fill a hole nor end a breach of this one."""
    site = session.scalars(select(Site)).one()
    unit = places.a_fridge(session, site=site, code="F2")
    other = places.a_probe(session, unit=unit, device="probe-2").id
    session.commit()

    take_in(sessions, [*hot(0, 5), *hot(0, 70, "probe-2"), *hot(60, 65)])

    rows = session.scalars(select(ExcursionRow)).all()
    assert [(row.sensor_id, row.began_at) for row in rows] == [(other, NOON)]
    assert verify.verify(session) == []


def test_msupply_notify_writes_the_local_time_of_the_site_around_summer_time(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """The clocks of New York went on at 07:00 UTC on 8 March 2026: 1:45 is 1 h 45 before 4:30."""
    site = session.scalars(select(Site)).one()
    site.timezone = "America/New_York"
    session.commit()
    began_at = datetime(2026, 3, 8, 6, 45, tzinfo=UTC)
    messages = []
    for minute in range(0, 106, 5):
        at = began_at + minute * MINUTE
        body = {"boot": "b1", "seq": minute, "at": at.isoformat(), "c": 9.2}
        messages.append(Message("vaxsite/probe-1/reading", json.dumps(body).encode(), at))

    take_in(sessions, messages)

    english = session.scalar(select(OutboxMessage.body).where(OutboxMessage.language == "en"))
    assert english is not None
    assert "Since: 01:45 on 8 Mar" in english
    assert "Newest reading: 9.2 °C (04:30 on 8 Mar)" in english


def test_openelis_3904_devices_whose_names_begin_alike_are_two(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """`pcr01` and `pcr` collided."""
    site = session.scalars(select(Site)).one()
    unit = places.a_fridge(session, site=site, code="F2")
    long = places.a_probe(session, unit=unit, device="pcr01").id
    short = places.a_probe(session, unit=unit, device="pcr").id
    session.commit()

    take_in(
        sessions,
        [
            a_reading(minute=1, celsius=4.1, device="pcr01"),
            a_reading(minute=1, celsius=5.2, device="pcr"),
        ],
    )

    stored = session.execute(select(ReadingRow.sensor_id, ReadingRow.centi)).all()
    assert sorted(tuple(row) for row in stored) == [(long, 410), (short, 520)]


def test_home_assistant_59812_a_restart_while_the_condition_stands_still_calls(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """The process that saw the beginning is gone; the one that sees the 30th minute calls."""
    for first, last in ((0, 14), (15, 29), (30, 31)):
        with sessions() as store, transaction(store):
            ingest.ingest_batch(
                store,
                hot(first, last),
                known=known.load(store),
                now=NOON + last * MINUTE,
                memory=RuleMemory(),  # As after a start.
            )

    row = session.scalars(select(ExcursionRow)).one()
    assert (row.began_at, row.confirmed_at) == (NOON, NOON + 30 * MINUTE)
    assert alerts(session) == [("excursion", "open")]


def test_home_assistant_28290_a_fridge_that_is_hot_at_the_first_start_calls(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Nobody saw it cross the limit; it is out of range all the same."""
    take_in(sessions, hot(0, 30))

    assert alerts(session) == [("excursion", "open")]


def test_home_assistant_94857_an_acknowledgement_outlives_a_restart(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """It stands in the database, with who gave it; a new process does not call again."""
    take_in(sessions, hot(0, 40))
    answer(sessions, NOON + 41 * MINUTE)
    with sessions() as store, transaction(store):
        calling.repeat_due(store, now=NOON + timedelta(hours=5))
    take_in(sessions, hot(41, 60))

    row = session.scalars(select(AlertRow)).one()
    assert (row.state, row.acknowledged_by, row.notices) == ("acknowledged", "li", 1)
    assert len(session.scalars(select(OutboxMessage)).all()) == 2
