"""Taking transmissions in, and the credentials of those who send them."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sensors.payloads import who_cce
from sensors.payloads.parsing import UndecodablePayload
from sensors.services import ingest, known
from sensors.services.known import Known, KnownSensor
from sensors.services.messages import Message
from sensors.store.dialect import insert_if_absent
from sensors.store.places import StorageUnit
from vaxsite.core import audit
from vaxsite.core.actor import Actor, system
from vaxsite.core.decisions import N_
from vaxsite.core.errors import DomainError
from vaxsite.exchange.models import ReceivedTransmission, TransmissionSource

TOKEN_BYTES = 32  # 256 random bits: nothing to guess, so a plain digest keeps it.
KIND = "who_cce"


class SourceThere(DomainError):
    """A source of this name exists, maybe revoked: names stay in the record."""

    sentence = N_("There is a source of this name already.")


class NoSuchSource(DomainError):
    """No source of this name may send."""

    sentence = N_("There is no source of this name.")
    status = 404


class Unreadable(DomainError):
    """What was sent is no transmission; says what is wrong and where."""

    sentence = N_("This is not a transmission that we can read: %(reason)s")
    status = 422


@dataclass(frozen=True)
class Accepted:
    """What became of a transmission; *unknown* are probes that we do not have, set aside."""

    new: int
    duplicates: int
    unknown: tuple[str, ...]


def add_source(
    session: Session, *, name: str, site_id: int | None, actor: Actor, now: datetime
) -> str:
    """Add a source and return its token, which nobody can be shown again."""
    found = select(TransmissionSource.id).where(TransmissionSource.name == name)
    if session.scalar(found) is not None:
        raise SourceThere
    token = secrets.token_urlsafe(TOKEN_BYTES)
    source = TransmissionSource(
        name=name, site_id=site_id, token_digest=digest(token), added_at=now, revoked_at=None
    )
    session.add(source)
    session.flush()
    _record(session, actor, "source:add", source.id, now, {"name": name})
    return token


def revoke_source(session: Session, *, name: str, actor: Actor, now: datetime) -> None:
    """Let the source *name* send no more."""
    source_id = session.scalar(
        update(TransmissionSource)
        .where(TransmissionSource.name == name, TransmissionSource.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(TransmissionSource.id)
    )
    if source_id is None:
        raise NoSuchSource
    _record(session, actor, "source:revoke", source_id, now, {"name": name})


def find_source(session: Session, token: str) -> int | None:
    """Return the id of the source that *token* is of, None where it may not send."""
    return session.scalar(
        select(TransmissionSource.id).where(
            TransmissionSource.token_digest == digest(token),
            TransmissionSource.revoked_at.is_(None),
        )
    )


def digest(token: str) -> bytes:
    """Return what is kept of *token*."""
    return hashlib.sha256(token.encode()).digest()


def accept(session: Session, *, source_id: int, body: bytes, now: datetime) -> Accepted:
    """Store the readings of a transmission; a repeated one changes nothing.

    Raises `Unreadable` where it is none; then nothing is kept, as the sender is told.
    """
    source = session.get_one(TransmissionSource, source_id)
    topic = f"cce/{source.name}/transmission"
    try:
        readings = who_cce.decode(topic, body)
    except UndecodablePayload as err:
        raise Unreadable(reason=err.reason) from err
    world = known.load(session)
    ours = Known(_sensors(session, world, source.site_id), [(topic, KIND)], world.revision)
    names = {(one.device, one.channel) for one in readings}
    unknown = tuple(sorted(" ".join(name).strip() for name in names - ours.sensors.keys()))
    part = system(f"source:{source.name}")
    if not _is_first(session, source_id, body, now):
        again = sum((one.device, one.channel) in ours.sensors for one in readings)
        _record(session, part, "transmission:repeat", source_id, now, {})
        return Accepted(new=0, duplicates=again, unknown=unknown)
    message = Message(topic=topic, payload=body, received_at=now)
    result = ingest.ingest_batch(session, [message], known=ours, now=now)
    counts = {"new": result.new, "duplicates": result.duplicates, "unknown": len(unknown)}
    _record(session, part, "transmission:accept", source_id, now, counts)
    return Accepted(new=result.new, duplicates=result.duplicates, unknown=unknown)


def _is_first(session: Session, source_id: int, body: bytes, now: datetime) -> bool:
    return insert_if_absent(
        session,
        ReceivedTransmission,
        source_id=source_id,
        digest=hashlib.sha256(body).digest(),
        received_at=now,
    )


def transfer_id(body: bytes) -> str | None:
    """Return the name that the sender of a readable transmission gave it."""
    name = json.loads(body)["meta"]["transferId"]
    return name if isinstance(name, str) else None


def _sensors(
    session: Session, world: Known, site_id: int | None
) -> Mapping[tuple[str, str], KnownSensor]:
    """Return the probes that a source may speak for: those of its site, and those not hung yet."""
    if site_id is None:
        return world.sensors
    units = set(session.scalars(select(StorageUnit.id).where(StorageUnit.site_id == site_id)))
    return {
        name: sensor
        for name, sensor in world.sensors.items()
        if all(place.unit_id in units for place in sensor.places)
    }


def _record(
    session: Session,
    actor: Actor,
    action: str,
    source_id: int,
    now: datetime,
    detail: Mapping[str, object],
) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        subject=f"transmission_source:{source_id}",
        now=now,
        detail=detail,
    )
