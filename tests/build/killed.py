"""The acts of `histories` in processes that kill themselves (SIGKILL) at some statement.

Nothing runs after that: no rollback, no handler, no goodbye to the database. The client, as a
browser does, lives on and remembers only what it was told; its next act has a process of its own.
The dice are seeded; which process is faster is not.
"""

import ctypes
import os
import random
import signal
from collections import Counter
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, configure_mappers, sessionmaker

from sensors.store import encrypted
from sensors.store.engine import open_engine, session_factory
from tests.build import histories
from tests.build.histories import Client
from tests.build.processes import FORKING, KEYS, PR_SET_PDEATHSIG
from vaxsite.core import audit

CLIENTS = 18
AT_ONCE = 4
STEPS = 5  # Of each client, those that were killed not counted.
UNTOLD = 0.1  # Of all acts that were committed, nobody hears.

configure_mappers()  # Before processes are forked, not by each of them.


def _die(_connection: Connection | None = None) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _act(url: str, client: Client, steps: int, pipe: Pipe) -> None:
    """Do *steps* of the client's acts and report each after its commit, as far as life lasts."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    encrypted.load_keys(KEYS)
    engine = open_engine(url, pool_size=1)
    sessions = session_factory(engine)
    audit.guard(sessions)
    with histories.cutting(engine, _die):
        for _ in range(steps):
            outcome = client.step(sessions)
            if client.dice.random() < UNTOLD:
                _die()
            pipe.send((outcome, client))


def play(
    engine: Engine, sessions: sessionmaker[Session], seed: int
) -> tuple[Counter[str], list[Client]]:
    """Let the clients act, some at once; return what became of their acts, and who they are."""
    waiting = [Life(engine, one, seed) for one in histories.clients(sessions, seed, CLIENTS)]
    alive: dict[Pipe, Life] = {}
    outcomes = Counter[str]()
    ended: list[Life] = []
    while waiting or alive:
        while waiting and len(alive) < AT_ONCE:
            life = waiting.pop(0)
            alive[life.begin()] = life
        for pipe in wait(list(alive)):
            assert isinstance(pipe, Pipe)
            try:
                outcomes[alive[pipe].hear(pipe)] += 1
            except EOFError:
                life = alive.pop(pipe)
                again = life.end(pipe)
                outcomes["killed"] += again
                (waiting if again and life.left else ended).append(life)
    return outcomes, [life.client for life in ended]


class Life:
    """A client whose processes die."""

    def __init__(self, engine: Engine, client: Client, seed: int) -> None:
        self.url = engine.url.render_as_string(hide_password=False)
        self.client = client
        self.seed = seed
        self.left = STEPS
        self.deaths = 0
        self.process: ForkServerProcess | None = None

    def begin(self) -> Pipe:
        """Start a process; return where it reports."""
        reports, sender = FORKING.Pipe(duplex=False)
        asked = (self.url, self.client, self.left, sender)
        self.process = FORKING.Process(target=_act, args=asked, daemon=True)
        self.process.start()
        sender.close()
        return reports

    def hear(self, pipe: Pipe) -> str:
        """Return what became of one more act; raise EOFError where the process is gone."""
        outcome, self.client = pipe.recv()
        self.left -= 1
        return str(outcome)

    def end(self, pipe: Pipe) -> bool:
        """Bury the process; tell whether it was killed. What it did not report, nobody knows."""
        assert self.process is not None
        pipe.close()
        self.process.join()
        assert self.process.exitcode in {0, -signal.SIGKILL}, f"seed {self.seed}: a process broke"
        self.deaths += 1
        self.client.dice = random.Random(f"{self.seed}-{self.client.number}-{self.deaths}")
        return self.process.exitcode != 0
