"""The worker: jobs of vaxsite that nobody waits for, under a lease so that one process acts.

Every job is "do all that is due" and is safe to run twice, late or after a crash.
"""

import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from apscheduler.schedulers.background import (  # type: ignore[import-untyped]  # No types upstream.
    BackgroundScheduler,
)
from sqlalchemy.orm import Session, sessionmaker

from sensors import logging
from sensors.services import leases
from sensors.store import encrypted
from sensors.store.engine import open_engine, session_factory
from sensors.store.transaction import in_portions, transaction
from vaxsite.accounts import services as accounts
from vaxsite.api.services import answers
from vaxsite.booking.services import appointment_reminders, asking_again, holds, missed, reminders
from vaxsite.calls import services as calls
from vaxsite.coldchain import services as coldchain
from vaxsite.core import audit
from vaxsite.core.settings import WebSettings
from vaxsite.draws.services import drawing, rights
from vaxsite.exchange import publishing
from vaxsite.leftover.services import callouts
from vaxsite.messages import following
from vaxsite.moves.services import accepting, answering
from vaxsite.moves.services import following as move_following
from vaxsite.plans.services import watching as plans
from vaxsite.rosters.services import entering, undoing
from vaxsite.slots import releasing, setting_aside
from vaxsite.waiting_list.services import answering as offers
from vaxsite.waiting_list.services import offering
from vaxsite.waiting_room import services as waiting_room

log = structlog.get_logger()

LEASE = "worker"
LEASE_S = 30
RENEW_EVERY_S = 10

Sessions = sessionmaker[Session]


@dataclass(frozen=True)
class Job:
    """Something to do again and again. `run` does all that is due and says how much it was."""

    name: str
    every_s: int
    run: Callable[[Sessions, datetime], int]


def expire_holds(sessions: Sessions, now: datetime) -> int:
    """Give back the seats of holds that ran out."""
    return holds.expire_due(sessions, now=now)


def follow_cold_chain(sessions: Sessions, now: datetime) -> int:
    """Act on what the cold chain has told since the last turn."""
    return in_portions(
        sessions,
        lambda session: coldchain.read_events(session, now=now),
        portion=coldchain.BATCH,
    )


def seal_audit(sessions: Sessions, _now: datetime) -> int:
    """Chain the audit entries that no seal covers yet."""
    return audit.seal_all(sessions)


def forget_tries(sessions: Sessions, now: datetime) -> int:
    """Delete counts of tries whose window is over."""
    with sessions() as session, transaction(session):
        return accounts.forget_old_tries(session, now=now)


def forget_answers(sessions: Sessions, now: datetime) -> int:
    """Delete answers of the API that were kept long enough."""
    with sessions() as session, transaction(session):
        return answers.forget_old(session, now=now)


def close_draws(sessions: Sessions, now: datetime) -> int:
    """Close the lists of draws whose registration is over."""
    return drawing.close_due(sessions, now=now)


def pass_rights_on(sessions: Sessions, now: datetime) -> int:
    """End rights to book that ran out, and invite the next in line."""
    return rights.lapse_due(sessions, now=now)


def draw_places(sessions: Sessions, now: datetime) -> int:
    """Draw the places of those who wait, at the moment at which booking opens."""
    return waiting_room.draw_due(sessions, now=now)


def close_calls(sessions: Sessions, now: datetime) -> int:
    """Take off the list whom nobody need call any more."""
    return calls.close_past(sessions, now=now)


def follow_letters(sessions: Sessions, now: datetime) -> int:
    """Try otherwise, or have called, whom a message did not reach."""
    return following.follow_due(sessions, now=now)


def free_seats(sessions: Sessions, now: datetime) -> int:
    """Let seats go on that were set aside for a group which did not take them in time."""
    return setting_aside.free_due(sessions, now=now)


def release_seats(sessions: Sessions, now: datetime) -> int:
    """Let out the portions of seats that are due."""
    return releasing.release_due(sessions, now=now)


JOBS = (
    Job("expire-holds", 15, expire_holds),
    Job("follow-cold-chain", 2, follow_cold_chain),
    Job("seal-audit", 15, seal_audit),
    Job("forget-tries", 900, forget_tries),
    Job("forget-answers", 900, forget_answers),
    Job("close-draws", 15, close_draws),
    Job("draw-places", 2, draw_places),
    Job("pass-draw-rights-on", 60, pass_rights_on),
    Job("free-seats", 60, free_seats),
    Job("release-seats", 30, release_seats),
    Job("close-calls", 60, close_calls),
    Job("follow-letters", 30, follow_letters),
)


def move_people(sessions: Sessions, now: datetime, *, url: str) -> int:
    """Plan what must be moved, and carry out what a manager accepted."""
    return accepting.act_due(sessions, url=url, now=now)


def follow_moves(sessions: Sessions, now: datetime, *, url: str) -> int:
    """Note what people answered, have called who did not."""
    done = answering.settle_due(sessions, now=now)
    return done + move_following.call_due(sessions, url=url, now=now)


def lapse_offers(sessions: Sessions, now: datetime, *, url: str) -> int:
    """End offers of the waiting list that nobody answered in time."""
    return offers.lapse_due(sessions, url=url, now=now)


def offer_seats(sessions: Sessions, now: datetime, *, url: str, mine: str) -> int:
    """Give free seats to people whose own was taken away, then offer them along the list."""
    done = accepting.look_again_due(sessions, now=now)
    done += accepting.act_due(sessions, url=mine, now=now)
    return done + offering.offer_due(sessions, url=url, now=now)


