"""A fridge that is read through the real ingest, as the subscriber would, for tests of the join."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from sensors.services import known
from sensors.services.ingest import ingest_batch
from sensors.services.messages import Message
from sensors.store.episodes import ExcursionRow
from sensors.store.transaction import transaction

EVERY = timedelta(minutes=5)


def reads(
    engine: Engine,
    *,
    device: str,
    first_at: datetime,
    celsius: Sequence[float],
    received_at: datetime | None = None,
) -> datetime:
    """Take in one reading every five minutes, each in a transaction; return when the last was.

    With *received_at* all of them come late, from the device's memory, in one message.
    """
    payloads = [
        {"at": (first_at + place * EVERY).isoformat(), "c": value}
        for place, value in enumerate(celsius)
    ]
    last_at = first_at + (len(celsius) - 1) * EVERY
    if received_at is not None:
        _take_in(engine, device, json.dumps(payloads), received_at)
        return last_at
    for place, payload in enumerate(payloads):
        _take_in(engine, device, json.dumps(payload), first_at + place * EVERY)
    return last_at


def _take_in(engine: Engine, device: str, payload: str, at: datetime) -> None:
    message = Message(f"vaxsite/{device}/reading", payload.encode(), at)
    with Session(engine) as session:
        world = known.load(session)
        with transaction(session):
            result = ingest_batch(session, [message], known=world, now=at)
        assert result.set_aside == 0


def the_excursion(session: Session) -> ExcursionRow:
    """Return the only excursion there is."""
    session.rollback()
    return session.scalars(select(ExcursionRow)).one()
