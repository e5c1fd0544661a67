"""One worker acts at a time, does all that is due, and survives a job that fails."""

import threading
import time
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.outbox import Lease
from sensors.store.transaction import transaction
from tests.conftest import FrozenClock
from vaxsite import worker
from vaxsite.core import audit
from vaxsite.core.actor import system
from vaxsite.worker import Duty, Job

Sessions = sessionmaker[Session]


class Counted:
    """A job that says how often it ran, and fails when it is told to."""

    def __init__(self, *, fails: bool = False) -> None:
        self.runs: list[datetime] = []
        self.fails = fails

    def __call__(self, _sessions: Sessions, now: datetime) -> int:
        """Note the run."""
        self.runs.append(now)
        if self.fails:
            raise RuntimeError
        return 1


def a_duty(sessions: Sessions, clock: FrozenClock, holder: str) -> Duty:
    """Make the duty of one of two workers."""
    duty = Duty(sessions, clock)
    duty.holder = holder
    return duty


def test_second_worker_stands_by_until_the_lease_runs_out(
    sessions: Sessions, clock: FrozenClock
) -> None:
    """Of two workers one acts; the other takes over when the first has not renewed for 30 s."""
    first, second = a_duty(sessions, clock, "one:1"), a_duty(sessions, clock, "two:2")
    first.renew()
    second.renew()
    assert (first.mine, second.mine) == (True, False)

    clock.advance(seconds=30)
    assert not first.mine
    second.renew()
    first.renew()

    assert (first.mine, second.mine) == (False, True)


def test_worker_that_leaves_lets_another_act_at_once(
    sessions: Sessions, clock: FrozenClock
) -> None:
    """A worker that stops in order gives the lease up."""
    first, second = a_duty(sessions, clock, "one:1"), a_duty(sessions, clock, "two:2")
    first.renew()

    first.leave()
    second.renew()

    assert (first.mine, second.mine) == (False, True)


def test_job_runs_only_for_the_worker_on_duty(sessions: Sessions, clock: FrozenClock) -> None:
    """Without the lease a job is not run."""
    first, second = a_duty(sessions, clock, "one:1"), a_duty(sessions, clock, "two:2")
    first.renew()
    counted = Counted()
    job = Job("count", 1, counted)

    done = [worker.run_job(job, duty, sessions, clock) for duty in (second, first)]

    assert done == [0, 1]
    assert counted.runs == [clock.now]


def test_failing_job_is_tried_again_at_its_next_turn(
    sessions: Sessions, clock: FrozenClock
) -> None:
    """A job that raises does not end the worker."""
    duty = a_duty(sessions, clock, "one:1")
    duty.renew()
    failing = Counted(fails=True)
    job = Job("fail", 1, failing)

    worker.run_job(job, duty, sessions, clock)
    worker.run_job(job, duty, sessions, clock)

    assert len(failing.runs) == 2


def test_audit_is_sealed_once_however_often_the_job_runs(
    sessions: Sessions, clock: FrozenClock
) -> None:
    """Three entries are sealed by the first run, none by the second, and the chain is whole."""
    with sessions() as session, transaction(session):
        for number in range(3):
            audit.record(
                session, actor=system("t"), action="t:t", subject=f"t:{number}", now=clock.now
            )

    sealed = [worker.seal_audit(sessions, clock.now) for _ in range(2)]

    assert sealed == [3, 0]
    with sessions() as session:
        assert audit.broken_seals(session) == []


def test_worker_starts_acts_and_leaves_on_demand(sessions: Sessions, clock: FrozenClock) -> None:
    """A worker told to stop ends within a second or two and leaves no lease behind."""
    stop = threading.Event()
    thread = threading.Thread(
        target=worker.work, args=(sessions,), kwargs={"clock": clock, "stop": stop}
    )
    thread.start()
    deadline = time.monotonic() + 10
    held = None
    while held is None and time.monotonic() < deadline:
        with sessions() as session:
            held = session.scalar(select(Lease).where(Lease.name == worker.LEASE))

    stop.set()
    thread.join(10)

    assert held is not None
    assert held.expires_at == clock.now + timedelta(seconds=worker.LEASE_S)
    assert not thread.is_alive()
    with sessions() as session:
        assert session.scalar(select(Lease)) is None
