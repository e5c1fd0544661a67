"""The process that moves people is killed at random points: nobody forgotten, nobody told twice."""

import random
import subprocess
import sys
import time
from collections import Counter

from sqlalchemy import select

from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build import moves as build
from tests.build.booking import NOW, URL, OpenClinic
from tests.vaxsite.moves.acts import Sessions, event, ids, later, sound
from vaxsite.moves.models import SeatMove
from vaxsite.moves.rules.states import MoveState
from vaxsite.moves.services import accepting

PEOPLE = 10
KILLS = 4


def test_killed_and_resumed_everybody_is_moved_and_told_once(
    sessions: Sessions, clinic: OpenClinic, database_url: str
) -> None:
    """Kill -9 after a random while, again and again; the last run finishes what is left."""
    dice = random.Random(7)
    for index in range(PEOPLE):
        slot_id = clinic.slot_ids[index % 2]

        ids(sessions, lambda s, i=slot_id, n=index: build.booked(s, i, index=n))
    later(sessions, clinic, 3, seats=4)
    event_id = event(sessions, clinic)
    accepting.act_due(sessions, url=URL, now=NOW)
    with sessions() as session, transaction(session):
        accepting.accept(session, event_id=event_id, up_to=None, actor=clinic.manager, now=NOW)

    for _ in range(KILLS):
        run_and_kill(database_url, after_s=dice.uniform(0, 0.4))
        with sessions() as session:
            told = [row.body for row in session.scalars(select(OutboxMessage))]
            assert len(told) == len(set(told))
    accepting.act_due(sessions, url=URL, now=NOW)

    with sessions() as session:
        moves = session.scalars(select(SeatMove)).all()
        messages = session.scalars(
            select(OutboxMessage).where(OutboxMessage.kind != "booking:confirmed")
        ).all()
    states = Counter(MoveState(one.state) for one in moves)
    assert states == {MoveState.AWAITING: 8, MoveState.UNPLACED: 2}
    assert len({one.about for one in messages}) == len(messages) == PEOPLE
    sound(sessions)


def run_and_kill(database_url: str, *, after_s: float) -> None:
    """Start the mover, and kill it *after_s* seconds after it began to work."""
    mover = subprocess.Popen(
        [sys.executable, "-m", "tests.vaxsite.moves.mover", database_url],
        stdout=subprocess.PIPE,
    )
    assert mover.stdout is not None
    mover.stdout.readline()
    time.sleep(after_s)
    mover.kill()
    mover.wait()
    mover.stdout.close()
