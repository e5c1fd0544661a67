"""Payloads that could not become readings: kept as they came, acknowledged, shown to people.

A message that is never acknowledged would come back for ever; one that is thrown away would be
lost without a word.
"""

import hashlib

from sqlalchemy.orm import Session

from sensors.services.messages import Message
from sensors.store.dialect import insert_if_absent
from sensors.store.readings import SetAside

KEPT_BYTES = 64 * 1024


def put(session: Session, message: Message, reason: str) -> None:
    """Keep *message* with the *reason*; a redelivery or a repetition is the same row."""
    digest = hashlib.sha256(message.topic.encode(errors="replace"))
    digest.update(b"\0" + message.payload)
    insert_if_absent(
        session,
        SetAside,
        received_at=message.received_at,
        # PostgreSQL keeps no NUL in text.
        topic=message.topic.replace("\0", "\N{REPLACEMENT CHARACTER}"),
        reason=reason.replace("\0", "\N{REPLACEMENT CHARACTER}")[:500],
        payload=message.payload[:KEPT_BYTES],
        size=len(message.payload),
        fingerprint=digest.digest(),
    )
