"""Whose clock goes wrong: the newest readings that came live, by when they were received."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain import clocks
from sensors.domain.clocks import ClockDoubt
from sensors.domain.readings import Clock, Source
from sensors.store.readings import ReadingRow

WITHIN = timedelta(hours=24)  # A clock that was put right is believed a day later at the latest.


def doubts(
    session: Session, sensor_ids: Collection[int], *, now: datetime
) -> dict[int, ClockDoubt]:
    """Return, by probe, the clocks of *sensor_ids* that are not to be believed."""
    found: dict[int, ClockDoubt] = {}
    for sensor_id in sensor_ids:
        doubt = _judge(session, sensor_id, now)
        if doubt is not None:
            found[sensor_id] = doubt
    return found


def _judge(session: Session, sensor_id: int, now: datetime) -> ClockDoubt | None:
    """Judge the newest readings; one without a time of its own says nothing of a clock."""
    rows = session.execute(
        select(ReadingRow.measured_at, ReadingRow.received_at, ReadingRow.clock)
        .where(
            ReadingRow.sensor_id == sensor_id,
            ReadingRow.source == Source.LIVE,
            ReadingRow.clock != Clock.RECEIPT,
        )
        .order_by(ReadingRow.measured_at.desc())
        .limit(clocks.NEWEST)
    ).all()
    lately = [row for row in rows if now - row.received_at <= WITHIN]
    own = [row for row in lately if row.clock == Clock.DEVICE]
    delays = [row.received_at - row.measured_at for row in reversed(own)]
    return clocks.judge(delays, impossible=len(own) < len(lately))
