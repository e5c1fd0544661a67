"""Send what is due in the outbox: at least once, each message under one delivery key.

A message is claimed by pushing its `send_after` on, sent outside of any transaction, and marked
afterwards. A sender that dies in between leaves the claim to run out, and the message goes again.
Each channel has its own thread: a gateway that hangs holds up only its own messages.
"""

import random
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from cryptography.exceptions import InvalidTag
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.channels.message import Channel, ChannelError, Message, Receipt
from sensors.domain.states import AlreadyMoved
from sensors.services import notice_texts, receipts
from sensors.services.outbox import MESSAGES, MessageState
from sensors.store.moves import move
from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction

log = structlog.get_logger()

LONGEST_RUN_S = 60
CLAIM_S = 120  # A run and one slow send fit into it, so a slow sender is not taken for a dead one.
FIRST_RETRY_S = 15
LONGEST_RETRY_S = 3600
ATTEMPTS = 20  # With the waits above: given up after about twelve hours.
_TAKEN = (MessageState.SENT, MessageState.DELIVERED)
FAILURES_IN_A_ROW = 5  # Then the channel rests until the next run.


@dataclass(frozen=True)
class Sweep:
    """What one run of the delivery did on all channels together."""

    sent: int = 0
    retried: int = 0
    given_up: int = 0


@dataclass(frozen=True)
class _Claim:
    message_id: int
    attempts: int
    channel: str


def deliver_due(
    sessions: sessionmaker[Session],
    channels: Mapping[str, Channel],
    *,
    now: datetime,
    jitter: random.Random | None = None,
    public_url: str | None = None,
) -> Sweep:
    """Send every message that is due at *now*; one for a channel that is not set up waits.

    With *public_url* messages to staff carry a link by which the reader confirms them.
    """
    chance = jitter or random.Random()  # noqa: S311 - spreads retries, guards nothing
    with sessions() as session:
        names = session.scalars(
            select(OutboxMessage.channel)
            .where(OutboxMessage.state == MessageState.WAITING, OutboxMessage.send_after <= now)
            .distinct()
        ).all()
    if not names:
        return Sweep()
    with ThreadPoolExecutor(max_workers=len(names), thread_name_prefix="deliver") as pool:
        runs = [
            pool.submit(
                _deliver_channel, sessions, name, channels.get(name), now, chance, public_url
            )
            for name in names
        ]
        sweeps = [run.result() for run in runs]
    return Sweep(
        sum(sweep.sent for sweep in sweeps),
        sum(sweep.retried for sweep in sweeps),
        sum(sweep.given_up for sweep in sweeps),
    )


def _deliver_channel(
    sessions: sessionmaker[Session],
    name: str,
    channel: Channel | None,
    now: datetime,
    chance: random.Random,
    public_url: str | None,
) -> Sweep:
    """Send one channel's messages one by one; rest after several failures in a row."""
    sent = retried = given_up = failed_in_a_row = 0
    stop_at = time.monotonic() + LONGEST_RUN_S
    with sessions() as session:
        while failed_in_a_row < FAILURES_IN_A_ROW and time.monotonic() < stop_at:
            claim = _claim(session, name, now)
            if claim is None:
                break
            state = _mark(session, claim, _send(session, claim, channel, public_url), now, chance)
            sent += state in _TAKEN
            retried += state is MessageState.WAITING
            given_up += state is MessageState.GIVEN_UP
            failed_in_a_row = 0 if state in _TAKEN else failed_in_a_row + 1
    return Sweep(sent, retried, given_up)


def _claim(session: Session, channel: str, now: datetime) -> _Claim | None:
    """Lease the channel's oldest due message by pushing `send_after` on; None when none is due."""
    with transaction(session):
        row = session.execute(
            select(OutboxMessage.id, OutboxMessage.attempts)
            .where(
                OutboxMessage.state == MessageState.WAITING,
                OutboxMessage.channel == channel,
                OutboxMessage.send_after <= now,
            )
            .order_by(OutboxMessage.send_after, OutboxMessage.id)
            .limit(1)
            .with_for_update(skip_locked=True)  # SQLite has one writer and needs no such lock.
        ).one_or_none()
        if row is None:
            return None
        claim = _Claim(row.id, row.attempts + 1, channel)
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == row.id)
            .values(send_after=now + timedelta(seconds=CLAIM_S), attempts=claim.attempts)
        )
        return claim


