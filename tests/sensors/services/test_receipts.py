"""Taken by the gateway is not delivered: who has no receipt in time is tried by another channel."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.channels.message import Message, Receipt
from sensors.services import answering, calling, canary, delivery, drills, receipts, sirens
from sensors.services.receipts import Outcome
from sensors.store.episodes import AlertRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import NoticeTarget
from sensors.store.transaction import transaction
from tests.build import people, places
from tests.build.messages import NOON

MINUTE = timedelta(minutes=1)


@dataclass
class Gateway:
    """Takes everything; says that it arrived only where it is honest."""

    honest: bool = False
    taken: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> Receipt:
        """Take *message*."""
        self.taken.append(message)
        return Receipt(f"r{len(self.taken)}", delivered=self.honest)


@pytest.fixture
def unit_id(session: Session) -> int:
    """Store a clinic whose one person has a text message and a telephone; return its fridge."""
    site = places.a_site(session)
    unit = places.a_fridge(session, site=site)
    places.a_probe(session, unit=unit)
    li = people.a_contact(session, "li", sites=[site])
    people.always_on_call(session, site, li)
    people.a_chain(session, site)
    found = unit.id
    session.commit()
    return found


def act(sessions: sessionmaker[Session], what: Callable[..., object], **more: object) -> object:
    with sessions() as session, transaction(session):
        return what(session, **more)


def rows(sessions: sessionmaker[Session]) -> list[OutboxMessage]:
    with sessions() as session:
        return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


def drill(sessions: sessionmaker[Session], unit_id: int) -> Gateway:
    """Start a test alarm and hand its message to a gateway that says nothing of its arrival."""
    act(sessions, drills.start, unit_id=unit_id, now=NOON)
    sms = Gateway()
    delivery.deliver_due(
        sessions, {"sms": sms}, now=NOON + MINUTE, public_url="https://vax.example"
    )
    return sms


def second_due(sessions: sessionmaker[Session], minute: int) -> object:
    return act(sessions, receipts.second_channel_due, now=NOON + minute * MINUTE)


def test_without_a_receipt_the_next_channel_is_tried_once_after_five_minutes(
    sessions: sessionmaker[Session], unit_id: int
) -> None:
    """The same words, the person's telephone, and no third try."""
    drill(sessions, unit_id)

    assert [second_due(sessions, minute) for minute in (4, 5, 6, 20)] == [0, 1, 0, 0]
    told = rows(sessions)
    assert [(row.address, row.state) for row in told] == [
        ("li@sms", "sent"),
        ("li@voice", "waiting"),
    ]
    assert told[0].body == told[1].body


def test_receipt_of_delivery_needs_no_second_channel(
    sessions: sessionmaker[Session], unit_id: int
) -> None:
    """A report that comes twice, or names nothing, changes nothing."""
    drill(sessions, unit_id)

    key = rows(sessions)[0].delivery_key
    reported = [report(sessions, name) for name in (key, key, "wrong")]

    assert reported == [rows(sessions)[0].id, None, None]
    assert second_due(sessions, 6) == 0
    assert rows(sessions)[0].state == "delivered"


def report(
    sessions: sessionmaker[Session],
    key: str,
    *,
    channel: str = "sms",
    outcome: Outcome = Outcome.DELIVERED,
) -> object:
    """Report what became of a message a minute after noon."""
    return act(
        sessions, receipts.report, channel=channel, key=key, outcome=outcome, now=NOON + MINUTE
    )


def test_report_by_our_own_key_may_be_faster_than_the_answer_of_the_gateway(
    sessions: sessionmaker[Session], unit_id: int
) -> None:
    """Between the call and the mark the message still waits; it is not sent again."""
    act(sessions, drills.start, unit_id=unit_id, now=NOON)
    key = rows(sessions)[0].delivery_key
    assert report(sessions, key) is None  # Nobody has taken it yet.

    @dataclass
    class Fast(Gateway):
        """Reports before it answers."""

        def send(self, message: Message) -> Receipt:
            """Take *message* and say at once that it arrived."""
            assert report(sessions, message.delivery_key) is not None
            return super().send(message)

    fast = Fast()
    for minute in (1, 30):
        delivery.deliver_due(sessions, {"sms": fast}, now=NOON + minute * MINUTE)

    assert (len(fast.taken), rows(sessions)[0].state) == (1, "delivered")


def test_report_of_a_failure_tries_the_next_channel_at_once(
    sessions: sessionmaker[Session], unit_id: int
) -> None:
    """What will not arrive is not waited for; the message was taken, and stays so."""
    drill(sessions, unit_id)

    key = rows(sessions)[0].delivery_key
    failed = [report(sessions, key, outcome=Outcome.FAILED) for _ in range(2)]

    assert failed == [rows(sessions)[0].id, None]
    assert [second_due(sessions, minute) for minute in (1, 6)] == [1, 0]
    assert [(row.address, row.state) for row in rows(sessions)] == [
        ("li@sms", "sent"),
        ("li@voice", "waiting"),
    ]


def test_gateway_speaks_for_its_own_channel_only(
    sessions: sessionmaker[Session], unit_id: int
) -> None:
    """A report of another channel about the same key changes nothing."""
    drill(sessions, unit_id)

    assert report(sessions, rows(sessions)[0].delivery_key, channel="voice") is None
    assert rows(sessions)[0].state == "sent"


