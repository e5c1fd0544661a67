"""What became of a message after its gateway took it: delivered, confirmed by a person, or silence.

"Taken by the gateway" is not "delivered". A person who has no receipt in time is tried by their
next channel, unless somebody has answered the alert meanwhile.
"""

import base64
import hmac
from datetime import datetime
from enum import StrEnum

import structlog
from cryptography.exceptions import InvalidTag
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sensors.domain.alerts import AlertState
from sensors.domain.states import AlreadyMoved
from sensors.services import calling, flood, notices, people
from sensors.services.flood import Letter
from sensors.services.outbox import MESSAGES, MessageState
from sensors.store import encrypted
from sensors.store.moves import move
from sensors.store.outbox import OutboxMessage

log = structlog.get_logger()

TOKEN_BYTES = 16  # 128 bits: nobody guesses one (ASVS 5.0, 11.5.1).


def token_of(message_id: int, delivery_key: str) -> str:
    """Return what the link of a message carries, by which its reader confirms it."""
    proof = encrypted.blind_index("outbox.confirm", f"{message_id}:{delivery_key}")[:TOKEN_BYTES]
    return f"{message_id}.{base64.urlsafe_b64encode(proof).decode().rstrip('=')}"


def message_of(session: Session, token: str) -> int | None:
    """Return the id of the message whose link carries *token*, or None."""
    number = token.partition(".")[0]
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    key = session.scalar(select(OutboxMessage.delivery_key).where(OutboxMessage.id == int(number)))
    if key is None or not hmac.compare_digest(token_of(int(number), key).encode(), token.encode()):
        return None
    return int(number)


def confirm(session: Session, message_id: int, *, now: datetime) -> bool:
    """Write down that a person has a message; False when they said so before."""
    state = session.scalar(select(OutboxMessage.state).where(OutboxMessage.id == message_id))
    if state is None or state == MessageState.CONFIRMED:
        return False
    return _move(session, message_id, MessageState(state), MessageState.CONFIRMED, now)


class Outcome(StrEnum):
    """What a gateway reports of a message that it took."""

    DELIVERED = "delivered"
    FAILED = "failed"  # It will not arrive: the person's next channel is tried at once.


# A report may be faster than the answer with which the gateway took the message.
_REPORTED = {MessageState.WAITING, MessageState.SENT}


def report(
    session: Session, *, channel: str, key: str, outcome: Outcome, now: datetime
) -> int | None:
    """Write down what a gateway says of the message *key*; return its id where that was news.

    *key* is the delivery key, which every gateway is given with the message.
    """
    found = session.execute(
        select(
            OutboxMessage.id,
            OutboxMessage.state,
            OutboxMessage.second_at,
            OutboxMessage.recipient,
        ).where(
            OutboxMessage.channel == channel,
            OutboxMessage.delivery_key == key,
            OutboxMessage.attempts > 0,
        )
    ).one_or_none()
    if found is None or found.state not in _REPORTED:  # A wrong one, or twice.
        return None
    message_id: int = found.id
    state = MessageState(found.state)
    if outcome is Outcome.DELIVERED:
        moved = _move(session, message_id, state, MessageState.DELIVERED, now)
        return message_id if moved else None
    if found.recipient is None:  # A resident: no chain goes on by itself, so that is the end.
        return message_id if _fail(session, message_id, state) else None
    if found.second_at is None or found.second_at <= now:
        return None
    session.execute(
        update(OutboxMessage).where(OutboxMessage.id == message_id).values(second_at=now)
    )
    return message_id


def _fail(session: Session, message_id: int, source: MessageState) -> bool:
    failure = "the gateway says that it will not arrive"
    return _moved(session, message_id, source, MessageState.GIVEN_UP, failure=failure)


def _move(
    session: Session, message_id: int, source: MessageState, target: MessageState, now: datetime
) -> bool:
    stamp = "confirmed_at" if target is MessageState.CONFIRMED else "delivered_at"
    return _moved(session, message_id, source, target, second_at=None, **{stamp: now})


def _moved(
    session: Session,
    message_id: int,
    source: MessageState,
    target: MessageState,
    **values: object,
) -> bool:
    try:
        move(session, OutboxMessage, message_id, MESSAGES, source=source, target=target, **values)
    except AlreadyMoved:
        return False
    return True


def second_channel_due(session: Session, *, now: datetime) -> int:
    """Try the next channel of everybody whose message has no receipt in time; count them."""
    due = session.scalars(
        select(OutboxMessage.id)
        .where(OutboxMessage.second_at <= now)
        .order_by(OutboxMessage.second_at)
    ).all()
    tried = 0
    for message_id in due:
        session.execute(
            update(OutboxMessage).where(OutboxMessage.id == message_id).values(second_at=None)
        )
        tried += _try_next(session, message_id, now)
    return tried


def _try_next(session: Session, message_id: int, now: datetime) -> bool:
    try:
        row = session.get_one(OutboxMessage, message_id, populate_existing=True)
    except InvalidTag:
        log.exception("message_unreadable", message_id=message_id)
        return False
    if row.recipient is None or not _still_open(session, row.about):
        return False
    other = people.next_address(session, row.recipient, row.rank)
    if other is None:
        return False
    own_end = f":{row.recipient}:{row.rank}"
    letter = Letter(
        row.kind, row.about, row.delivery_key.removesuffix(own_end), row.subject, row.body, "", True
    )
    return flood.send(session, other, letter, now=now, second_at=now + notices.SECOND_AFTER)


def _still_open(session: Session, about: str) -> bool:
    kind, _, number = about.partition(":")
    if kind != "alert" or not number.isdigit():
        return True
    group = calling.group_of(session, int(number))
    return any(row.state == AlertState.OPEN for row in group)
