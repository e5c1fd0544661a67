"""How many people a second get a seat when more come than there are seats.

`hot` is one slot that everybody wants; `spread` the same seats over 200 days of sites; `pairs` both
doses of each person over 200 days of sites. A booking is two transactions, as on the pages: hold,
then confirm with person, appointments, audit and message. The clients are threads of as many
processes as the machine has cores, or as asked. The processor time of a booking tells more than its
rate where the machine has other work: that of the clients, and that of all PostgreSQL's processes.
"""

import itertools
import os
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from multiprocessing import get_context
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from sensors.store import encrypted
from sensors.store.engine import open_engine, session_factory
from sensors.store.transaction import transaction
from tests.bench import world
from tests.build.booking import (
    NOW,
    TOMORROW,
    a_published_session,
    an_open_clinic,
    confirmed,
    details_of,
    holder,
)
from vaxsite.booking import counting
from vaxsite.booking.rules import Place
from vaxsite.booking.services import holds
from vaxsite.core import audit
from vaxsite.core.errors import RefusedAct
from vaxsite.slots import queries as slots

SITES, DAYS = 10, 20  # 200 days of sites; of `pairs` half of the days are for second doses.
BIRTH_DAYS = 1_000  # `details_of` numbers 1,000 people a birth date.
# Booked before the rush, so that the planner knows the tables: PostgreSQL looks each minute.
BEFORE = 1_000
Booking = list[Place]
Share = tuple[str, Sequence[Booking], range, int]  # Database, choices, people, clients.
Answer = tuple[Counter[str], list[float], float]  # Outcomes, seconds, processor seconds.


def run(
    database: str, *, shape: str, seats: int, contenders: int, clients: int, processes: int | None
) -> dict[str, Any]:
    """Measure; return the figures by name. Any: counts, rates and the names."""
    workers = processes or os.cpu_count() or 1
    with world.world(database) as here:
        sessions = session_factory(here.engine)
        with sessions() as session, transaction(session):
            choices = _hot(session, seats) if shape == "hot" else _spread(session, shape, seats)

        def shares(first: int, end: int) -> list[Share]:
            each = (range(first + one, end, workers) for one in range(workers))
            return [(here.database_url, choices, people, clients // workers) for people in each]

        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            if shape == "hot":
                list(pool.map(_warm_up, [here.database_url] * workers))
            else:
                list(pool.map(_rush, shares(contenders, contenders + BEFORE)))
                world.gather_statistics(here.engine)
            began, server = world.clock_s(), world.cpu_with_children_s(here.server)
            answers = list(pool.map(_rush, shares(0, contenders)))
            span = world.clock_s() - began
            server = world.cpu_with_children_s(here.server) - server
        with sessions() as session:
            counts = counting.count_seats(session)
            halves = len(counting.half_bookings(session))
    return {
        "bench": "booking",
        "database": database,
        "shape": shape,
        "seats": seats,
        "contenders": contenders,
        "clients": clients,
        "processes": workers,
        "oversold": sum(max(0, count.booked - count.capacity) for count in counts),
        "unbalanced_slots": sum(not count.balanced for count in counts),
        "half_bookings": halves,
        **_figures(answers, span, server),
    }


def _figures(answers: Sequence[Answer], span: float, server: float) -> dict[str, Any]:
    """Return what the clients met in *span* seconds, and the processor time of each booking."""
    took = sorted(one for _, times, _ in answers for one in times)
    outcomes = sum((one for one, _, _ in answers), Counter[str]())
    booked = outcomes["booked"] or 1
    return {
        "booked": outcomes["booked"],
        "outcomes": dict(outcomes),
        "booked_per_s": round(outcomes["booked"] / span, 1),
        "cpu_ms_per_booking_client": round(sum(cpu for *_, cpu in answers) / booked * 1000, 2),
        "cpu_ms_per_booking_server": round(server / booked * 1000, 2),
        "load_average": round(os.getloadavg()[0], 1),
        "median_ms": round(took[len(took) // 2] * 1000, 1),
        "p99_ms": round(took[int(len(took) * 0.99)] * 1000, 1),
    }


def _hot(session: Session, seats: int) -> list[Booking]:
    clinic = an_open_clinic(session, slots_count=1, seats=seats)
    return [[Place(clinic.slot_ids[0])]]


def _spread(session: Session, shape: str, seats: int) -> list[Booking]:
    """Make a slot for each site and day; of `pairs` the later half lies four weeks further on."""
    product_id, made = None, list[list[int]]()
    for number in range(SITES):
        clinic = an_open_clinic(
            session, code=f"site-{number}", slots_count=1, seats=1, product_id=product_id
        )
        product_id = clinic.product_id
        made.append(
            [
                _slot_on(session, clinic.site_id, product_id, day, shape, seats)
                for day in range(1, DAYS + 1)
            ]
        )
    if shape == "spread":
        return [[Place(slot_id)] for days in made for slot_id in days]
    half = DAYS // 2
    return [
        [Place(first), Place(second, part=2)]
        for days in made
        for first, second in zip(days[:half], days[half:], strict=True)
    ]


def _slot_on(
    session: Session, site_id: int, product_id: int, day: int, shape: str, seats: int
) -> int:
    further = 28 - DAYS // 2 if shape == "pairs" and day > DAYS // 2 else 0
    each = (seats + BEFORE) // (SITES * DAYS // (2 if shape == "pairs" else 1))
    session_id = a_published_session(
        session,
        site_id=site_id,
        product_id=product_id,
        day=TOMORROW + timedelta(days=day + further),
        slots_count=1,
        seats=each,
    )
    return slots.slots_of_session(session, session_id)[0].id


def _warm_up(url: str) -> None:
    """Import everything and connect once, so that the rush measures bookings."""
    encrypted.load_keys(world.KEYS)
    open_engine(url).dispose()


def _rush(asked: Share) -> Answer:
    """Let *clients* threads of this process work off its contenders; with its processor time."""
    url, choices, contenders, clients = asked
    encrypted.load_keys(world.KEYS)
    engine = open_engine(url)
    sessions = session_factory(engine)
    audit.guard(sessions)
    queue, lock, took = itertools.chain(contenders), threading.Lock(), list[float]()
    cpu = time.process_time()

    def client(_number: int) -> Counter[str]:
        outcomes: Counter[str] = Counter()
        while True:
            with lock:
                person = next(queue, None)
            if person is None:
                return outcomes
            began = world.clock_s()
            outcomes[_book(sessions, choices[person % len(choices)], person)] += 1
            took.append(world.clock_s() - began)

    with ThreadPoolExecutor(clients) as pool:
        outcomes = sum(pool.map(client, range(clients)), Counter[str]())
    cpu = time.process_time() - cpu
    engine.dispose()
    return outcomes, took, cpu


def _book(sessions: sessionmaker[Session], places: Booking, person: int) -> str:
    """Hold and confirm; return `booked` or the reason."""
    born_on = date(1960, 1, 1) + timedelta(days=person // BIRTH_DAYS)
    details = replace(  # Each with contacts of their own: a contact may have only so many seats.
        details_of(index=person % BIRTH_DAYS, born_on=born_on, email=f"p{person}@example.org"),
        phone=f"+861{3_900_000_000 + person}",
    )
    secret = f"{person}"
    try:
        with sessions() as session, transaction(session):
            held = holds.hold_places(
                session, places=places, holder=holder(secret), now=NOW, new_holder=True
            )
        with sessions() as session, transaction(session):
            confirmed(session, held=held, secret=secret, details=details)
    except RefusedAct as refused:
        return refused.decision.reason.value
    return "booked"
