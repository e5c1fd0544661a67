"""Reads of messages to residents: what was told about a record, and how far it came."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.services.outbox import MESSAGES, MessageState
from sensors.store.outbox import OutboxMessage


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One message as staff see it: never the address, nor the text."""

    kind: str
    channel: str
    state: MessageState
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None

    def state_label(self, language: str) -> str:
        """Return how far it came, in words."""
        return MESSAGES.labels[self.state][language == "zh"]


def sent_about(session: Session, *, about: Collection[str]) -> list[SentMessage]:
    """Return what was told about records (`appointment:...`), the oldest first."""
    rows = session.execute(
        select(
            OutboxMessage.kind,
            OutboxMessage.channel,
            OutboxMessage.state,
            OutboxMessage.created_at,
            OutboxMessage.sent_at,
            OutboxMessage.delivered_at,
        )
        .where(OutboxMessage.about.in_(about))
        .order_by(OutboxMessage.id)
    )
    return [
        SentMessage(
            row.kind,
            row.channel,
            MessageState(row.state),
            row.created_at,
            row.sent_at,
            row.delivered_at,
        )
        for row in rows
    ]
