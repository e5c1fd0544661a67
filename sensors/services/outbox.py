"""What must leave the house: written in the transaction of its cause, sent afterwards."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from sensors.domain.states import Move, StateMachine
from sensors.store.dialect import insert_if_absent
from sensors.store.outbox import OutboxMessage


class MessageState(StrEnum):
    """How far a message came."""

    WAITING = "waiting"
    SENT = "sent"  # Taken by the gateway, which says nothing about whether it arrived.
    DELIVERED = "delivered"  # The gateway says that it arrived.
    CONFIRMED = "confirmed"  # A person says that they have it.
    GIVEN_UP = "given_up"


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
        Move(MessageState.SENT, MessageState.DELIVERED, "message:deliver"),
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
) -> bool:
    """Put one message into the outbox; False when *delivery_key* was enqueued before.

    *kind* says what it is (`alert:first`), *about* names its record (`alert:7`).
    *recipient* is `contact:3` or `target:7`; at *second_at* their next *rank* is tried.
    """
    return insert_if_absent(
        session,
        OutboxMessage,
        kind=kind,
        about=about,
        channel=channel,
        address=address,
        language=language,
        subject=subject,
        body=body,
        delivery_key=delivery_key,
        created_at=now,
        send_after=now if send_after is None else send_after,
        state=MessageState.WAITING,
        recipient=recipient,
        rank=rank,
        second_at=second_at,
    )
