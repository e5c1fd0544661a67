"""A device whose clock was wrong and is put right: one excursion, at its real time, told once."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import calling, settling, verify
from sensors.services.messages import Message
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.outbox import OutboxMessage
from sensors.store.readings import ReadingRow
from sensors.store.transaction import transaction
from tests.build.messages import NOON, take_in

MINUTE = timedelta(minutes=1)
LOST = datetime(2000, 1, 1, tzinfo=UTC) - NOON  # It began again at the year 2000.


def told(
    minute: int, *, wrong_by: timedelta = timedelta(), counted: bool = True
) -> dict[str, object]:
    """Return what the device says of *minute* past noon; it is 9.2 °C from 10 to 60."""
    at = (NOON + minute * MINUTE + wrong_by).isoformat()
    count = {"boot": "b1", "seq": minute} if counted else {}
    return {"at": at, "c": 9.2 if 10 <= minute < 60 else 4.5} | count


def sent(*readings: dict[str, object], minute: int) -> Message:
    """Return one message of *readings*, received at *minute*."""
    return Message("vaxsite/probe-1/reading", json.dumps(readings).encode(), NOON + minute * MINUTE)


def found(session: Session) -> list[tuple[int, int | None]]:
    """Return the excursions that stand, in minutes past noon."""
    session.rollback()  # Reads what was committed since.
    rows = session.scalars(select(ExcursionRow).where(ExcursionRow.withdrawn_at.is_(None)))
    return [
        ((row.began_at - NOON) // MINUTE, row.ended_at and (row.ended_at - NOON) // MINUTE)
        for row in rows
    ]


def kinds(session: Session) -> list[str]:
    """Return what the English reader was told."""
    english = select(OutboxMessage.kind).where(OutboxMessage.language == "en")
    return list(session.scalars(english.order_by(OutboxMessage.id)))


@pytest.mark.parametrize(
    ("wrong_by", "clock"),
    [(LOST, "doubtful"), (timedelta(hours=1), "doubtful"), (3 * MINUTE, "device")],
    ids=["lost", "an hour fast", "three minutes fast, which is believed"],
)
@pytest.mark.parametrize("corrected_at", [5, 30, 45, 75])
def test_clock_that_is_put_right_leaves_one_excursion(
    sessions: sessionmaker[Session],
    probe: int,
    session: Session,
    wrong_by: timedelta,
    clock: str,
    corrected_at: int,
) -> None:
    """Before, while and after it is too warm; no reading is lost where two times meet."""
    for minute in range(90):
        wrong = wrong_by if minute < corrected_at else timedelta()
        take_in(sessions, [sent(told(minute, wrong_by=wrong), minute=minute)])

    [(began, ended)] = found(session)
    late = 3 if clock == "device" else 0
    assert began == 10 + (late if corrected_at > 10 else 0)
    assert ended == 60 + (late if corrected_at > 60 else 0)
    clocks = Counter(session.scalars(select(ReadingRow.clock)))
    assert clocks == Counter([clock] * corrected_at + ["device"] * (90 - corrected_at))
    assert len(session.scalars(select(AlertRow)).all()) == 1
    assert kinds(session) == ["alert:first", "alert:recovery"]
    assert verify.verify(session) == []


def test_memory_sent_again_after_the_correction_raises_nothing_twice(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Its count says that these readings stand already; what was stored is not altered."""
    for minute in range(75):
        take_in(sessions, [sent(told(minute, wrong_by=LOST), minute=minute)])

    memory = [told(minute) for minute in range(75)]
    again = take_in(sessions, [sent(*memory, minute=75)])

    assert (again.new, again.duplicates) == (0, 75)
    assert found(session) == [(10, 60)]
    assert kinds(session) == ["alert:first", "alert:recovery"]
    assert verify.verify(session) == []


def test_memory_with_right_times_shows_the_excursion_that_the_wrong_ones_hid(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """A device that counts nothing told all in one moment; the second time it knows when."""
    memory = [told(minute, wrong_by=LOST, counted=False) for minute in range(75)]
    take_in(sessions, [sent(*memory, minute=75)])
    assert found(session) == []
    right = sent(*[told(minute, counted=False) for minute in range(75)], minute=80)

    first = take_in(sessions, [right])
    again = take_in(sessions, [right])
    with sessions() as watch, transaction(watch):
        calling.repeat_due(watch, now=NOON + 81 * MINUTE)

    assert (first.new, again.new) == (75, 0)
    assert found(session) == [(10, 60)]
    subjects = select(OutboxMessage.subject).where(OutboxMessage.language == "en")
    assert "found late" in session.scalars(subjects).one()
    assert verify.verify(session) == []


def test_right_times_take_back_what_only_the_receipt_times_made_a_breach(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Three readings of one minute came twenty minutes apart; the fridge was warm for a moment."""
    for minute in (20, 40, 60):
        hot = {"at": (NOON + LOST).isoformat(), "c": 9.2, "boot": "b1", "seq": minute}
        take_in(sessions, [sent(hot, minute=minute)])
    assert found(session) == [(20, None)]
    calm = [{"at": (NOON + m * MINUTE).isoformat(), "c": 4.5} for m in range(1, 65, 2)]

    take_in(sessions, [sent(*calm, minute=65)])
    with sessions() as watch, transaction(watch):
        settling.tell_over_due(watch, now=NOON + 66 * MINUTE)

    assert found(session) == []
    assert session.scalars(select(AlertRow.state)).all() == ["resolved"]
    assert kinds(session) == ["alert:first", "alert:recovery"]
    assert verify.verify(session) == []
