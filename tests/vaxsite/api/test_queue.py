"""The waiting room stands before a program too; a token is its place in the same line."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.build.booking import NOW, OpenClinic
from tests.build.programs import Program
from tests.conftest import FrozenClock
from vaxsite.waiting_room import services
from vaxsite.waiting_room.rules import Check, puzzle_solved

QUEUE = "/api/v1/queue"


@pytest.fixture
def room(clinic: OpenClinic, session: Session, clock: FrozenClock) -> OpenClinic:
    """Return the clinic behind a waiting room that lets one person in each minute."""
    services.switch_on(
        session,
        gathers_at=NOW,
        opens_at=NOW + timedelta(minutes=1),
        until_at=NOW + timedelta(hours=2),
        per_minute=1,
        check=Check.PUZZLE,
        timezone="Asia/Shanghai",
        actor=clinic.manager,
        now=NOW,
    )
    session.commit()
    return clinic


def join(program: Program) -> str:
    """Answer the question and take a place; return its token."""
    asked = program.send("GET", QUEUE).json["question"]
    challenge = asked["challenge"]
    solved = next(f"{one}" for one in range(1_000_000) if puzzle_solved(challenge, f"{one}"))
    answer = {"challenge": challenge, "solved": solved}
    place = program.send("POST", QUEUE, {"answer": answer})
    assert place.status_code == 201, place.json
    return str(place.json["token"])


def test_a_program_waits_its_turn(program: Program, room: OpenClinic, clock: FrozenClock) -> None:
    """Without a place it is told where to go; with one it books when it is let in, not before."""
    slot = room.slot_ids[0]
    sent = program.hold(slot)
    tokens = [join(program), join(program)]
    program.headers["Queue-Token"] = tokens[0]
    early = program.hold(slot)
    clock.advance(minutes=2)
    stands = {
        token: program.send("GET", QUEUE, Queue_Token=token).json["stand"] for token in tokens
    }
    admitted = {stand: token for token, stand in stands.items()}

    assert (sent.status_code, sent.json["reason"]) == (403, "wait_first")
    assert sent.json["queue"]["href"] == QUEUE
    assert early.json["queue"]["stand"] == "gathering"
    assert int(early.headers["Retry-After"]) > 0
    assert sorted(stands.values()) == ["admitted", "waiting"]
    program.headers["Queue-Token"] = admitted["waiting"]
    assert program.hold(slot).status_code == 403
    program.headers["Queue-Token"] = admitted["admitted"]
    held = program.hold(slot)
    assert held.status_code == 201
    del program.headers["Queue-Token"]
    assert program.book(held.json).status_code == 201


def test_a_question_is_answered_once(program: Program, room: OpenClinic) -> None:
    """A wrong answer, and a right one for the second time, give no place but a new question."""
    wrong = program.send("POST", QUEUE, {"answer": {"challenge": "x", "solved": "1"}})
    none = program.send("POST", QUEUE, {})

    for answer in (wrong, none):
        assert (answer.status_code, answer.json["reason"]) == (403, "wrong_answer")
        assert answer.json["question"]["bits"] > 0


def test_without_a_room_nobody_waits(program: Program) -> None:
    """Nothing is made where there is no waiting room."""
    place = program.send("POST", QUEUE, {})

    assert (place.status_code, place.json["stand"]) == (200, "no_room")
