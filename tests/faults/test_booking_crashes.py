"""Bookings over HTTP while the database and the web crash: what was told is what is stored."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.engine import session_factory
from sensors.store.transaction import transaction
from tests.bench import web, world
from tests.bench.conversations import Answer, Conversation, drive, request
from tests.bench.http_booking import slots_tomorrow
from tests.build.programs import APPOINTMENTS, HOLDS, a_person
from vaxsite.booking import counting
from vaxsite.booking.models import Appointment
from vaxsite.core.ids import parse_reference

SLOTS, SEATS, CONTENDERS, CONNECTIONS = 10, 60, 3_000, 32
CRASHES = 4  # Of the database and of a worker of the web, in turns.
PAUSE_S = 0.01  # Between two tries: a program that asks again at once only adds to the rush.


class Crowd:
    """Programs that hold a seat and confirm it, and ask again with their key after a fault."""

    def __init__(self, slot_ids: Sequence[int]) -> None:
        self.slot_ids = slot_ids
        self.told: list[str] = []  # References.
        self.outcomes: Counter[str] = Counter()
        self.faults: Counter[int] = Counter()

    def contender(self, number: int) -> Conversation:
        """Want a seat for one person."""
        held = yield from self.ask(number, HOLDS, {"slot": self.slot_ids[number % SLOTS]})
        if held.status != 201:
            self.outcomes[str(held.json().get("reason"))] += 1
            return
        hold = held.json()
        asked = {
            "hold": hold["id"],
            "people": [a_person(number)],
            "contact": {"phone": f"+861{3_900_000_000 + number}"},
        }
        done = yield from self.ask(number, APPOINTMENTS, asked, Hold_Secret=hold["secret"])
        self.outcomes["booked" if done.status == 201 else str(done.json().get("reason"))] += 1
        if done.status == 201:
            self.told += [one["reference"] for one in done.json()["appointments"]]

    def ask(
        self, number: int, path: str, body: Any, **headers: str
    ) -> Generator[bytes, Answer, Answer]:  # Any: JSON.
        """Send one request until it is answered by more than a fault."""
        network = f"10.0.{number >> 8}.{number & 255}"
        headers |= {"X_Forwarded_For": network, "Idempotency_Key": str(uuid4())}
        while True:
            answer = yield request("POST", path, body, **headers)
            if answer.status < 500:
                return answer
            self.faults[answer.status] += 1
            time.sleep(PAUSE_S)


@pytest.mark.postgres
@pytest.mark.mosquitto
def test_every_booking_that_was_told_is_stored_once_though_all_crashes() -> None:
    """PostgreSQL and workers of the web are killed in turns: no seat is sold twice, none is lost.

    Programs are told that the service is away, never of a fault of ours, and their key makes sure
    that what they ask again is done once.
    """
    dice = random.Random(20_261_127)
    with world.world("postgres") as here:
        assert here.postgres is not None
        sessions = session_factory(here.engine)
        with sessions() as session, transaction(session):
            crowd = Crowd(slots_tomorrow(session, count=SLOTS, seats=SEATS))
        talks = (crowd.contender(one) for one in range(CONTENDERS))
        with web.serving(here, workers=2) as server, ThreadPoolExecutor(1) as pool:
            rush = pool.submit(drive, server.port, connections=CONNECTIONS, talks=talks)
            for crash in range(CRASHES):
                time.sleep(dice.uniform(0.5, 1.5))
                if crash % 2:
                    os.kill(dice.choice(_workers(server.pid)), signal.SIGKILL)
                    continue
                here.postgres.crash()
                time.sleep(dice.uniform(0, 1))
                here.postgres.serve()
            rush.result()
        here.engine.dispose()
        with sessions() as session:
            _check(session, crowd)


def _workers(pid: int) -> list[int]:
    """Return the processes that the one with *pid* has started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _check(session: Session, crowd: Crowd) -> None:
    assert set(crowd.faults) == {503}, crowd.faults
    assert crowd.outcomes == {"booked": SLOTS * SEATS, "full": CONTENDERS - SLOTS * SEATS}
    told = [parse_reference(one) for one in crowd.told]
    assert sorted(told) == sorted(session.scalars(select(Appointment.reference)))
    assert all(one.balanced and not one.held for one in counting.count_seats(session))
    assert counting.half_bookings(session) == []
