"""Gateways report over HTTP what became of a message: known by a token, told nothing in return."""

import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from sensors.services.outbox import enqueue
from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.cli.main import main
from vaxsite.core import audit
from vaxsite.core.actor import system
from vaxsite.duty import delivery

ADDRESS = "/api/v1/deliveries"
TEST = system("test")


@pytest.fixture
def token(sessions: sessionmaker[Session], clock: FrozenClock) -> str:
    """Return the token of the telephone's gateway, which has taken one message, key k-1."""
    with sessions() as session, transaction(session):
        enqueue(
            session,
            kind="alert:first",
            about="alert:1",
            channel="voice",
            address="13800001234",
            language="zh",
            subject="s",
            body="b",
            delivery_key="k-1",
            now=clock(),
        )
        row = session.scalars(select(OutboxMessage)).one()
        row.state, row.attempts, row.receipt = "sent", 1, "voice 200"
        audit.record(
            session, actor=TEST, action="test:send", subject="message:1", now=clock(), detail={}
        )
        return delivery.let_report(session, channel="voice", actor=TEST, now=clock())


def send(client: PageClient, token: str, body: object) -> TestResponse:
    """Send *body* as the gateway with *token*."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(ADDRESS, data=data, headers={"Authorization": f"Bearer {token}"})


def state(session: Session) -> str:
    session.rollback()
    return session.scalars(select(OutboxMessage.state)).one()


def test_report_marks_the_message_as_delivered_also_when_it_comes_twice(
    client: PageClient, token: str, session: Session
) -> None:
    """Taken becomes arrived; what else the gateway says is left alone."""
    body = {"key": "k-1", "outcome": "delivered", "carrier": "any"}
    answers = [send(client, token, body) for _ in range(2)]

    assert [(one.status_code, one.data) for one in answers] == [(204, b"")] * 2
    assert state(session) == "delivered"


@pytest.mark.parametrize("key", ["k-1", "no-such-key", "x" * 200])
def test_answer_is_the_same_whether_there_is_such_a_message_or_not(
    client: PageClient, token: str, key: str
) -> None:
    """Nobody learns from us which keys exist."""
    answer = send(client, token, {"key": key, "outcome": "delivered"})
    others = {"Date", "X-Request-Id"}
    heads = {name for name, _ in answer.headers} - others
    known = {name for name, _ in send(client, token, {"key": "k-1", "outcome": "failed"}).headers}
    assert (answer.status_code, answer.data, heads) == (204, b"", known - others)


@pytest.mark.parametrize("wrong", ["", "no-token", "k-1"])
def test_without_the_token_nothing_is_taken(
    client: PageClient, token: str, session: Session, wrong: str
) -> None:
    """The refusal says how to be known, and nothing of messages."""
    answer = send(client, wrong, {"key": "k-1", "outcome": "delivered"})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert state(session) == "sent"


def test_a_new_token_ends_the_one_before_and_revoking_ends_all(
    client: PageClient, token: str, sessions: sessionmaker[Session], clock: FrozenClock
) -> None:
    """A token that leaked is worth nothing from then on."""
    with sessions() as session, transaction(session):
        newer = delivery.let_report(session, channel="voice", actor=TEST, now=clock())
    body = {"key": "k-1", "outcome": "failed"}
    assert [send(client, one, body).status_code for one in (token, newer)] == [401, 204]

    with sessions() as session, transaction(session):
        delivery.forbid(session, channel="voice", actor=TEST, now=clock())
    assert send(client, newer, body).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"x" * 5000,
        {"key": "k-1"},
        {"key": 7},
        {"key": "", "outcome": "delivered"},
        {"key": "k-1", "outcome": "read"},
    ],
)
def test_what_is_no_report_is_refused_with_what_one_looks_like(
    client: PageClient, token: str, session: Session, body: object
) -> None:
    """And changes nothing."""
    answer = send(client, token, body)
    assert answer.status_code == 422
    assert "outcome" in answer.get_data(as_text=True)
    assert state(session) == "sent"


def test_commands_give_a_token_once_and_take_it_back() -> None:
    """Only channels that there are; the rest is shown by the help."""
    result = CliRunner().invoke(main, ["gateway", "add", "pigeon"])
    assert result.exit_code == 2
    assert "voice" in result.output
