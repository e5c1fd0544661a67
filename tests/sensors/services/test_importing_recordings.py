"""Real files of Fridge-tags through the import: equal to a slow computation and to the device."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sensors.domain.excursions import Episode
from sensors.domain.grouping import NEWS
from sensors.domain.readings import Reading
from sensors.payloads.files.contents import Doubt
from sensors.rulebook import RULE_SETS
from sensors.services import importing, verify
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.imports import DeviceDay, LoggerFileRow
from sensors.store.outbox import OutboxMessage
from sensors.store.readings import ReadingRow
from tests import groups
from tests.build.logger_imports import Sessions, a_logger, bring
from tests.sensors.domain import fridge_tag, oracle

pytestmark = pytest.mark.shared

DATA = groups.BESIDE / "data" / "fridge-tag"
TAG_2L = DATA / "130500109088_202206081014.txt"
TAG_2 = DATA / "130400191542_202302140605.txt"
RULES = "fridge-tag-2l"


def check(session: Session) -> list[Episode]:
    """Compare readings and excursions with a slow computation from the file; return its own."""
    rows = fridge_tag.read_rows(TAG_2L)
    stored = session.execute(
        select(ReadingRow.measured_at, ReadingRow.centi).order_by(ReadingRow.measured_at)
    ).all()
    assert list(map(tuple, stored)) == [(row.at, row.centi) for row in rows]
    expected = oracle.episodes([Reading(1, r.at, r.at, r.centi) for r in rows], RULE_SETS[RULES])
    found = session.scalars(
        select(ExcursionRow)
        .where(ExcursionRow.withdrawn_at.is_(None))
        .order_by(ExcursionRow.began_at, ExcursionRow.rule)
    ).all()
    assert [(r.rule, r.began_at, r.ended_at, r.peak_centi) for r in found] == [
        (one.rule, one.began_at, one.ended_at, one.peak_centi) for one in expected
    ]
    assert len(found) == 23
    assert verify.verify(session) == []
    return expected


def test_the_real_file_gives_the_excursions_of_the_slow_computation(
    sessions: Sessions, session: Session
) -> None:
    """23 excursions, one notice of all that are news, a freeze over days is one."""
    a_logger(session, serial="130500109088", timezone="UTC", rule_set=RULES)
    now = datetime(2022, 6, 8, 11, 0, tzinfo=UTC)

    first = bring(sessions, TAG_2L.read_bytes(), now=now)
    second = bring(sessions, TAG_2L.read_bytes(), now=now + timedelta(hours=1))

    assert (len(first.plan.new), len(first.found), second.again) == (10_653, 23, True)
    expected = check(session)
    news = [one for one in expected if now - (one.ended_at or one.confirmed_at) <= NEWS]
    told = session.scalars(select(OutboxMessage.subject)).all()
    assert len(told) == 1
    assert f": {len(news)} excursions found in late readings" in told[0]
    assert session.scalar(select(func.count()).select_from(AlertRow)) == 23
    assert max(one.ended_at - one.began_at for one in first.found if one.ended_at) > timedelta(
        days=2
    )


def test_pieces_of_the_real_file_in_any_order_end_in_the_same(
    sessions: Sessions, session: Session
) -> None:
    """Twelve overlapping exports, shuffled, a tenth of all readings in two of them."""
    a_logger(session, serial="130500109088", timezone="UTC", rule_set=RULES)
    head, _, rest = TAG_2L.read_bytes().partition(b"Data:\r\n")
    lines = rest.split(b"\r\n")
    data = [line for line in lines if line.startswith(b"\t2")]
    tail = [line for line in lines if not line.startswith(b"\t2")]
    pieces = [data[start : start + 990] for start in range(0, len(data), 900)]
    random.Random(3).shuffle(pieces)
    now = datetime(2022, 6, 8, 11, 0, tzinfo=UTC)

    for piece in pieces:
        bring(
            sessions,
            b"\r\n".join([head + b"Data:", *piece, *tail]),
            now=now,
            accepted=[Doubt.SIGNATURE_WRONG],
        )

    check(session)


def test_the_days_of_the_device_stand_beside_the_readings(
    sessions: Sessions, session: Session
) -> None:
    """38 days; the logged extremes of each lie inside the device's, within half a degree."""
    a_logger(session, serial="130500109088", timezone="UTC", rule_set=RULES)
    bring(sessions, TAG_2L.read_bytes(), now=datetime(2022, 6, 8, 11, 0, tzinfo=UTC))

    days = session.scalars(select(DeviceDay)).all()

    assert len(days) == 38
    for day in days:
        low, high = session.execute(
            select(func.min(ReadingRow.centi), func.max(ReadingRow.centi)).where(
                ReadingRow.measured_at >= day.from_at, ReadingRow.measured_at < day.to_at
            )
        ).one()
        assert day.low_centi <= low <= day.low_centi + 50, day.on_day
        assert day.high_centi - 50 <= high <= day.high_centi, day.on_day


def test_a_real_file_without_readings_is_kept_as_evidence(
    sessions: Sessions, session: Session
) -> None:
    """60 days of a Fridge-tag 2, no reading, no excursion, nobody called."""
    a_logger(session, serial="130400191542", timezone="UTC", rule_set=RULES)

    result = bring(sessions, TAG_2.read_bytes(), now=datetime(2023, 2, 14, 7, 0, tzinfo=UTC))

    assert (result.plan.new, result.found) == ((), ())
    assert session.scalar(select(func.count()).select_from(DeviceDay)) == 60
    assert session.scalar(select(func.count()).select_from(ReadingRow)) == 0
    file = session.scalars(select(LoggerFileRow)).one()
    assert importing.content_of(file) == TAG_2.read_bytes()
    assert len(file.content) < file.size / 5
