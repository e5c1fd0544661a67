"""People who wait are told by the way that they asked for, on both databases."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from tests.build.waiting import LINK, offered, waits
from vaxsite.calls.models import ResidentCall
from vaxsite.calls.rules import CallReason
from vaxsite.messages import gateways
from vaxsite.messages.short_texts import parts
from vaxsite.waiting_list.rules.fits import Reach
from vaxsite.waiting_list.rules.texts import SHORT, Kind, Told, compose_short

GATEWAY = "https://texts.example/send#secret"


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """A clinic with one slot of two seats tomorrow."""
    with sessions() as session, transaction(session):
        return an_open_clinic(session, slots_count=1, seats=2)


def told(sessions: sessionmaker[Session]) -> tuple[list[tuple[str, str, str]], list[CallReason]]:
    """Kind, channel and address of every message, and why people are called."""
    with sessions() as session:
        messages = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
        calls = session.scalars(select(ResidentCall.reason)).all()
        return (
            [(one.kind, one.channel, one.address) for one in messages],
            [CallReason(one) for one in calls],
        )


def test_a_text_message_goes_by_the_gateway_of_the_clinic(
    sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Joined and offered: both by text, with the link and without the vaccine."""
    with sessions() as session, transaction(session):
        gateways.add(session, site_id=clinic.site_id, url=GATEWAY, actor=clinic.manager, now=NOW)
        waits(session, clinic, reach=Reach.TEXT)

    assert offered(sessions) == 1

    address = f"+8613912345678 {GATEWAY}"
    sent = [(Kind.JOINED.value, "text", address), (Kind.OFFER.value, "text", address)]
    assert told(sessions) == (sent, [])
    with sessions() as session:
        last = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()[-1]
    assert LINK in last.body
    assert "保留" in last.body


@pytest.mark.parametrize(
    ("reach", "reason"),
    [(Reach.TEXT, CallReason.NO_CHANNEL), (Reach.CALL, CallReason.ASKED)],
)
def test_whom_no_message_reaches_is_called_about_an_offer(
    sessions: sessionmaker[Session], clinic: OpenClinic, reach: Reach, reason: CallReason
) -> None:
    """Without a gateway, or where they asked for a call; nobody is called about joining."""
    with sessions() as session, transaction(session):
        waits(session, clinic, reach=reach)
    assert told(sessions) == ([], [])

    assert offered(sessions) == 1

    assert told(sessions) == ([], [reason])


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", list(SHORT))
def test_a_text_message_is_short_and_names_no_vaccine(kind: Kind, language: str) -> None:
    """At most three parts with a real link; the phone of a household is read by others."""
    facts = Told(
        number="AB2CD3EF",
        size=2,
        url=f"https://vaccination.example.org/waiting/{'x' * 32}",
        clinic={"zh": "滨湖区社区卫生服务中心", "en": "Binhu Health Centre"}[language],
        vaccine="Influenza 流感",
        starts_at=NOW,
        answer_by=NOW,
        timezone="Asia/Shanghai",
    )

    text = compose_short(kind, facts, language=language)

    assert parts(text) <= 3
    assert facts.url in text
    assert facts.vaccine not in text
    assert "{" not in text