def test_gateway_that_knows_at_once_gives_the_receipt_with_the_answer(
    sessions: sessionmaker[Session], unit_id: int
) -> None:
    """Nothing is left to wait for."""
    act(sessions, drills.start, unit_id=unit_id, now=NOON)
    swept = delivery.deliver_due(sessions, {"sms": Gateway(honest=True)}, now=NOON + MINUTE)

    assert swept == delivery.Sweep(sent=1)
    assert (rows(sessions)[0].state, second_due(sessions, 6)) == ("delivered", 0)


def test_person_confirms_by_the_link_of_the_message(
    sessions: sessionmaker[Session], unit_id: int
) -> None:
    """The link names one message and cannot be guessed from another one."""
    body = drill(sessions, unit_id).taken[0].body
    token = body.rpartition("https://vax.example/received/")[2]
    with sessions() as session:
        wrong = [token[:-1] + "?", "1.", "1", "99." + token[2:], "", "x.y", "1" * 30, token + "é"]
        assert [receipts.message_of(session, one) for one in wrong] == [None] * len(wrong)
        message_id = receipts.message_of(session, token)

    said = [
        act(sessions, receipts.confirm, message_id=message_id, now=NOON + 2 * MINUTE)
        for _ in range(2)
    ]

    assert said == [True, False]
    assert (rows(sessions)[0].state, second_due(sessions, 6)) == ("confirmed", 0)


def test_nobody_is_tried_again_about_an_alert_that_somebody_answered(
    sessions: sessionmaker[Session], unit_id: int
) -> None:
    """The answer is the best receipt, and ends a drill."""
    drill(sessions, unit_id)
    act(
        sessions,
        answering.acknowledge,
        alert_id=1,
        actor_id="li",
        note="heard",
        now=NOON + 3 * MINUTE,
    )

    assert second_due(sessions, 6) == 0
    with sessions() as session:
        row = session.get_one(AlertRow, 1)
        assert (row.cleared_at, row.first_answered_at) == (NOON + 3 * MINUTE, NOON + 3 * MINUTE)


def test_drill_is_marked_and_climbs_the_chain_like_an_alarm(
    sessions: sessionmaker[Session], unit_id: int
) -> None:
    """Whoever reads it knows that it is a test; who does not answer is followed by the next."""
    act(sessions, drills.start, unit_id=unit_id, now=NOON)
    act(sessions, calling.repeat_due, now=NOON + 15 * MINUTE)

    told = rows(sessions)
    assert [row.kind for row in told] == ["alert:first", "alert:escalation"]
    assert all(row.subject.startswith("TEST") for row in told)


def test_drill_of_a_unit_without_a_probe_is_refused(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """Nothing could ever raise an alarm there."""
    unit = places.a_fridge(session, site=places.a_site(session))
    unit_id = unit.id
    session.commit()
    with pytest.raises(drills.NothingToTest):
        act(sessions, drills.start, unit_id=unit_id, now=NOON)


def test_siren_sounds_while_a_critical_alert_has_no_answer(
    sessions: sessionmaker[Session], unit_id: int
) -> None:
    """On with the alert, off with the answer."""

    def sounding() -> dict[str, bool]:
        with sessions() as session:
            return sirens.wanted(session)

    before = sounding()
    act(sessions, drills.start, unit_id=unit_id, now=NOON)
    during = sounding()
    act(sessions, answering.acknowledge, alert_id=1, actor_id="li", note="x", now=NOON)

    assert [before, during, sounding()] == [{"chaoyang": on} for on in (False, True, False)]


def test_every_address_is_tried_once_a_week_by_day(
    sessions: sessionmaker[Session], session: Session, unit_id: int
) -> None:
    """At nine in the morning of the site, both channels of a person, and the site's own address."""
    session.add(NoticeTarget(site_id=1, channel="console", address="desk", language="zh"))
    session.commit()
    morning = datetime(2026, 1, 12, 1, 0, tzinfo=NOON.tzinfo)  # Nine in Beijing.
    instants = [
        morning - MINUTE,
        morning,
        morning + timedelta(hours=3),
        morning + timedelta(days=7),
    ]

    assert [act(sessions, canary.send_due, now=now) for now in instants] == [0, 3, 0, 3]


def test_address_without_a_receipt_after_a_day_is_named(
    sessions: sessionmaker[Session], unit_id: int
) -> None:
    """Of two channels of one person, the one that says nothing."""
    morning = datetime(2026, 1, 12, 1, 0, tzinfo=NOON.tzinfo)
    act(sessions, canary.send_due, now=morning)
    gateways = {"sms": Gateway(), "voice": Gateway(honest=True)}
    delivery.deliver_due(sessions, gateways, now=morning + MINUTE)

    def named(now: datetime) -> list[tuple[str, str]]:
        with sessions() as session:
            return [(one.name, one.channel) for one in canary.unproven(session, [1], now=now)]

    assert named(morning + timedelta(hours=23)) == []
    assert named(morning + timedelta(hours=24)) == [("li", "sms")]
