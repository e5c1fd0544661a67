"""Giving transmissions of our own units out: what came in since the last time, to whom it goes.

A transmission is written into the outbox in the transaction that moves the mark of its target on,
so none is left out and none is written twice; the watch delivers it, and tries again as it does
with every message. What a target gets is chosen by when a reading came in, so one that came late
is in a later transmission.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sensors.services import outbox
from sensors.store.places import StorageUnit
from vaxsite.core import audit
from vaxsite.core.actor import Actor, system
from vaxsite.core.decisions import N_
from vaxsite.core.errors import DomainError
from vaxsite.exchange import queries, rules
from vaxsite.exchange.models import TransmissionTarget

KIND = "transmission"  # Of the message in the outbox.
# Our own choice: a reading that comes in later than this after it was made is given out only by
# `vaxsite export cce`. To look for it in all readings at each turn would read them all.
LATE_AT_MOST = timedelta(days=3)
# A reading is dated when it comes from the broker, and stored a moment later. What the subscriber
# held for longer, because the database was away, is given out only by `vaxsite export cce`, too.
GRACE = timedelta(minutes=5)
LONGEST = timedelta(days=1)  # Of one transmission, after a time in which nothing was published.
SHORTEST_S = 60


class Way(StrEnum):
    """How a transmission travels; a channel of this name delivers it."""

    HTTP = "cce_http"
    MQTT = "cce_mqtt"


class TargetThere(DomainError):
    """A target of this name exists, maybe ended: names stay in the record."""

    sentence = N_("There is a target of this name already.")


class NoSuchTarget(DomainError):
    """No target of this name gets transmissions."""

    sentence = N_("There is no target of this name.")
    status = 404


class WrongAddress(DomainError):
    """Neither a URL with https nor a topic without wildcards."""

    sentence = N_("Give an address with https, or mqtt: and a topic without + and #.")
    status = 422


class TooOften(DomainError):
    """A transmission a minute is the most."""

    sentence = N_("A target gets at most one transmission a minute.")
    status = 422


@dataclass(frozen=True)
class Target:
    """Who gets the transmissions of a site, as commands and pages show it: without the token."""

    name: str
    site_id: int
    way: Way
    address: str
    every_s: int
    sent_to: datetime
    ended_at: datetime | None


def add_target(
    session: Session,
    *,
    name: str,
    site_id: int,
    address: str,
    every_s: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Give the readings that come in from *now* on to *address*, every *every_s* seconds.

    *address* is `https://HOST/PATH#TOKEN`, whose token goes as a bearer's, or `mqtt:TOPIC`.
    """
    if session.scalar(select(TransmissionTarget.id).where(TransmissionTarget.name == name)):
        raise TargetThere
    if every_s < SHORTEST_S:
        raise TooOften
    way, where = _parsed(address)
    target = TransmissionTarget(
        name=name, site_id=site_id, way=way, address=where, every_s=every_s, sent_to=now
    )
    session.add(target)
    session.flush()
    _record(session, actor, "target:add", target.id, now, {"name": name, "way": way.value})


def end_target(session: Session, *, name: str, actor: Actor, now: datetime) -> None:
    """Give nothing more to the target *name*; what waits in the outbox still goes."""
    target_id = session.scalar(
        update(TransmissionTarget)
        .where(TransmissionTarget.name == name, TransmissionTarget.ended_at.is_(None))
        .values(ended_at=now)
        .returning(TransmissionTarget.id)
    )
    if target_id is None:
        raise NoSuchTarget
    _record(session, actor, "target:end", target_id, now, {"name": name})


def list_targets(session: Session) -> Iterator[Target]:
    """Yield every target, ended ones too, in the order in which they were added."""
    for row in session.scalars(select(TransmissionTarget).order_by(TransmissionTarget.id)):
        yield Target(
            row.name,
            row.site_id,
            Way(row.way),
            row.address.partition("#")[0],
            row.every_s,
            row.sent_to,
            row.ended_at,
        )


def publish_due(session: Session, *, source: str, now: datetime) -> int:
    """Write the transmissions that are due into the outbox; return how many."""
    due = session.scalars(
        select(TransmissionTarget)
        .where(TransmissionTarget.ended_at.is_(None))
        .order_by(TransmissionTarget.id)
        .with_for_update(skip_locked=True)
    ).all()
    return sum(
        _publish(session, target, source, now)
        for target in due
        if now - GRACE - target.sent_to >= timedelta(seconds=target.every_s)
    )


def _publish(session: Session, target: TransmissionTarget, source: str, now: datetime) -> bool:
    """Write what came in since the mark of *target*, and move the mark on."""
    since, until = target.sent_to, min(now - GRACE, target.sent_to + LONGEST)
    found = [
        appliance
        for unit_id in session.scalars(
            select(StorageUnit.id)
            .where(StorageUnit.site_id == target.site_id)
            .order_by(StorageUnit.id)
        ).all()
        for appliance in queries.came_in(
            session, unit_id, since=since, until=until, made_since=since - LATE_AT_MOST
        )
        if appliance.records
    ]
    if not found and until - since < LONGEST:
        return False  # The mark stays where it was: nothing was given out.
    target.sent_to = until
    detail = {"until": until.isoformat(), "readings": sum(len(one.records) for one in found)}
    _record(session, system("worker"), "transmission:publish", target.id, now, detail)
    if not found:
        return False
    key = f"{target.name}:{int(since.timestamp())}:{int(until.timestamp())}"
    made = rules.transmission(found, transfer_id=key, source=source, sent_at=now)
    return outbox.enqueue(
        session,
        kind=KIND,
        about=f"transmission_target:{target.id}",
        channel=target.way,
        address=target.address,
        language="en",
        subject=key,
        body=json.dumps(made, ensure_ascii=False),
        delivery_key=f"{KIND}:{key}",
        now=now,
    )


def _parsed(address: str) -> tuple[Way, str]:
    if address.startswith(("https://", "http://")):
        return Way.HTTP, address  # Plain HTTP only to hosts that the operator allows.
    topic = address.removeprefix("mqtt:")
    if topic == address or not topic or set("+#\0") & set(topic) or topic.startswith("$"):
        raise WrongAddress
    return Way.MQTT, topic


def _record(
    session: Session,
    actor: Actor,
    action: str,
    target_id: int,
    now: datetime,
    detail: dict[str, object],
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        subject=f"transmission_target:{target_id}",
        now=now,
        detail=detail,
    )