def _send(
    session: Session, claim: _Claim, channel: Channel | None, public_url: str | None
) -> Receipt | ChannelError:
    """Hand the message over, outside of any transaction; every failure becomes a reason."""
    if channel is None:
        return ChannelError(f"channel {claim.channel} is not set up", retry=True)
    try:
        message = _read(session, claim, public_url)
    except InvalidTag:  # Written under a key that is lost, or altered: it can never be read.
        return ChannelError("the message cannot be decrypted", retry=False)
    try:
        return channel.send(message)
    except ChannelError as err:
        return err
    except Exception as err:
        log.exception("channel_failed", channel=claim.channel, message_id=claim.message_id)
        return ChannelError(f"channel failed: {type(err).__name__}", retry=True)


def _read(session: Session, claim: _Claim, public_url: str | None) -> Message:
    row = session.execute(
        select(
            OutboxMessage.delivery_key,
            OutboxMessage.address,
            OutboxMessage.language,
            OutboxMessage.subject,
            OutboxMessage.body,
            OutboxMessage.recipient,
            OutboxMessage.calendar,
        ).where(OutboxMessage.id == claim.message_id)
    ).one()
    session.rollback()  # Ends the read, so that nothing stays open while the gateway is asked.
    body = row.body
    if public_url is not None and row.recipient is not None:
        token = receipts.token_of(claim.message_id, row.delivery_key)
        language: notice_texts.Language = "zh" if row.language == "zh" else "en"
        body = notice_texts.with_link(body, f"{public_url}/received/{token}", language)
    return Message(row.delivery_key, row.address, row.language, row.subject, body, row.calendar)


def _mark(
    session: Session,
    claim: _Claim,
    outcome: Receipt | ChannelError,
    now: datetime,
    chance: random.Random,
) -> MessageState:
    """Write down what became of a claimed message."""
    try:
        with transaction(session):
            if isinstance(outcome, Receipt):
                return _taken(session, claim, outcome, now)
            if not outcome.retry or claim.attempts >= ATTEMPTS:
                _move(session, claim, MessageState.GIVEN_UP, failure=outcome.reason)
                log.error("message_given_up", message_id=claim.message_id, reason=outcome.reason)
                return MessageState.GIVEN_UP
            session.execute(
                update(OutboxMessage)
                .where(
                    OutboxMessage.id == claim.message_id,
                    OutboxMessage.state == MessageState.WAITING,
                )
                .values(
                    send_after=now + retry_delay(claim.attempts, chance), failure=outcome.reason
                )
            )
    except AlreadyMoved:  # The claim ran out and another sender was faster: told twice, one key.
        log.warning("message_already_marked", message_id=claim.message_id)
    return MessageState.WAITING


def _taken(session: Session, claim: _Claim, receipt: Receipt, now: datetime) -> MessageState:
    """Write down that the gateway took a message, or even that it arrived."""
    state = MessageState.DELIVERED if receipt.delivered else MessageState.SENT
    more = {"delivered_at": now, "second_at": None} if receipt.delivered else {}
    _move(session, claim, state, sent_at=now, receipt=receipt.reference, **more)
    return state


def _move(session: Session, claim: _Claim, target: MessageState, **values: object) -> None:
    move(
        session,
        OutboxMessage,
        claim.message_id,
        MESSAGES,
        source=MessageState.WAITING,
        target=target,
        **values,
    )


def retry_delay(attempts: int, chance: random.Random) -> timedelta:
    """Return the wait after the attempt numbered *attempts*: doubling, bounded, spread by half."""
    longest = min(FIRST_RETRY_S * 2 ** (attempts - 1), LONGEST_RETRY_S)
    return timedelta(seconds=longest * (0.5 + chance.random() / 2))
