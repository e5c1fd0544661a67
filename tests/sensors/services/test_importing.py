"""Files of USB loggers: every reading once, every excursion told once, every doubt accepted."""

import random
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.payloads.files.contents import Doubt
from sensors.services import importing, placing, verify
from sensors.services.importing import Imported
from sensors.services.importing_plan import Choice, ImportRefused
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.imports import DeviceDay, LoggerFileRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import Sensor, Site
from sensors.store.readings import ReadingRow, SensorState
from sensors.store.transaction import rehearsal
from tests.build import logger_files, places
from tests.build.logger_imports import (
    BEGAN,
    CALM,
    DAY,
    EVERY,
    HOT,
    NOW,
    Sessions,
    a_logger,
    bring,
    count,
)


@pytest.fixture
def probe(session: Session) -> int:
    """Store the fridge of a clinic with the logger in it, and one person to call."""
    return a_logger(session)


def stored(session: Session) -> list[tuple[datetime, int | None, str]]:
    rows = session.execute(
        select(ReadingRow.measured_at, ReadingRow.centi, ReadingRow.source).order_by(
            ReadingRow.measured_at
        )
    )
    return [tuple(row) for row in rows]


def excursions(session: Session) -> list[tuple[str, datetime, datetime | None, int]]:
    rows = session.execute(
        select(
            ExcursionRow.rule, ExcursionRow.began_at, ExcursionRow.ended_at, ExcursionRow.peak_centi
        )
        .where(ExcursionRow.withdrawn_at.is_(None))
        .order_by(ExcursionRow.began_at)
    )
    return [tuple(row) for row in rows]


def test_a_file_becomes_readings_with_their_real_times_and_one_notice(
    sessions: Sessions, session: Session, probe: int
) -> None:
    """Read two days later: the excursion has its own time, is told once, and verifies."""
    payload = logger_files.fridge_tag(DAY)

    result = bring(sessions, payload)

    readings = stored(session)
    assert [one[0] for one in readings] == [BEGAN + place * EVERY for place in range(len(DAY))]
    assert [one[1] for one in readings] == DAY
    assert {one[2] for one in readings} == {"imported"}
    [excursion] = excursions(session)
    assert excursion[1:] == (BEGAN + 100 * EVERY, BEGAN + 110 * EVERY, HOT)
    assert [one.began_at for one in result.found] == [excursion[1]]
    [message] = session.scalars(select(OutboxMessage))
    assert "found late" in message.subject
    assert verify.verify(session) == []
    file = session.scalars(select(LoggerFileRow)).one()
    assert (file.readings, file.new_readings, file.excursions) == (288, 288, 1)
    assert (file.imported_by, file.imported_at, file.zone) == ("staff-li", NOW, "UTC+08:00")
    assert importing.content_of(file) == payload
    assert file.sensor_id == probe


def test_a_rehearsal_says_what_would_come_and_leaves_nothing(
    sessions: Sessions, session: Session, probe: int
) -> None:
    """The preview is the import itself, rolled back."""
    with sessions() as trial, rehearsal(trial):
        result = importing.import_file(
            trial,
            logger_files.fridge_tag(DAY),
            name="x",
            choice=Choice(),
            accepted=frozenset(),
            actor_id="staff-li",
            now=NOW,
        )

    assert (len(result.plan.new), len(result.found)) == (288, 1)
    assert [count(session, row) for row in (ReadingRow, LoggerFileRow, AlertRow)] == [0, 0, 0]


def test_the_same_file_twice_is_imported_once(
    sessions: Sessions, session: Session, probe: int
) -> None:
    """The second answer points to the first import."""
    payload = logger_files.fridge_tag(DAY)
    first = bring(sessions, payload)

    second = bring(sessions, payload, now=NOW + timedelta(hours=1))

    assert (second.again, second.file_id) == (True, first.file_id)
    assert count(session, ReadingRow) == 288
    assert [count(session, row) for row in (LoggerFileRow, AlertRow, OutboxMessage)] == [1, 1, 1]


