"""A device puts its clock right and sends its counted readings again: the past is judged anew."""

import json
import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import verify
from sensors.services.messages import Message
from sensors.store.episodes import ExcursionRow
from sensors.store.readings import ClockCorrection, ReadingRow, SensorState
from tests.build.messages import NOON, take_in

MINUTE = timedelta(minutes=1)
YEAR = timedelta(days=365)
WARM = range(10, 50)  # Minutes past noon, by the right clock.


def send(seq: int, *, wrong_by: timedelta = timedelta(), after: int = 0, **more: float) -> Message:
    """Return the reading of minute *seq* with a clock that is wrong, received *after* it."""
    at = NOON + seq * MINUTE
    celsius = more.get("celsius", 9.2 if seq in WARM else 4.5)
    body = {"boot": "b1", "seq": seq, "at": (at + wrong_by).isoformat(), "c": celsius}
    return Message("vaxsite/probe-1/reading", json.dumps(body).encode(), at + after * MINUTE)


def excursions(session: Session) -> list[tuple[datetime, datetime | None]]:
    session.rollback()
    rows = session.scalars(
        select(ExcursionRow)
        .where(ExcursionRow.withdrawn_at.is_(None))
        .order_by(ExcursionRow.began_at)
    )
    return [(near(row.began_at), row.ended_at and near(row.ended_at)) for row in rows]


def near(at: datetime) -> datetime:
    """Return the second of *at*: where an instant was taken, readings are moved on a little."""
    return at.replace(microsecond=0)


def count(session: Session, row: type) -> int:
    return session.scalar(select(func.count()).select_from(row)) or 0


ONE = [(NOON + 10 * MINUTE, NOON + 50 * MINUTE)]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "wrong_by", [-60 * MINUTE, 3 * MINUTE, YEAR], ids=["an hour slow", "fast", "impossible"]
)
def test_past_is_judged_by_the_corrected_times_and_nothing_raw_is_altered(
    sessions: sessionmaker[Session], probe: int, session: Session, wrong_by: timedelta, seed: int
) -> None:
    """All at once or in any order, once or twice: the excursion stands at its right time."""
    chance = random.Random(seed)
    take_in(sessions, [send(seq, wrong_by=wrong_by) for seq in range(60)])
    raw = select(ReadingRow.measured_at, ReadingRow.centi, ReadingRow.seq).where(
        ReadingRow.seq.is_not(None)
    )
    before = session.execute(raw.order_by(ReadingRow.seq)).all()
    session.rollback()

    again = [send(seq, after=120) for seq in range(60)]
    again += chance.sample(again, 20)
    chance.shuffle(again)
    while again:
        size = chance.randint(5, 60)
        take_in(sessions, again[:size], now=NOON + 180 * MINUTE)
        again = again[size:]

    assert excursions(session) == ONE
    assert verify.verify(session) == []
    assert session.execute(raw.order_by(ReadingRow.seq)).all() == before
    state = session.get_one(SensorState, probe)
    assert state.measured_at is not None
    assert (near(state.measured_at), state.centi) == (NOON + 59 * MINUTE, 450)


def test_reading_with_the_same_count_and_another_temperature_is_no_correction(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """A device that lost its count must not replace what it measured."""
    take_in(sessions, [send(seq) for seq in range(10)])
    result = take_in(sessions, [send(3, wrong_by=-60 * MINUTE, celsius=7.7, after=60)])

    assert (result.new, result.duplicates) == (0, 1)
    assert count(session, ClockCorrection) == 0


def test_time_that_is_not_the_device_s_own_corrects_nothing(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """The receipt time of a repetition says when it was repeated."""
    take_in(sessions, [send(seq) for seq in range(10)])
    result = take_in(sessions, [send(3, wrong_by=YEAR, after=60), send(4, after=60)])

    assert (result.new, result.duplicates) == (0, 2)
    assert count(session, ClockCorrection) == 0


def test_clock_that_is_put_right_twice_counts_as_it_was_put_right_last(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """What was given first and second stays in the readings, each replaced by the next."""
    for wrong_by in (-60 * MINUTE, -30 * MINUTE, timedelta()):
        take_in(
            sessions,
            [send(seq, wrong_by=wrong_by, after=120) for seq in range(60)],
            now=NOON + 180 * MINUTE,
        )

    assert excursions(session) == ONE
    assert verify.verify(session) == []
