"""The subscriber: receive, commit, then acknowledge. What it acknowledged is in the database.

While the database is away it holds its acknowledgements and tries again; its inbox is bounded, so
the backlog waits at the broker. One message that the database refuses is set aside, its
neighbours are stored.
"""

import functools
import gc
import os
import secrets
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from sensors.mqtt import topics
from sensors.mqtt.connection import Connection
from sensors.mqtt.inbox import Arrival, Inbox
from sensors.services import ingest, known, leases, set_aside, silence
from sensors.services.acks import Acks, Reply
from sensors.services.births import Rebirths
from sensors.services.ingest import IngestResult, RuleMemory
from sensors.services.known import Known
from sensors.services.messages import Message
from sensors.settings import Broker
from sensors.store.transaction import transaction

log = structlog.get_logger()
T = TypeVar("T")

INBOX_MESSAGES = 5_000
INBOX_BYTES = 64 * 1024 * 1024
WAIT_S = 0.25
HEARTBEAT_S = 10.0
NOT_YET_S = 0.5  # Until it is subscribed.
RELOAD_S = 15.0
REPLY_S = 1.0
COLLECT_AFTER = 50_000  # A batch makes tens of thousands of objects, and none in a circle.
STAND_BY_S = 2.0
SEAT = "subscriber"  # The lease of the one subscriber that acts.
SEAT_S = 30
LONGEST_RETRY_S = 5.0


@dataclass(frozen=True)
class Holder:
    """This process as the holder of a lease: others can tell whether it is still there."""

    host: str
    pid: int
    nonce: str

    @classmethod
    def here(cls) -> "Holder":
        """Return this process."""
        return cls(socket.gethostname(), os.getpid(), secrets.token_hex(4))

    def __str__(self) -> str:
        return f"{self.host}/{self.pid}/{self.nonce}"

    def knows_dead(self, other: str) -> bool:
        """Tell whether *other* is a process of this machine that has ended."""
        host, _, rest = other.partition("/")
        pid = rest.partition("/")[0]
        if host != self.host or not pid.isdigit() or other == str(self):
            return False
        if int(pid) == self.pid:  # The first process of a container that was started again.
            return True
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


@dataclass(frozen=True)
class Pace:
    """How a batch is closed: at *most* messages, or when none came for *linger_s* seconds.

    While the backlog is larger than a batch nothing is waited for. `linger_s` lets a stream fill
    a batch instead of paying a commit for each handful; it is what a reading waits at the most.
    """

    most: int = 2000
    linger_s: float = 0.02