def test_overlapping_files_count_each_reading_once(
    sessions: Sessions, session: Session, probe: int
) -> None:
    """The later file holds all of the earlier one; a breach across its end stays one."""
    first = bring(sessions, logger_files.fridge_tag(DAY[:108]))
    assert excursions(session)[0][2] is None
    session.rollback()

    second = bring(sessions, logger_files.fridge_tag(DAY), now=NOW + timedelta(hours=1))

    assert (len(first.found), len(second.found), second.corrected) == (1, 0, 1)
    assert (second.plan.known, len(second.plan.new)) == (108, 180)
    assert [one[1] for one in stored(session)] == DAY
    assert len(excursions(session)) == 1
    assert count(session, AlertRow) == 1
    assert verify.verify(session) == []


def test_pieces_in_any_order_end_in_the_same_excursions(
    sessions: Sessions, session: Session, probe: int
) -> None:
    """Files of parts of three days with a breach over two midnights: shuffled, overlapping."""
    centis = [*[CALM] * 200, *[HOT] * 450, *[CALM] * 50]
    pieces = [(start, start + 120) for start in range(0, 700, 90)]
    random.Random(7).shuffle(pieces)

    for first, last in pieces:
        bring(
            sessions,
            logger_files.fridge_tag(centis[first:last], first=logger_files.STARTED + first * EVERY),
            now=datetime(2026, 1, 13, 1, 0, tzinfo=UTC),
        )

    assert [one[1] for one in stored(session)] == centis
    assert [one[1:] for one in excursions(session)] == [
        (BEGAN + 200 * EVERY, BEGAN + 650 * EVERY, HOT)
    ]
    assert verify.verify(session) == []


@pytest.mark.parametrize("payloads", [(DAY, DAY), (DAY, DAY[:150])], ids=["same", "overlapping"])
def test_two_computers_at_once_do_not_count_double(
    sessions: Sessions, session: Session, probe: int, payloads: tuple[list[int], list[int]]
) -> None:
    """Both wait for each other; whoever comes second finds everything known."""
    start = threading.Barrier(2)

    def run(centis: list[int]) -> Imported:
        start.wait()
        return bring(sessions, logger_files.fridge_tag(centis))

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, payloads))

    assert sum(len(one.plan.new) for one in results if not one.again) == len(DAY)
    assert [one[1] for one in stored(session)] == DAY
    assert [count(session, row) for row in (AlertRow, OutboxMessage)] == [1, 1]
    assert verify.verify(session) == []


def test_readings_that_also_came_live_are_known_already(
    sessions: Sessions, session: Session, probe: int
) -> None:
    """Live readings carry seconds and hundredths, the file minutes and tenths."""
    for place, centi in enumerate(DAY[:50]):
        at = BEGAN + place * EVERY + timedelta(seconds=17)
        session.add(
            ReadingRow(
                sensor_id=probe,
                measured_at=at,
                received_at=at,
                centi=centi + 3,
                clock="device",
                source="live",
            )
        )
    session.commit()

    result = bring(sessions, logger_files.fridge_tag(DAY))

    assert (result.plan.known, len(result.plan.new)) == (50, 238)
    assert count(session, ReadingRow) == 288


def test_a_stored_reading_is_never_replaced_by_a_file(
    sessions: Sessions, session: Session, probe: int
) -> None:
    """A file that says another temperature for an instant is a doubt; what is stored stays."""
    places.readings(
        session, sensor=session.get_one(Sensor, probe), first_at=BEGAN, centis=[700, CALM]
    )
    session.commit()
    payload = logger_files.fridge_tag(DAY[:10])

    with pytest.raises(ImportRefused) as refused:
        bring(sessions, payload)
    result = bring(sessions, payload, accepted=[Doubt.DIFFERS])

    assert refused.value.detail == {"doubts": "differs"}
    assert result.plan.doubts == {Doubt.DIFFERS: 1}
    assert (result.plan.known, len(result.plan.new)) == (1, 8)
    assert stored(session)[0][1] == 700


