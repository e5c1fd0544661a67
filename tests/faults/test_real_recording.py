"""The recording of a real vaccine fridge through broker, subscriber and database."""

import os
import subprocess
import sys
from collections import defaultdict
from datetime import date, datetime

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from sensors.domain.readings import Reading
from sensors.rulebook import RULE_SETS
from sensors.services import verify
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.readings import ReadingRow
from tests import groups
from tests.build import processes
from tests.build.processes import SubscriberProcess
from tests.sensors.domain import fridge_tag, oracle

DATA = groups.BESIDE / "data"
TAG_FILE = DATA / "fridge-tag" / "130500109088_202206081014.txt"
NORMALISED = DATA / "normalised" / "130500109088_202206081014.csv"
READINGS = 10_653


def replay(subscriber: SubscriberProcess) -> None:
    """Publish the recording as the device east-1, with the project's own command."""
    done = subprocess.run(
        [sys.executable, "-m", "sensors", "replay", str(NORMALISED), "--device", "east-1"],
        env=os.environ | {"VAXSITE_MQTT_URL": subscriber.broker.url},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.shared
@pytest.mark.mosquitto
def test_replayed_recording_gives_the_readings_episodes_and_days_of_the_device(
    engine: Engine, subscriber: SubscriberProcess, probes: dict[str, int]
) -> None:
    """Readings equal the file, episodes a slow recomputation, days the device's own sums."""
    subscriber.start_listening()
    replay(subscriber)
    processes.wait_for_readings(engine, READINGS, 120)
    replay(subscriber)  # Yesterday once more: nothing of it is new.
    assert subscriber.stop() == 0

    recorded = fridge_tag.read_rows(TAG_FILE)
    expected = oracle.episodes(
        [Reading(probes["east-1"], row.at, row.at, row.centi) for row in recorded],
        RULE_SETS["fridge-tag-2l"],
    )
    with Session(engine) as session:
        stored = session.execute(
            select(ReadingRow.measured_at, ReadingRow.centi).order_by(ReadingRow.measured_at)
        ).all()
        rows = session.scalars(select(ExcursionRow).order_by(ExcursionRow.began_at)).all()
        assert [tuple(row) for row in stored] == [(row.at, row.centi) for row in recorded]
        assert [
            (row.rule, row.began_at, row.confirmed_at, row.ended_at, row.peak_centi) for row in rows
        ] == [
            (one.rule, one.began_at, one.confirmed_at, one.ended_at, one.peak_centi)
            for one in expected
        ]
        assert len(rows) == 23
        assert len(session.scalars(select(AlertRow)).all()) == 23
        assert verify.verify(session) == []
        _agree_with_the_device({row.measured_at: row.centi or 0 for row in stored})


def _agree_with_the_device(stored: dict[datetime, int]) -> None:
    """Compare each day's minimum and maximum with what the device summed up itself.

    It samples each minute and logs every fifth, so its own extremes lie a little further out.
    """
    by_day: dict[date, list[int]] = defaultdict(list)
    for measured_at, centi in stored.items():
        by_day[measured_at.date()].append(centi)
    days = fridge_tag.read_days(TAG_FILE)
    assert len(days) == len(by_day) == 38
    for on, centis in by_day.items():
        assert 0 <= min(centis) - days[on].low_centi <= 10, on
        assert 0 <= days[on].high_centi - max(centis) <= 50, on
