"""The hours and days of a probe are the sums of its readings, however those came in."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete, select, text, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import hours, verify
from sensors.services.messages import Message
from sensors.services.verify import FaultKind
from sensors.store.engine import session_factory
from sensors.store.places import Sensor
from sensors.store.readings import ReadingDay, ReadingHour
from sensors.store.transaction import transaction
from tests.build import fridges, places
from tests.build.messages import NOON, a_reading, take_in
from vaxsite.core import schema

HOUR = timedelta(hours=1)


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    """Return the sessions of the subscriber: the machine's work is not audited."""
    fridges.four_fridges(engine)
    return session_factory(engine)


def stored(session: Session) -> list[tuple[datetime, int | None, int | None, int, int, int]]:
    return [
        (one.hour, one.low_centi, one.high_centi, one.sum_centi, one.temperatures, one.faults)
        for one in session.scalars(select(ReadingHour).order_by(ReadingHour.hour))
    ]


def kinds(sessions: sessionmaker[Session]) -> list[FaultKind]:
    with sessions() as session:
        return [fault.kind for fault in verify.verify(session)]


def test_hour_holds_extremes_sum_and_counts(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """Four readings and a fault in two hours, below zero too."""
    given = [(5, -0.6), (30, 10.9), (59, None), (60, 4.0), (61, 4.5)]

    take_in(sessions, [a_reading(minute=at, celsius=one, device="east-1") for at, one in given])

    assert stored(session) == [
        (NOON, -60, 1090, 1030, 2, 1),
        (NOON + HOUR, 400, 450, 850, 2, 0),
    ]


def test_any_order_with_duplicates_gives_the_hours_of_the_readings(
    sessions: sessionmaker[Session],
) -> None:
    """A shuffled night of two probes in uneven batches, a tenth of it sent twice."""
    chance = random.Random(7)
    night = [
        a_reading(
            minute=minute,
            celsius=None if chance.random() < 0.1 else round(chance.uniform(-3, 12), 2),
            device=device,
            received_at=NOON + 12 * HOUR,
        )
        for minute in range(600)
        for device in ("east-1", "east-2")
    ]
    sent: list[Message] = night + chance.sample(night, 120)
    chance.shuffle(sent)

    for start in range(0, len(sent), 170):
        take_in(sessions, sent[start : start + 170])

    assert FaultKind.HOUR_DIFFERENT not in kinds(sessions)
    with sessions() as session:
        counted = session.scalars(select(ReadingHour.temperatures + ReadingHour.faults)).all()
        days = session.scalars(select(ReadingDay.temperatures + ReadingDay.faults)).all()
    assert counted == [60] * 20
    assert days == [600] * 2


def test_hour_of_nothing_but_faults_takes_its_first_temperature(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """A null extreme is no extreme: what comes later is."""
    take_in(sessions, [a_reading(minute=1, celsius=None, device="east-1")])
    take_in(sessions, [a_reading(minute=2, celsius=-1.5, device="east-1")])
    take_in(sessions, [a_reading(minute=3, celsius=None, device="east-1")])

    day = session.scalars(select(ReadingDay)).one()
    assert (day.day, day.low_centi, day.faults) == (NOON - 12 * HOUR, -150, 2)
    assert stored(session) == [(NOON, -150, -150, -150, 1, 2)]


def test_verify_finds_a_changed_hour_and_the_command_makes_it_again(
    sessions: sessionmaker[Session],
) -> None:
    """What somebody altered, or a restore lost, is seen and can be repaired."""
    take_in(sessions, [a_reading(minute=at, device="east-1") for at in range(90)])
    assert kinds(sessions) == []
    with sessions() as session, transaction(session):
        session.execute(update(ReadingHour).values(high_centi=800))
        session.execute(delete(ReadingDay))
    assert kinds(sessions) == [FaultKind.HOUR_DIFFERENT] * 3

    list(hours.rebuild_all(sessions))

    assert kinds(sessions) == []


def test_migration_rolls_up_what_is_stored_already(engine: Engine, session: Session) -> None:
    """An installation of before gets the hours of its readings."""
    probe: Sensor = places.a_probe(session, unit=None)
    begin = datetime(2026, 1, 12, 4, 30, tzinfo=UTC)
    places.readings(session, sensor=probe, first_at=begin, centis=[500, None, 700], every_s=1200)
    session.commit()
    schema.downgrade(engine, "0001")

    schema.upgrade(engine)

    assert stored(session) == [
        (begin.replace(minute=0), 500, 500, 500, 1, 1),
        (begin.replace(minute=0) + HOUR, 700, 700, 700, 1, 0),
    ]
    assert session.scalars(select(ReadingDay.sum_centi)).all() == [1200]
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM reading")).scalar() == 3
