"""A request that comes twice is done once, also at once, also where a process was killed."""

import os
import signal
import subprocess
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from tests.build.booking import OpenClinic
from tests.build.programs import Program, a_person
from tests.conftest import TEST_KEYS, FrozenClock
from vaxsite import worker
from vaxsite.api.models import KeptAnswer
from vaxsite.booking import counting
from vaxsite.booking.models import Appointment, Hold

THREADS = 8


def count(session: Session, row: type[Hold | Appointment | KeptAnswer]) -> int:
    """Return how many rows there are."""
    session.rollback()
    return session.scalar(select(func.count()).select_from(row)) or 0


def test_the_same_request_has_the_same_answer(
    program: Program, clinic: OpenClinic, session: Session
) -> None:
    """A hold and a booking sent again are answered byte for byte, and are there once."""
    held = program.hold(clinic.slot_ids[0])
    again = program.send("POST", "/api/v1/holds", {"slot": clinic.slot_ids[0]}, key=program.key)
    done = program.book(held.json)
    repeated = program.book(held.json, key=program.key)

    assert (again.status_code, again.data) == (201, held.data)
    assert again.headers["Location"] == held.headers["Location"]
    assert (repeated.status_code, repeated.data) == (201, done.data)
    assert (count(session, Hold), count(session, Appointment)) == (1, 1)


def test_another_request_with_the_key_is_refused(
    program: Program, clinic: OpenClinic, session: Session
) -> None:
    """One key is for one request: another body, or another secret, makes nothing."""
    held = program.hold(clinic.slot_ids[0]).json
    other = program.send("POST", "/api/v1/holds", {"slot": clinic.slot_ids[1]}, key=program.key)
    program.book(held)
    stranger = program.book({**held, "secret": "another secret"}, key=program.key)

    for answer in (other, stranger):
        assert (answer.status_code, answer.json["reason"]) == (422, "key_reused")
    assert count(session, Hold) == 1


def test_a_key_is_needed_and_long_enough(program: Program, clinic: OpenClinic) -> None:
    """Short keys are met by chance."""
    for key, reason in (("", "key_missing"), ("1", "key_shape"), ("a b" * 10, "key_shape")):
        answer = program.send("POST", "/api/v1/holds", {"slot": 1}, Idempotency_Key=key)
        assert (answer.status_code, answer.json["reason"]) == (400, reason)


def test_a_refusal_is_judged_anew(program: Program, clinic: OpenClinic, clock: FrozenClock) -> None:
    """It made nothing: when a seat has become free, the same request gets it."""
    program.hold(clinic.slot_ids[0], people=5)
    refused = program.hold(clinic.slot_ids[0])
    clock.advance(minutes=11)

    later = program.send("POST", "/api/v1/holds", {"slot": clinic.slot_ids[0]}, key=program.key)

    assert (refused.status_code, later.status_code) == (409, 201)


@pytest.mark.parametrize("seats_left", [5, 1])
def test_at_once_it_is_done_once(
    app: Flask, program: Program, clinic: OpenClinic, session: Session, seats_left: int
) -> None:
    """Eight threads send one hold, then one booking: one of each, eight times the same answer."""
    if seats_left < 5:
        program.hold(clinic.slot_ids[0], people=5 - seats_left)
    before = count(session, Hold)
    start = threading.Barrier(THREADS)

    def hold(_number: int) -> TestResponse:
        start.wait()
        one = Program(app)
        return one.send("POST", "/api/v1/holds", {"slot": clinic.slot_ids[0]}, key=keys[0])

    def book(_number: int) -> TestResponse:
        start.wait()
        return Program(app).book(held.json, a_person(), key=keys[1])

    keys = [str(uuid.uuid4()), str(uuid.uuid4())]
    with ThreadPoolExecutor(THREADS) as pool:
        holds = list(pool.map(hold, range(THREADS)))
        held = holds[0]
        booked = list(pool.map(book, range(THREADS)))

    assert {(one.status_code, one.data) for one in holds} == {(201, held.data)}
    assert {(one.status_code, one.data) for one in booked} == {(201, booked[0].data)}
    assert (count(session, Hold) - before, count(session, Appointment)) == (1, 1)
    assert all(one.balanced for one in counting.count_seats(session))


KILLED = """
import os, signal, sys
from sensors.store import encrypted
from sensors.store.engine import open_engine, session_factory
from sensors.store.transaction import transaction
from tests.build.booking import NOW
from vaxsite.api.services import answers
from vaxsite.booking.services import holds

keys, url, slot, key = sys.argv[1:]
encrypted.load_keys(keys)
which = answers.asked(operation="api.take", key=key, request="")
with session_factory(open_engine(url))() as session, transaction(session):
    holds.hold(session, slot_id=int(slot), holder=b"killed", now=NOW)
    answers.keep(session, which, answers.Answer(201, {}), now=NOW)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_key_of_a_killed_process_is_not_stuck(
    program: Program, clinic: OpenClinic, session: Session, database_url: str
) -> None:
    """Killed between the hold and its commit: nothing is there, and the next try makes it."""
    key = str(uuid.uuid4())
    session.rollback()
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, TEST_KEYS, database_url, str(clinic.slot_ids[0]), key],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONPATH": "."},
        timeout=120,
    )
    assert killed.returncode == -signal.SIGKILL
    assert (count(session, Hold), count(session, KeptAnswer)) == (0, 0)
    session.rollback()

    again = program.send("POST", "/api/v1/holds", {"slot": clinic.slot_ids[0]}, key=key)

    assert again.status_code == 201
    assert count(session, Hold) == 1


def test_answers_are_forgotten_after_a_day(
    program: Program,
    clinic: OpenClinic,
    session: Session,
    sessions: sessionmaker[Session],
    clock: FrozenClock,
) -> None:
    """The worker clears them; then a key may be used for something new."""
    program.hold(clinic.slot_ids[0])
    clock.advance(hours=23, minutes=59)
    assert worker.forget_answers(sessions, clock.now) == 0
    clock.advance(minutes=1)
    assert worker.forget_answers(sessions, clock.now) == 1

    assert count(session, KeptAnswer) == 0
    assert "forget-answers" in {job.name for job in worker.JOBS}


def test_what_is_kept_tells_nothing(program: Program, clinic: OpenClinic, session: Session) -> None:
    """Key, request and answer cannot be read from the table."""
    held = program.hold(clinic.slot_ids[0]).json
    done = program.book(held).json
    session.rollback()

    connection = session.connection()
    rows = connection.exec_driver_sql("SELECT * FROM kept_answer").all()
    text = b" ".join(bytes(part) for row in rows for part in row if isinstance(part, bytes))
    assert len(rows) == 2
    for private in (program.key, held["secret"], done["appointments"][0]["reference"], "E00000001"):
        assert private.encode() not in text
