"""What must leave the house: written in the transaction of its cause, sent afterwards."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import update
from sqlalchemy.orm import Session

from sensors.domain.states import Move, StateMachine
from sensors.store.dialect import insert_if_absent
from sensors.store.outbox import OutboxMessage
from sensors.store.together import insert_rows


class MessageState(StrEnum):
    """How far a message came."""

    WAITING = "waiting"
    SENT = "sent"  # Taken by the gateway, which says nothing about whether it arrived.
    DELIVERED = "delivered"  # The gateway says that it arrived.
    CONFIRMED = "confirmed"  # A person says that they have it.
    GIVEN_UP = "given_up"
    WITHDRAWN = "withdrawn"  # What it says is no longer so, and it had not left yet.


MESSAGES = StateMachine(
    name="message",
    initial=MessageState.WAITING,
    owners={
        MessageState.WAITING: "watch",
        MessageState.SENT: "gateway",
        MessageState.DELIVERED: "recipient",
        MessageState.GIVEN_UP: "operator",
    },
    moves=(
        Move(MessageState.WAITING, MessageState.SENT, "message:send"),
        Move(MessageState.WAITING, MessageState.DELIVERED, "message:deliver"),
        Move(MessageState.WAITING, MessageState.CONFIRMED, "message:confirm"),
        Move(MessageState.WAITING, MessageState.GIVEN_UP, "message:give-up"),
        Move(MessageState.WAITING, MessageState.WITHDRAWN, "message:withdraw"),
        Move(MessageState.SENT, MessageState.DELIVERED, "message:deliver"),
        # The gateway says that it will not arrive, and there is no next channel of a chain.
        Move(MessageState.SENT, MessageState.GIVEN_UP, "message:give-up"),
        Move(MessageState.SENT, MessageState.CONFIRMED, "message:confirm"),
        Move(MessageState.DELIVERED, MessageState.CONFIRMED, "message:confirm"),
        Move(MessageState.GIVEN_UP, MessageState.WAITING, "message:retry"),
        Move(MessageState.GIVEN_UP, MessageState.CONFIRMED, "message:confirm"),
    ),
    labels={
        MessageState.WAITING: ("waiting to be sent", "待发送"),
        MessageState.SENT: ("accepted by the gateway", "网关已受理"),
        MessageState.DELIVERED: ("delivered", "已送达"),
        MessageState.CONFIRMED: ("confirmed by the person", "本人已确认收到"),
        MessageState.GIVEN_UP: ("could not be sent", "无法送达"),
        MessageState.WITHDRAWN: ("no longer needed", "无需发送"),
    },
)


def enqueue(
    session: Session,
    *,
    kind: str,
    about: str,
    channel: str,
    address: str,
    language: str,
    subject: str,
    body: str,
    delivery_key: str,
    now: datetime,
    send_after: datetime | None = None,
    recipient: str | None = None,
    rank: int = 1,
    second_at: datetime | None = None,
    calendar: str | None = None,
    first: bool = False,
) -> bool:
    """Put a message, told column by column, into the outbox; False where its key stands there.

    *first* says that it cannot: then it goes with whatever else is written at once.
    """
    said = {"kind": kind, "about": about, "subject": subject, "body": body, "calendar": calendar}
    to = {"channel": channel, "address": address, "language": language, "recipient": recipient}
    row = {
        **said,
        **to,
        "delivery_key": delivery_key,
        "created_at": now,
        "send_after": send_after or now,
        "state": MessageState.WAITING.value,
        "rank": rank,
        "second_at": second_at,
    }
    if first:
        insert_rows(session, OutboxMessage, [row])
    return first or insert_if_absent(session, OutboxMessage, **row)


def withdraw(session: Session, *, about: str, kinds: Collection[str]) -> int:
    """Take back what has not left yet of *kinds* about a record; return how many messages."""
    taken = session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.about == about,
            OutboxMessage.kind.in_(kinds),
            OutboxMessage.state == MessageState.WAITING,
        )
        .values(state=MessageState.WITHDRAWN)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    return len(taken.all())