def test_a_probe_fault_in_the_file_is_a_fault_and_no_temperature(
    sessions: Sessions, session: Session, probe: int
) -> None:
    """`--.-` is a probe that was unplugged."""
    bring(sessions, logger_files.fridge_tag([CALM, None, CALM]))

    rows = session.execute(select(ReadingRow.centi, ReadingRow.fault)).all()
    assert sorted(map(tuple, rows), key=str) == [(CALM, None), (CALM, None), (None, "disconnected")]


def test_days_without_readings_are_evidence_and_never_readings(
    sessions: Sessions, session: Session, probe: int
) -> None:
    """A Fridge-tag 2 has only days: they are kept beside the readings."""
    on = logger_files.STARTED.date()
    days = logger_files.day(1, on, low="+1.0", high="+9.0", cold=70)

    result = bring(sessions, logger_files.fridge_tag([], days=days, written=datetime(2026, 1, 11)))  # noqa: DTZ001 - what the logger's clock shows.

    assert (result.plan.new, result.found) == ((), ())
    assert [count(session, row) for row in (ReadingRow, ExcursionRow)] == [0, 0]
    day = session.scalars(select(DeviceDay)).one()
    assert (day.on_day, day.from_at, day.to_at) == (on, BEGAN, BEGAN + timedelta(days=1))
    assert (day.low_centi, day.high_centi, day.cold_minutes) == (100, 900, 70)
    assert (day.cold_alarm, day.hot_alarm, day.fault_minutes) == (True, False, 3)


def test_an_imported_reading_does_not_end_a_silence(
    sessions: Sessions, session: Session, probe: int
) -> None:
    """A file says nothing about now: the probe stays silent."""
    silent_since = NOW - timedelta(hours=3)
    session.add(SensorState(sensor_id=probe, rules={}, silent_since=silent_since))
    session.commit()

    bring(sessions, logger_files.fridge_tag(DAY))

    state = session.scalars(
        select(SensorState), execution_options={"populate_existing": True}
    ).one()
    assert (state.silent_since, state.silent_at) == (silent_since, None)
    assert state.measured_at == BEGAN + 287 * EVERY


def test_each_reading_is_judged_in_the_unit_where_the_logger_hung(
    sessions: Sessions, session: Session, probe: int
) -> None:
    """Moved at noon of the file's day: the breach of the morning is the old unit's."""
    sensor = session.get_one(Sensor, probe)
    old_unit = sensor.unit_id
    new_unit = places.a_fridge(
        session, site=session.scalars(select(Site)).one(), code="F2", rule_set="cn-clinic"
    ).id
    placing.place(
        session, sensor_id=probe, unit_id=new_unit, at=BEGAN + timedelta(hours=12), now=NOW
    )
    session.commit()

    result = bring(sessions, logger_files.fridge_tag(DAY), choice=Choice(unit_id=old_unit))

    assert result.plan.doubts == {Doubt.MOVED: 1}
    assert session.scalars(select(ExcursionRow.unit_id)).all() == [old_unit]
    assert session.scalars(select(LoggerFileRow.unit_id)).all() == [new_unit]


@pytest.mark.parametrize("forged", [b"no zlib", zlib.compress(b"Device: another")])
def test_a_file_that_was_altered_in_the_database_is_found(
    sessions: Sessions, session: Session, probe: int, forged: bytes
) -> None:
    """`verify` names the file; the rest of the database is sound."""
    bring(sessions, logger_files.fridge_tag(DAY))
    row = session.scalars(select(LoggerFileRow)).one()
    row.content = forged
    session.commit()

    [fault] = verify.verify(session)

    assert (fault.kind, fault.subject) == (
        verify.FaultKind.LOGGER_FILE_ALTERED,
        f"logger_file:{row.id}",
    )
