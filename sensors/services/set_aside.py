"""Payloads that could not become readings: kept as they came, acknowledged, shown to people.

A message that is never acknowledged would come back for ever; one that is thrown away would be
lost without a word. The first of each topic are kept, and never deleted; a stranger that goes on
for weeks is only counted, so that it cannot fill the disk.
"""

import hashlib
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from sensors.services.messages import Message
from sensors.store.dialect import insert_if_absent
from sensors.store.found import SetAsideTopic
from sensors.store.readings import SetAside

KEPT_BYTES = 64 * 1024
# Our own choice: a reading a minute for three days, and no more than 2 GiB in all.
TOPIC_ROWS = 5_000
TOPIC_BYTES = 2 * 1024 * 1024
TOPICS = 1_000
ELSEWHERE = "#"  # Of all further topics together; no message has this one.


def put(session: Session, message: Message, reason: str) -> None:
    """Keep *message* with the *reason*; a redelivery or a repetition is the same row."""
    digest = hashlib.sha256(message.topic.encode(errors="replace"))
    digest.update(b"\0" + message.payload)
    kept = select(SetAside.id).where(SetAside.fingerprint == digest.digest())
    # PostgreSQL keeps no NUL in text.
    topic = message.topic.replace("\0", "\N{REPLACEMENT CHARACTER}")
    payload = message.payload[:KEPT_BYTES]
    if session.scalar(kept) is not None or not _may_keep(
        session, topic, len(payload), message.received_at
    ):
        return
    insert_if_absent(
        session,
        SetAside,
        received_at=message.received_at,
        topic=topic,
        reason=reason.replace("\0", "\N{REPLACEMENT CHARACTER}")[:500],
        payload=payload,
        size=len(message.payload),
        fingerprint=digest.digest(),
    )


def read_after_all(session: Session, key: int, reason: str | None, *, at: datetime) -> None:
    """Say of a payload that waited for something that it was read *at*, or *reason* why not yet."""
    said = {"taken_at": at} if reason is None else {"reason": reason[:500]}
    session.execute(update(SetAside).where(SetAside.id == key).values(**said))


def _may_keep(session: Session, topic: str, size: int, at: datetime) -> bool:
    """Count a payload of *topic*; tell whether there is room for it."""
    told = _count(session, topic, size, at)
    if told is not None:
        return told
    topics = session.scalar(select(func.count()).select_from(SetAsideTopic)) or 0
    if topics >= TOPICS and topic != ELSEWHERE:
        return _may_keep(session, ELSEWHERE, size, at)
    insert_if_absent(
        session, SetAsideTopic, topic=topic, kept=1, kept_bytes=size, only_counted=0, last_at=at
    )
    return True


def _count(session: Session, topic: str, size: int, at: datetime) -> bool | None:
    """Count a payload of *topic* as kept or as only counted; None for the first of a topic."""
    this = update(SetAsideTopic).where(SetAsideTopic.topic == topic)
    has_room = this.where(
        SetAsideTopic.kept < TOPIC_ROWS, SetAsideTopic.kept_bytes + size <= TOPIC_BYTES
    ).values(kept=SetAsideTopic.kept + 1, kept_bytes=SetAsideTopic.kept_bytes + size, last_at=at)
    if session.execute(has_room.returning(SetAsideTopic.topic)).all():
        return True
    full = this.values(only_counted=SetAsideTopic.only_counted + 1, last_at=at)
    return False if session.execute(full.returning(SetAsideTopic.topic)).all() else None
