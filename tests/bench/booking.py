"""How many people a second get a seat when more come than there are seats.

`hot` is one slot that everybody wants, `spread` the same seats over many slots. A booking is two
transactions, as on the pages: hold, then confirm with person, appointment, audit and message.
"""

import itertools
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from sensors.store.engine import session_factory
from sensors.store.transaction import transaction
from tests.bench import world
from tests.build.booking import NOW, an_open_clinic, confirmed, details_of, holder
from vaxsite.booking import counting
from vaxsite.booking.services import holds
from vaxsite.core import audit
from vaxsite.core.errors import RefusedAct

SLOTS = 20  # Half hours from 09:00: more would not fit into one day.
BIRTH_DAYS = 1_000  # `details_of` numbers 1,000 people a birth date.


def run(database: str, *, shape: str, seats: int, contenders: int, clients: int) -> dict[str, Any]:
    """Measure; return the figures by name. Any: counts, rates and the names."""
    count = 1 if shape == "hot" else SLOTS
    with world.world(database) as here:
        sessions = session_factory(here.engine)
        audit.guard(sessions)
        with sessions() as session, transaction(session):
            clinic = an_open_clinic(session, slots_count=count, seats=seats // count)
        took: list[float] = []
        began = world.clock_s()
        outcomes = _rush(sessions, clinic.slot_ids, contenders, clients, took)
        span = world.clock_s() - began
        with sessions() as session:
            counts = counting.count_seats(session)
    took.sort()
    booked = sum(count.booked for count in counts)
    return {
        "bench": "booking",
        "database": database,
        "shape": shape,
        "seats": seats,
        "contenders": contenders,
        "clients": clients,
        "booked": booked,
        "oversold": sum(max(0, count.booked - count.capacity) for count in counts),
        "unbalanced_slots": sum(not count.balanced for count in counts),
        "outcomes": dict(outcomes),
        "booked_per_s": round(booked / span, 1),
        "answers_per_s": round(contenders / span, 1),
        "median_ms": round(took[len(took) // 2] * 1000, 1),
        "p99_ms": round(took[int(len(took) * 0.99)] * 1000, 1),
    }


def _rush(
    sessions: sessionmaker[Session],
    slot_ids: list[int],
    contenders: int,
    clients: int,
    took: list[float],
) -> Counter[str]:
    """Let *clients* threads work off the queue of contenders."""
    queue, lock = itertools.count(), threading.Lock()

    def client(_number: int) -> Counter[str]:
        outcomes: Counter[str] = Counter()
        while True:
            with lock:
                person = next(queue)
            if person >= contenders:
                return outcomes
            began = world.clock_s()
            outcomes[_book(sessions, slot_ids[person % len(slot_ids)], person)] += 1
            took.append(world.clock_s() - began)

    with ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(client, range(clients)), Counter[str]())


def _book(sessions: sessionmaker[Session], slot_id: int, person: int) -> str:
    """Hold and confirm; return `booked` or the reason."""
    born_on = date(1960, 1, 1) + timedelta(days=person // BIRTH_DAYS)
    details = details_of(index=person % BIRTH_DAYS, born_on=born_on, email="somebody@example.org")
    try:
        with sessions() as session, transaction(session):
            held = holds.hold(session, slot_id=slot_id, holder=holder(f"{person}"), now=NOW)
        with sessions() as session, transaction(session):
            confirmed(session, held=held, secret=f"{person}", details=details)
    except RefusedAct as refused:
        return refused.decision.reason.value
    return "booked"
