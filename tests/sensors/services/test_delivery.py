"""What is due is sent at least once under one key, and one bad gateway holds up nobody else."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.channels.message import ChannelError, Message, Receipt
from sensors.services import delivery, leases, outbox
from sensors.services.delivery import Sweep
from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build.messages import NOON


@dataclass
class FakeGateway:
    """A gateway that follows a script: None takes the message, an exception is raised."""

    script: list[Exception | None] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def send(self, message: Message) -> Receipt:
        """Do what the script says next; at its end, take everything."""
        self.asked.append(message.delivery_key)
        step = self.script.pop(0) if self.script else None
        if step is not None:
            raise step
        self.taken.append(message.delivery_key)
        return Receipt(f"receipt of {message.delivery_key}")


@pytest.fixture
def put(sessions: sessionmaker[Session]) -> Callable[..., bool]:
    """Return a function that enqueues a message by its key."""

    def enqueue(key: str, *, channel: str = "sms", address: str = "wang-li") -> bool:
        with sessions() as session, transaction(session):
            return outbox.enqueue(
                session,
                kind="alert:first",
                about="alert:1",
                channel=channel,
                address=address,
                language="en",
                subject="Alarm",
                body="Fridge F1",
                delivery_key=key,
                now=NOON,
            )

    return enqueue


def rows(sessions: sessionmaker[Session]) -> dict[str, OutboxMessage]:
    with sessions() as session:
        return {row.delivery_key: row for row in session.scalars(select(OutboxMessage))}


def deliver(sessions: sessionmaker[Session], *, minute: float = 0, **gateways: object) -> Sweep:
    now = NOON + timedelta(minutes=minute)
    return delivery.deliver_due(sessions, gateways, now=now, jitter=random.Random(1))  # type: ignore[arg-type]  # fakes


def test_due_message_is_sent_once(
    sessions: sessionmaker[Session], put: Callable[..., bool]
) -> None:
    """Sent is sent: a second run finds nothing."""
    gateway = FakeGateway()
    assert [put("k1"), put("k1")] == [True, False]

    swept = [deliver(sessions, sms=gateway), deliver(sessions, minute=60, sms=gateway)]

    assert swept == [Sweep(sent=1), Sweep()]
    assert gateway.taken == ["k1"]
    assert (rows(sessions)["k1"].state, rows(sessions)["k1"].receipt) == ("sent", "receipt of k1")


def test_gateway_that_is_down_gets_the_message_later_under_the_same_key(
    sessions: sessionmaker[Session], put: Callable[..., bool]
) -> None:
    """The pauses grow; the key stays, by which the gateway knows the message again."""
    gateway = FakeGateway([ChannelError("down", retry=True)] * 2)
    put("k1")

    swept = [deliver(sessions, minute=minute, sms=gateway) for minute in (0, 0.1, 1, 2)]

    assert swept == [Sweep(retried=1), Sweep(), Sweep(retried=1), Sweep(sent=1)]
    assert gateway.asked == ["k1", "k1", "k1"]


def test_refused_message_is_given_up_with_its_reason(
    sessions: sessionmaker[Session], put: Callable[..., bool]
) -> None:
    """What can never work is not tried again, and is there to be seen."""
    put("k1")
    deliver(sessions, sms=FakeGateway([ChannelError("no such number", retry=False)]))

    row = rows(sessions)["k1"]
    assert (row.state, row.failure) == ("given_up", "no such number")


def test_message_is_given_up_after_twenty_tries(
    sessions: sessionmaker[Session], put: Callable[..., bool]
) -> None:
    """A gateway that never comes back does not keep a message for ever."""
    gateway = FakeGateway([ChannelError("down", retry=True)] * 30)
    put("k1")
    for hour in range(25):
        deliver(sessions, minute=hour * 61, sms=gateway)

    assert len(gateway.asked) == 20
    assert rows(sessions)["k1"].state == "given_up"


def test_sender_killed_after_the_gateway_took_it_sends_again_under_the_same_key(
    sessions: sessionmaker[Session], put: Callable[..., bool]
) -> None:
    """The claim of a sender that died runs out, and the gateway knows the key again."""

    class Killed(BaseException):
        """The process is gone at this point."""

    class TakesAndDies(FakeGateway):
        def send(self, message: Message) -> Receipt:
            super().send(message)
            raise Killed

    gateway = TakesAndDies()
    put("k1")
    with pytest.raises(Killed):
        deliver(sessions, sms=gateway)
    after = FakeGateway()

    swept = [deliver(sessions, minute=minute, sms=after) for minute in (1, 2)]

    assert swept == [Sweep(), Sweep(sent=1)]
    assert gateway.taken == after.taken == ["k1"]


def test_gateway_that_hangs_holds_up_no_other_channel(
    sessions: sessionmaker[Session], put: Callable[..., bool]
) -> None:
    """E-mail goes out while the SMS gateway thinks."""
    mail_went_out = threading.Event()

    class Mail(FakeGateway):
        def send(self, message: Message) -> Receipt:
            mail_went_out.set()
            return super().send(message)

    class Hanging(FakeGateway):
        def send(self, message: Message) -> Receipt:
            assert mail_went_out.wait(20)
            return super().send(message)

    put("a-sms")
    put("b-mail", channel="email")

    assert deliver(sessions, sms=Hanging(), email=Mail()) == Sweep(sent=2)


def test_broken_channel_rests_after_five_failures(
    sessions: sessionmaker[Session], put: Callable[..., bool]
) -> None:
    """A gateway that is down is not asked for each of a hundred messages."""
    gateway = FakeGateway([RuntimeError("a fault of its own")] * 100)
    for number in range(9):
        put(f"k{number}")

    assert deliver(sessions, sms=gateway) == Sweep(retried=5)


def test_message_for_a_channel_that_is_not_set_up_waits(
    sessions: sessionmaker[Session], put: Callable[..., bool]
) -> None:
    """The reason stands in the row until an operator sets the channel up."""
    put("k1", channel="pigeon")
    deliver(sessions)

    row = rows(sessions)["k1"]
    assert (row.state, row.failure) == ("waiting", "channel pigeon is not set up")


def test_lease_is_held_by_one_until_it_runs_out(sessions: sessionmaker[Session]) -> None:
    """Compare-and-set: the first has it, renews it, and loses it only to time."""

    def hold(holder: str, second: int) -> bool:
        with sessions() as session, transaction(session):
            return leases.hold(session, "watch", holder, NOON + timedelta(seconds=second), 30)

    assert [hold("a", 0), hold("b", 1), hold("a", 20), hold("b", 49), hold("b", 50)] == [
        True,
        False,
        True,
        False,
        True,
    ]
