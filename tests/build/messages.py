"""Messages of native devices, as the broker hands them on."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from sensors.services import ingest, known
from sensors.services.ingest import IngestResult
from sensors.services.messages import Message
from sensors.store.transaction import transaction

NOON = datetime(2026, 1, 12, 12, 0, tzinfo=UTC)


def a_reading(
    *,
    minute: int,
    celsius: float | None = 4.5,
    device: str = "probe-1",
    boot: str | None = "b1",
    received_at: datetime | None = None,
    power: bool | None = None,
) -> Message:
    """Return the reading of *minute* past noon; its count within the boot is the minute."""
    at = NOON + timedelta(minutes=minute)
    body = {"boot": boot, "seq": minute, "at": at.isoformat(), "c": celsius}
    if power is not None:
        body["power"] = power
    return Message(f"vaxsite/{device}/reading", json.dumps(body).encode(), received_at or at)


def a_message(payload: bytes, *, topic: str = "vaxsite/probe-1/reading") -> Message:
    """Return a message with any payload, received at noon."""
    return Message(topic, payload, NOON)


def take_in(
    sessions: sessionmaker[Session],
    messages: Sequence[Message],
    *,
    now: datetime | None = None,
) -> IngestResult:
    """Ingest *messages* as one batch, as the subscriber does."""
    moment = now or max(message.received_at for message in messages)
    with sessions() as session, transaction(session):
        return ingest.ingest_batch(session, messages, known=known.load(session), now=moment)
