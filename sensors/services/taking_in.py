"""What a device sent before it was adopted is taken in afterwards: adopting loses nothing."""

from datetime import datetime

from sqlalchemy import case, exists, literal, select, update
from sqlalchemy.orm import Session

from sensors.services import ingest, known
from sensors.services.known import Known
from sensors.services.messages import Message
from sensors.store.places import Sensor
from sensors.store.readings import SetAside

AT_ONCE = 1_000


def take_in_known(session: Session, *, now: datetime) -> int:
    """Take in what was set aside of devices that are registered by now; return how many messages.

    A message that also names a device that nobody knows waits for that one.
    """
    world, seen, taken = known.load(session), 0, 0
    while messages := _waiting(session, seen):
        seen = max(messages)
        taken += _take_in(session, messages, world, now)
    return taken


def _take_in(session: Session, messages: dict[int, Message], world: Known, now: datetime) -> int:
    ours = {key: one for key, one in messages.items() if ingest.knows_all(session, one, world)}
    if ours:
        ingest.ingest_batch(session, [*ours.values()], known=world, now=now)
        session.execute(update(SetAside).where(SetAside.id.in_(ours)).values(taken_at=now))
    return len(ours)


def _waiting(session: Session, after: int) -> dict[int, Message]:
    """Return messages set aside for a device that is registered now, by id, the next after one."""
    channel = case((Sensor.channel == "", ""), else_=literal(" ") + Sensor.channel)
    rows = session.execute(
        select(SetAside.id, SetAside.topic, SetAside.payload, SetAside.received_at)
        .where(
            SetAside.id > after,
            SetAside.taken_at.is_(None),
            exists().where(SetAside.reason == literal(ingest.UNKNOWN) + Sensor.device + channel),
        )
        .order_by(SetAside.id)
        .limit(AT_ONCE)
    )
    return {row.id: Message(row.topic, row.payload, row.received_at) for row in rows}
