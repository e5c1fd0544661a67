"""Ten thousand people want five hundred seats, over HTTP: `./run bench booking --shape http`.

The server is the project's own, two workers; each contender comes from a network of their own, as
behind a proxy, holds a seat and confirms it, or reads why not.
"""

import os
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.engine import session_factory
from sensors.store.transaction import transaction
from tests.bench import web, world
from tests.bench.conversations import Answer, Conversation, drive, percentile_ms, request
from tests.build.booking import a_published_session, an_open_clinic
from tests.build.programs import APPOINTMENTS, HOLDS, a_person
from vaxsite.booking import counting
from vaxsite.booking.models import Appointment
from vaxsite.core.ids import parse_reference
from vaxsite.slots import queries as slots

WORKERS, CONNECTIONS = 2, 64
HOME = ZoneInfo("Asia/Shanghai")


class Rush:
    """What everybody met."""

    def __init__(self, slot_id: int) -> None:
        self.slot_id = slot_id
        self.outcomes: Counter[str] = Counter()
        self.references: list[str] = []
        self.took: dict[str, list[float]] = {"won": [], "lost": []}

    def contender(self, number: int) -> Conversation:
        """Hold and confirm, as a program does for its person."""
        network = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        held = yield request(
            "POST", HOLDS, {"slot": self.slot_id}, X_Forwarded_For=network, **_key()
        )
        self.took["won" if held.status == 201 else "lost"].append(held.got_at - held.sent_at)
        if held.status != 201:
            self.outcomes[_why(held)] += 1
            return
        hold = held.json()
        asked = {
            "hold": hold["id"],
            "people": [a_person(number)],
            "contact": {"phone": f"+861{3_900_000_000 + number}"},
        }
        done = yield request(
            "POST",
            APPOINTMENTS,
            asked,
            X_Forwarded_For=network,
            Hold_Secret=hold["secret"],
            **_key(),
        )
        self.took["won"].append(done.got_at - done.sent_at)
        if done.status == 201:
            self.references += [one["reference"] for one in done.json()["appointments"]]
        self.outcomes["booked" if done.status == 201 else _why(done)] += 1


def run(database: str, *, seats: int, contenders: int) -> dict[str, Any]:
    """Measure; return the figures by name. Any: counts, times and the names."""
    with world.world(database) as here:
        sessions = session_factory(here.engine)
        with sessions() as session, transaction(session):
            slot_id = slots_tomorrow(session, count=1, seats=seats)[0]
        with web.serving(here, workers=WORKERS) as server:
            rush = Rush(slot_id)
            began, cpu = world.clock_s(), server.cpu_s()
            talks: Iterator[Conversation] = (rush.contender(one) for one in range(contenders))
            broken = drive(server.port, connections=CONNECTIONS, talks=talks)
            span, cpu = world.clock_s() - began, server.cpu_s() - cpu
        with sessions() as session:
            counts = counting.count_seats(session)
            halves = len(counting.half_bookings(session))
            rows = session.scalars(select(Appointment.reference)).all()
    won = [parse_reference(one) for one in rush.references]
    return {
        "bench": "booking",
        "shape": "http",
        "database": database,
        "seats": seats,
        "contenders": contenders,
        "connections": CONNECTIONS,
        "web_workers": WORKERS,
        "oversold": sum(max(0, count.booked - count.capacity) for count in counts),
        "unbalanced_slots": sum(not count.balanced for count in counts),
        "half_bookings": halves,
        "answers_without_their_row": len(set(won) ^ set(rows)) + len(won) - len(set(won)),
        "outcomes": dict(rush.outcomes),
        "broken_connections": broken["broken"],
        "seconds": round(span, 1),
        "web_cpu_ms_per_contender": round(cpu / contenders * 1000, 2),
        "load_average": round(os.getloadavg()[0], 1),
        **_times(rush),
    }


def slots_tomorrow(session: Session, *, count: int, seats: int) -> list[int]:
    """Return *count* slots of tomorrow, by the clock of the server, in an open clinic."""
    clinic = an_open_clinic(session)
    session_id = a_published_session(
        session,
        site_id=clinic.site_id,
        product_id=clinic.product_id,
        day=datetime.now(HOME).date() + timedelta(days=1),
        slots_count=count,
        seats=seats,
    )
    return [one.id for one in slots.slots_of_session(session, session_id)]


def _times(rush: Rush) -> dict[str, float]:
    everything = rush.took["won"] + rush.took["lost"]
    return {
        "p50_ms": percentile_ms(everything, 0.5),
        "p99_ms": percentile_ms(everything, 0.99),
        "longest_ms": percentile_ms(everything, 1.0),
        "p99_ms_of_winners": percentile_ms(rush.took["won"], 0.99),
        "p99_ms_of_losers": percentile_ms(rush.took["lost"], 0.99),
    }


def _why(answer: Answer) -> str:
    return str(answer.json().get("reason", answer.status))


def _key() -> dict[str, str]:
    return {"Idempotency_Key": str(uuid4())}
