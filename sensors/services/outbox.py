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
    SENT = "sent"
    GIVEN_UP = "given_up"


MESSAGES = StateMachine(
    name="message",
    initial=MessageState.WAITING,
    owners={MessageState.WAITING: "watch", MessageState.GIVEN_UP: "operator"},
    moves=(
        Move(MessageState.WAITING, MessageState.SENT, "message:send"),
        Move(MessageState.WAITING, MessageState.GIVEN_UP, "message:give-up"),
        Move(MessageState.GIVEN_UP, MessageState.WAITING, "message:retry"),
    ),
    labels={
        MessageState.WAITING: ("waiting to be sent", "待发送"),
        MessageState.SENT: ("sent", "已发送"),
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
) -> bool:
    """Put one message into the outbox; False when *delivery_key* was enqueued before.

    *kind* names what it says (`alert:opened`), *about* the record that it is about (`alert:7`).
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
    )