def ask_again(sessions: Sessions, now: datetime, *, url: str) -> int:
    """Invite again whose vaccination was put off until today."""
    return asking_again.ask_due(sessions, url=url, now=now)


def work_off_rosters(sessions: Sessions, now: datetime, *, url: str) -> int:
    """Enter and invite the people of accepted rosters, undo others, forget what nobody accepted."""
    done = entering.enter_due(sessions, url=url, now=now)
    return done + undoing.undo_due(sessions, now=now) + undoing.forget_due(sessions, now=now)


def watch_plans(sessions: Sessions, now: datetime, *, url: str) -> int:
    """Warn managers where published first doses have no second one any more."""
    return plans.watch_due(sessions, url=url, now=now)


def call_out(sessions: Sessions, now: datetime, *, url: str) -> int:
    """Forecast doses left over anew, and invite a wave."""
    return callouts.look_due(sessions, url=url, now=now)


def publish(sessions: Sessions, now: datetime, *, source: str) -> int:
    """Write the transmissions of our own units that are due into the outbox."""
    with sessions() as session, transaction(session):
        return publishing.publish_due(session, source=source, now=now)


def _told(job: Callable[..., int], my_booking_url: str) -> Callable[[Sessions, datetime], int]:
    """Return *job* with the address that its messages name."""
    return lambda sessions, now: job(sessions, my_booking_url=my_booking_url, now=now)


def jobs(public_url: str) -> tuple[Job, ...]:
    """Return every job; messages name addresses under *public_url*."""
    remind = partial(reminders.remind_due, due_url=f"{public_url}/due")
    mine = f"{public_url}/my-booking"
    tell = partial(rights.tell_due, public_url=public_url)
    waiting = f"{public_url}/waiting"
    return (
        *JOBS,
        Job("lapse-offers", 15, partial(lapse_offers, url=waiting)),
        Job("offer-seats", 15, partial(offer_seats, url=waiting, mine=mine)),
        Job("call-out", 30, partial(call_out, url=f"{public_url}/leftover")),
        Job("remind", 3600, lambda sessions, now: remind(sessions, now=now)),
        Job("remind-of-appointments", 300, _told(appointment_reminders.remind_due, mine)),
        Job("mark-missed", 300, _told(missed.mark_due, mine)),
        Job("release-second-doses", 900, _told(missed.release_seconds, mine)),
        Job("tell-draw-results", 30, lambda sessions, now: tell(sessions, now=now)),
        Job("move-people", 2, partial(move_people, url=mine)),
        Job("follow-moves", 60, partial(follow_moves, url=mine)),
        Job("ask-again", 60, partial(ask_again, url=f"{public_url}/invitation")),
        Job("work-off-rosters", 5, partial(work_off_rosters, url=f"{public_url}/invitation")),
        Job("watch-plans", 3600, partial(watch_plans, url=public_url)),
        Job("publish", 60, partial(publish, source=public_url)),
    )


class Duty:
    """Whether this process is the one that acts."""

    def __init__(self, sessions: Sessions, clock: Callable[[], datetime]) -> None:
        self._sessions, self._clock = sessions, clock
        self.holder = f"{socket.gethostname()}:{os.getpid()}"
        self._until: datetime | None = None

    @property
    def mine(self) -> bool:
        """Tell whether the lease is held and has not run out."""
        return self._until is not None and self._clock() < self._until

    def renew(self) -> None:
        """Take the lease or keep it; another process has it where this does not succeed."""
        now = self._clock()
        with self._sessions() as session, transaction(session):
            held = leases.hold(session, LEASE, self.holder, now, LEASE_S)
        self._until = now + timedelta(seconds=LEASE_S) if held else None

    def leave(self) -> None:
        """Give the lease up, so that another process acts at once."""
        self._until = None
        with self._sessions() as session, transaction(session):
            leases.release(session, LEASE, self.holder)


def run_job(job: Job, duty: Duty, sessions: Sessions, clock: Callable[[], datetime]) -> int:
    """Run *job* if this process acts; a failure is logged and tried again at the next turn."""
    if not duty.mine:
        return 0
    try:
        done = job.run(sessions, clock())
    except Exception:  # The edge of a loop: one broken job must not end the others.
        log.exception("job_failed", job=job.name)
        return 0
    if done:
        log.info("job_done", job=job.name, done=done)
    return done


def work(
    sessions: Sessions,
    *,
    clock: Callable[[], datetime],
    stop: threading.Event,
    todo: tuple[Job, ...] = JOBS,
) -> None:
    """Act until *stop*: the lease first, then every job at its interval."""
    duty = Duty(sessions, clock)
    duty.renew()
    scheduler = BackgroundScheduler(
        timezone=UTC,
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    scheduler.add_job(duty.renew, "interval", seconds=RENEW_EVERY_S)
    for job in todo:
        scheduler.add_job(
            run_job, "interval", (job, duty, sessions, clock), seconds=job.every_s, id=job.name
        )
    scheduler.start()
    log.info("worker_started", acts=duty.mine)
    stop.wait()
    scheduler.shutdown(wait=True)
    duty.leave()
    log.info("worker_stopped")


def run(values: WebSettings) -> None:
    """Open the database and work until SIGTERM or Ctrl-C."""
    logging.configure()
    encrypted.load_keys(values.data_keys)
    sessions = session_factory(open_engine(values.database_url))
    audit.guard(sessions)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    work(sessions, clock=lambda: datetime.now(UTC), stop=stop, todo=jobs(values.public_url))
