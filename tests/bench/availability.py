"""How many reads of free seats a second, and how old they are: `./run bench availability`.

Kept connections read the times of one clinic while another process books there. A booking is
*unseen* by a read that left after its commit and does not show it; the largest time between the
two is what "at most so old" is worth.
"""

import multiprocessing
import os
import time
from bisect import bisect_right
from collections.abc import Iterator
from multiprocessing.queues import Queue
from typing import Any

from sensors.store import encrypted
from sensors.store.engine import open_engine, session_factory
from sensors.store.transaction import transaction
from tests.bench import web, world
from tests.bench.conversations import Answer, Conversation, drive, percentile_ms, request
from tests.bench.http_booking import CONNECTIONS, WORKERS, slots_tomorrow
from tests.build.booking import holder
from vaxsite.booking.services import holds
from vaxsite.web.clock import system_clock

SLOTS, SEATS = 16, 200
BOOKINGS_S = 10.0  # So often somebody takes a seat.
READ = request("GET", "/api/v1/availability?site=riverside")
Read = tuple[float, int]  # When it left, how many seats it showed as free.


class Readers:
    """What all reads showed until the end."""

    def __init__(self, seconds: float) -> None:
        self.ends = world.clock_s() + seconds
        self.reads: list[Read] = []
        self.took: list[float] = []
        self.wrong = 0
        self._free: dict[bytes, int] = {}

    def reader(self) -> Conversation:
        """Read again and again."""
        while True:
            answer = yield READ
            self.took.append(answer.got_at - answer.sent_at)
            self.wrong += answer.status != 200
            self.reads.append((answer.sent_at, self._free_in(answer)))
            if answer.got_at >= self.ends:
                return

    def _free_in(self, answer: Answer) -> int:
        if answer.body not in self._free:
            times = [one for session in answer.json()["sessions"] for one in session["slots"]]
            self._free[answer.body] = sum(one["free"] for one in times)
        return self._free[answer.body]


def run(database: str, *, seconds: int) -> dict[str, Any]:
    """Measure; return the figures by name. Any: counts, times and the names."""
    with world.world(database) as here:
        with session_factory(here.engine)() as session, transaction(session):
            slot_ids = slots_tomorrow(session, count=SLOTS, seats=SEATS)
        with web.serving(here, workers=WORKERS) as server:
            spawning = multiprocessing.get_context("spawn")
            commits: Queue[float] = spawning.Queue()
            writer = spawning.Process(
                target=_write, args=(here.database_url, slot_ids, commits, seconds), daemon=True
            )
            writer.start()
            commits.get(timeout=120)  # Its first seat: from now on both work.
            readers, began, cpu = Readers(seconds), world.clock_s(), server.cpu_s()
            own = time.process_time()
            talks: Iterator[Conversation] = (readers.reader() for _ in range(CONNECTIONS))
            drive(server.port, connections=CONNECTIONS, talks=talks)
            span, cpu = world.clock_s() - began, server.cpu_s() - cpu
            own = time.process_time() - own
            writer.join(timeout=60)
        taken_at = [commits.get() for _ in range(commits.qsize())]
    count = len(readers.reads)
    return {
        "bench": "availability",
        "database": database,
        "connections": CONNECTIONS,
        "web_workers": WORKERS,
        "reads": count,
        "reads_per_s": round(count / span),
        "not_200": readers.wrong,
        "bookings": len(taken_at),
        "stalest_read_s": round(_stalest(readers.reads, taken_at), 2),
        "p50_ms": percentile_ms(readers.took, 0.5),
        "p99_ms": percentile_ms(readers.took, 0.99),
        "web_cpu_us_per_read": round(cpu / count * 1e6),
        "client_cpu_us_per_read": round(own / count * 1e6),
        "load_average": round(os.getloadavg()[0], 1),
    }


def _stalest(reads: list[Read], taken_at: list[float]) -> float:
    """Return how long after a commit a read left that does not show it; *taken_at* is in order.

    The first seat was taken before all reads.
    """
    stalest, free_at_first = 0.0, SLOTS * SEATS - 1
    for sent_at, free in reads:
        shown = free_at_first - free  # So many of the commits does it show.
        if shown < bisect_right(taken_at, sent_at):
            stalest = max(stalest, sent_at - taken_at[shown])
    return stalest


def _write(url: str, slot_ids: list[int], commits: "Queue[float]", seconds: int) -> None:
    """Take one seat after the other; tell the moment after each commit."""
    encrypted.load_keys(world.KEYS)
    sessions = session_factory(open_engine(url))
    ends, number = world.clock_s() + seconds + 5, 0
    while world.clock_s() < ends:
        with sessions() as session, transaction(session):
            holds.hold(
                session,
                slot_id=slot_ids[number % len(slot_ids)],
                holder=holder(f"{number}"),
                now=system_clock(),
            )
        commits.put(world.clock_s())
        number += 1
        time.sleep(1 / BOOKINGS_S)