class Subscriber:
    """One subscriber from start to stop; `run` works in the thread that calls it."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        broker: Broker,
        client_id: str,
        *,
        credentials: str | None,
        clock: Callable[[], datetime],
        pace: Pace | None = None,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._pace = pace or Pace()
        self._inbox = Inbox(most=INBOX_MESSAGES, most_bytes=INBOX_BYTES)
        self._connection = Connection(
            broker, client_id, credentials=credentials, inbox=self._inbox, clock=clock
        )
        self._holder = Holder.here()
        self._known = Known()
        self._memory = RuleMemory()
        self._acks = Acks()
        self._rebirths = Rebirths()
        self._stopping = False
        self._beat_at = self._reload_at = self._reply_at = 0.0

    def stop(self) -> None:
        """Ask `run` to commit and acknowledge what it has, and to return.

        Only a flag: a signal's handler may not touch a lock that its own thread may hold.
        """
        self._stopping = True

    def run(self) -> None:
        """Work until `stop`; then drain, acknowledge and leave the broker."""
        gc.freeze()  # What was loaded at the start stays; the collector need not look at it again.
        gc.set_threshold(COLLECT_AFTER)
        try:
            self._try_until_done(self._reload)
            self._begin()
            while not self._stopping:
                self._work(WAIT_S)
            self._inbox.close()
            while len(self._inbox):
                self._work(0)
            self._reply()
        except _Stopped:
            log.warning("stopped_early", unacknowledged=len(self._inbox))
        finally:
            self._inbox.close()
            self._connection.stop()
            log.info("subscriber_stopped")

    def _work(self, wait_s: float) -> None:
        """Do one round: take a batch, store it, acknowledge it, and whatever else is due."""
        batch = self._take(wait_s)
        if batch:
            result = self._store(batch)
            self._connection.acknowledge(batch)
            if result.stored:
                self._acks.note(result.stored)
            if result.asked:
                self._ask_for_births(result.asked)
            if result.set_aside or result.judged_again or result.changes:
                log.info(
                    "batch_stored",
                    new=result.new,
                    duplicates=result.duplicates,
                    set_aside=result.set_aside,
                    judged_again=result.judged_again,
                    changes=result.changes,
                )
        moment = time.monotonic()
        if moment >= self._reply_at:
            self._reply_at = moment + REPLY_S
            self._reply()
        if moment >= self._reload_at:
            self._try_until_done(self._reload)
            self._connection.subscribe(self._known.filters)
        if moment >= self._beat_at or self._connection.was_taken_over.is_set():
            self._beat(moment)

    def _beat(self, moment: float) -> None:
        """Renew what says that this process acts, and that it listens; or stand by."""
        if self._connection.was_taken_over.is_set() or not self._try_until_done(self._take_seat):
            self._stand_by()
        self._beat_at = moment + NOT_YET_S
        if self._connection.is_subscribed.is_set():
            self._try_until_done(self._listen)
            self._beat_at = moment + HEARTBEAT_S

    def _take(self, wait_s: float) -> list[Arrival]:
        most, linger_s = self._pace.most, self._pace.linger_s
        batch = self._inbox.take(most, wait_s=wait_s)
        if not batch or len(batch) >= most or self._stopping:
            return batch
        close_at = time.monotonic() + linger_s
        while len(batch) < most and (left_s := close_at - time.monotonic()) > 0:
            time.sleep(min(left_s, linger_s / 4))  # The network thread gets the interpreter.
            more = self._inbox.take(most - len(batch), wait_s=0)
            if not more:
                break
            batch += more
        return batch

    def _store(self, batch: Sequence[Arrival]) -> IngestResult:
        """Commit *batch*, halving it where the database refuses a part for good."""
        messages = [arrival.message for arrival in batch]
        result = IngestResult()
        parts: list[list[Message]] = [messages]
        while parts:
            part = parts.pop()
            try:
                result.add(self._try_until_done(functools.partial(self._store_part, part)))
            except _Stopped:
                raise
            except Exception as err:  # noqa: BLE001 - one message must not block the others
                if len(part) > 1:
                    middle = len(part) // 2
                    parts += [part[middle:], part[:middle]]
                else:
                    self._set_aside(part[0], err)
                    result.set_aside += 1
        return result

    def _store_part(self, messages: Sequence[Message]) -> IngestResult:
        with self._sessions() as session, transaction(session):
            return ingest.ingest_batch(
                session, messages, known=self._known, now=self._clock(), memory=self._memory
            )

    def _set_aside(self, message: Message, err: Exception) -> None:
        log.error("message_refused", topic=message.topic, error=type(err).__name__)
        reason = f"could not be stored: {type(err).__name__}"

        def put() -> None:
            with self._sessions() as session, transaction(session):
                set_aside.put(session, message, reason)

        self._try_until_done(put)

    def _reload(self) -> None:
        with self._sessions() as session:
            self._known = known.load(session)
        self._reload_at = time.monotonic() + RELOAD_S

    def _begin(self) -> None:
        """Connect, as soon as no other subscriber listens.

        Two under one client id would throw each other out for ever.
        """
        while not self._try_until_done(self._take_seat):
            log.warning("another_subscriber_listens")
            if self._stops_within(STAND_BY_S):
                raise _Stopped
        self._connection.start(self._known.filters)
        log.info("subscriber_started", filters=self._known.filters)

    def _stand_by(self) -> None:
        """Let the other subscriber work; begin again when it is gone."""
        log.error("another_subscriber_took_over")
        self._connection.stop()
        if self._stops_within(STAND_BY_S):
            raise _Stopped
        self._begin()

    def _take_seat(self) -> bool:
        """Become or stay the one who acts; a dead process of this machine is followed at once."""
        with self._sessions() as session, transaction(session):
            last = leases.holder_of(session, SEAT)
            if last is not None and self._holder.knows_dead(last):
                leases.inherit(session, SEAT, dead=last, holder=str(self._holder))
            return leases.hold(session, SEAT, str(self._holder), self._clock(), SEAT_S)

    def _listen(self) -> None:
        with self._sessions() as session, transaction(session):
            silence.listen(session, holder=str(self._holder), now=self._clock())

    def _reply(self) -> None:
        """Tell native devices how far they may empty their buffers."""
        if not self._acks.is_due:
            return
        for reply in self._try_until_done(self._due_replies):
            self._connection.publish(
                topics.ack_topic(reply.device), topics.ack_payload(reply.boot, reply.stored_to)
            )

    def _ask_for_births(self, nodes: set[str]) -> None:
        """Ask Sparkplug nodes what their aliases mean. A question that gets lost is asked again."""
        self._rebirths.note(nodes)
        for node in self._rebirths.take_due(moment=time.monotonic()):
            log.info("rebirth_asked", node=node)
            self._connection.publish(
                topics.rebirth_topic(node), topics.rebirth_payload(self._clock())
            )

    def _stops_within(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(0.05)
        return self._stopping

    def _due_replies(self) -> list[Reply]:
        with self._sessions() as session:
            return self._acks.take_due(session, moment=time.monotonic())

    def _try_until_done(self, action: Callable[[], T]) -> T:
        """Do *action*, again and again while the database is away or refuses to work.

        Only what the data itself is to blame for comes through: a value that no column takes, a
        key that points nowhere. A missing table or a full disk is waited for.
        """
        wait_s = 0.1
        while True:
            try:
                return action()
            except (DataError, IntegrityError):
                raise
            except (DBAPIError, PoolTimeout) as err:
                log.warning("database_away", error=type(err).__name__, retry_s=wait_s)
                if self._stops_within(wait_s):
                    raise _Stopped from err
                wait_s = min(wait_s * 2, LONGEST_RETRY_S)


class _Stopped(Exception):
    """Asked to stop while waiting for something: what is not acknowledged comes again."""
