"""The clock of the cold chain: silence, repeated notices, delivery. Needs no web.

Every job is "do all that is due", so running it twice, late or after a crash is safe. One watch
acts at a time: it holds a lease, and another takes over when the lease runs out.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-untyped]  # APScheduler 3 ships no types.
from apscheduler.schedulers.blocking import BlockingScheduler  # type: ignore[import-untyped]  # The same.
from sqlalchemy.orm import Session, sessionmaker

from sensors.channels.message import Channel
from sensors.services import (
    answering,
    calibrating,
    calling,
    canary,
    delivery,
    leases,
    lost,
    pulse,
    receipts,
    settling,
    silence,
    sirens,
    taking_in,
)
from sensors.services.sirens import Siren
from sensors.store.transaction import transaction

log = structlog.get_logger()

LEASE = pulse.WATCH
LEASE_S = pulse.WATCH_S


@dataclass
class Watch:
    """The jobs of one watch process."""

    sessions: sessionmaker[Session]
    channels: Mapping[str, Channel]
    clock: Callable[[], datetime]
    siren: Siren | None = None
    public_url: str | None = None

    def __post_init__(self) -> None:
        self._sounding: dict[
            str, bool
        ] = {}  # What the broker keeps; at the start nothing is known.
        self._holder = f"watch:{random.SystemRandom().getrandbits(64):x}"

    def notice_silence(self) -> None:
        """Find the probes whose deadline has passed."""
        self._act(silence.sweep)
        self._act(lost.sweep)

    def repeat_notices(self) -> None:
        """Call where nobody has answered yet, or where an answer has lapsed."""
        self._act(answering.return_due)
        self._act(calling.repeat_due)
        self._act(settling.tell_over_due)
        self._act(receipts.second_channel_due)

    def try_addresses(self) -> None:
        """Send the weekly message to every address that has had none this week."""
        self._act(canary.send_due)

    def sound_sirens(self) -> None:
        """Tell the sirens that must change, by what was said and by what the broker keeps."""
        if self.siren is None or not self._holds_lease():
            return
        with self.sessions() as session:
            wanted = sirens.wanted(session)
        for site, on in sirens.to_say(wanted, {**self._sounding, **self.siren.kept()}).items():
            self.siren.sound(site, on=on)
        self._sounding = wanted

    def take_in_known(self) -> None:
        """Take in what was set aside of devices that were registered since."""
        self._act(taking_in.take_in_known)

    def remind_of_certificates(self) -> None:
        """Tell of certificates of calibration that run out soon."""
        self._act(calibrating.remind_due)

    def deliver(self) -> None:
        """Send what is due."""
        if self._holds_lease():
            swept = delivery.deliver_due(
                self.sessions, self.channels, now=self.clock(), public_url=self.public_url
            )
            if swept != delivery.Sweep():
                log.info(
                    "outbox_delivered",
                    sent=swept.sent,
                    retried=swept.retried,
                    given_up=swept.given_up,
                )

    def leave(self) -> None:
        """Let another watch begin at once."""
        with self.sessions() as session, transaction(session):
            leases.release(session, LEASE, self._holder)

    def _act(self, job: Callable[..., int]) -> None:
        if not self._holds_lease():
            return
        with self.sessions() as session, transaction(session):
            done = job(session, now=self.clock())
        if done:
            log.info("job_done", job=f"{job.__module__}.{job.__name__}", done=done)

    def _holds_lease(self) -> bool:
        with self.sessions() as session, transaction(session):
            return leases.hold(session, LEASE, self._holder, self.clock(), LEASE_S)


# Job and the seconds between two runs. Delivery runs often: an alarm waits for it.
SCHEDULE: tuple[tuple[str, int], ...] = (
    ("deliver", 2),
    # With the grace of `silent_after`, a silence is noticed two intervals and 10 s after a reading.
    ("notice_silence", 4),
    ("repeat_notices", 5),
    ("sound_sirens", 5),
    ("try_addresses", 900),
    ("take_in_known", 300),
    ("remind_of_certificates", 3600),
)


def scheduler(watch: Watch) -> BlockingScheduler:
    """Return the scheduler of *watch*; `start` works in the calling thread until `shutdown`."""
    made = BlockingScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(len(SCHEDULE))},
        # A run that is late is still run (the default drops what is one second late), several
        # missed ones are run once, and never two at a time.
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for name, every_s in SCHEDULE:
        made.add_job(getattr(watch, name), "interval", seconds=every_s, id=name)
    return made
