"""The recording of a real fridge, as it comes over a bad network: the end is always the same."""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.grouping import SETTLED_AFTER
from sensors.domain.readings import Reading
from sensors.rulebook import RULE_SETS
from sensors.services import answering, calling, settling, verify
from sensors.services.messages import Message
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import NoticeTarget
from sensors.store.readings import ReadingRow
from sensors.store.transaction import transaction
from tests import groups
from tests.build import places
from tests.build.messages import take_in
from tests.sensors.domain import fridge_tag, oracle
from tests.sensors.domain.fridge_tag import Row

pytestmark = pytest.mark.shared

TAG_FILE = groups.BESIDE / "data" / "fridge-tag" / "130500109088_202206081014.txt"
RULES = "fridge-tag-2l"
DAY = timedelta(days=1)
SEED = 20_260_112

Batch = list[tuple[int, Row]]  # Each row with its count within the boot.


@pytest.fixture
def tag(session: Session) -> int:
    """Store the fridge of the recording and one person to call; return its probe's id."""
    site = places.a_site(session)
    unit = places.a_fridge(session, site=site, rule_set=RULES)
    sensor_id = places.a_probe(session, unit=unit, device="tag").id
    session.add(NoticeTarget(site_id=site.id, channel="console", address="li", language="en"))
    session.commit()
    return sensor_id


def cut(rows: Sequence[tuple[int, Row]], length: timedelta) -> Iterator[Batch]:
    """Cut *rows* into pieces of *length*, from the first one on."""
    pieces: dict[int, Batch] = {}
    for seq, row in rows:
        pieces.setdefault((row.at - rows[0][1].at) // length, []).append((seq, row))
    yield from pieces.values()


def in_parts(batch: Batch, size: int) -> Iterator[Batch]:
    yield from (batch[start : start + size] for start in range(0, len(batch), size))


def shuffled_in_windows(rows: Batch) -> Iterator[Batch]:
    """Each six hours come at their end: the newest live, the others in any order, by the dozen."""
    chance = random.Random(SEED)
    for *window, live in cut(rows, timedelta(hours=6)):
        chance.shuffle(window)
        yield from in_parts([live, *window], 12)


def with_duplicates(rows: Batch) -> Iterator[Batch]:
    """A tenth comes twice: the second time at once, in a later batch or a day later."""
    chance = random.Random(SEED)
    delayed = [
        (place + chance.choice([0, 30, 288]), pair)
        for place, pair in chance.sample(list(enumerate(rows)), len(rows) // 10)
    ]
    arriving = sorted([*enumerate(rows), *delayed], key=lambda one: one[0])
    yield from in_parts([pair for _, pair in arriving], 36)


def backlog_of_days(rows: Batch) -> Iterator[Batch]:
    """Each fourth day is heard live, and only then the three before it, the newest first."""
    for days in cut(rows, 4 * DAY):
        *missed, live = cut(days, DAY)
        yield from in_parts(live, 12)
        for day in reversed(missed):
            yield from reversed(list(in_parts(day, 100)))


@pytest.mark.parametrize("arrive", [shuffled_in_windows, with_duplicates, backlog_of_days])
def test_real_recording_ends_in_the_same_however_it_arrives(
    sessions: sessionmaker[Session],
    tag: int,
    session: Session,
    arrive: Callable[[Batch], Iterator[Batch]],
) -> None:
    """All 10,653 readings, 23 excursions as the slow oracle finds them, each told of once."""
    rows = fridge_tag.read_rows(TAG_FILE)
    now = rows[0].at
    for batch in arrive(list(enumerate(rows))):
        came = max(now, *(row.at for _, row in batch))
        if came - now > SETTLED_AFTER:  # Meanwhile nothing came.
            call(sessions, now + SETTLED_AFTER)
        now = came
        take_in(sessions, [message(seq, row, now) for seq, row in batch])
        call(sessions, now)
    call(sessions, now + SETTLED_AFTER)

    stored = session.execute(
        select(ReadingRow.measured_at, ReadingRow.centi).order_by(ReadingRow.measured_at)
    ).all()
    assert list(map(tuple, stored)) == [(row.at, row.centi) for row in rows]
    expected = oracle.episodes([Reading(tag, r.at, r.at, r.centi) for r in rows], RULE_SETS[RULES])
    found = session.scalars(
        select(ExcursionRow)
        .where(ExcursionRow.withdrawn_at.is_(None))
        .order_by(ExcursionRow.began_at, ExcursionRow.rule)
    ).all()
    assert [
        (r.rule, r.began_at, r.confirmed_at, r.ended_at, r.end_reason, r.peak_centi) for r in found
    ] == [
        (one.rule, one.began_at, one.confirmed_at, one.ended_at, one.reason, one.peak_centi)
        for one in expected
    ]
    assert len(found) == 23
    assert verify.verify(session) == []
    session.rollback()
    once_for_each(session, {row.id for row in found})


def call(sessions: sessionmaker[Session], now: datetime) -> None:
    """Call wherever it is due, as the watch does; a pharmacist answers each call at once."""
    with sessions() as session, transaction(session):
        calling.repeat_due(session, now=now)
        settling.tell_over_due(session, now=now)
    with sessions() as session, transaction(session):
        called = select(AlertRow.id).where(AlertRow.state == "open", AlertRow.notices > 0)
        for alert_id in session.scalars(called).all():
            answering.acknowledge(session, alert_id=alert_id, actor_id="li", note="", now=now)


def once_for_each(session: Session, standing: set[int]) -> None:
    """Each excursion that stands has one open alert and was told of once; none else was told of."""
    rows = session.scalars(select(AlertRow)).all()
    opened = [row.excursion_id for row in rows if row.state != "resolved"]
    first = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "alert:first")).all()
    told = [row.about for row in first]
    reports = sum(max(1, row.body.count("\n- ")) for row in first)
    assert sorted(opened) == sorted(standing)
    assert max(Counter(row.excursion_id for row in rows).values()) == 1
    assert max(Counter(told).values()) == 1
    # The backlog of days has one that was told while it lasted, and proved part of a longer one.
    assert len(standing) <= reports <= len(standing) + 1


def message(seq: int, row: Row, received_at: datetime) -> Message:
    """Return *row* as the native device `tag` sends it."""
    body = {"boot": "b1", "seq": seq, "at": row.at.isoformat(), "c": row.centi / 100}
    return Message("vaxsite/tag/reading", json.dumps(body).encode(), received_at)
