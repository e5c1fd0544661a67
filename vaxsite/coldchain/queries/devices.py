"""Devices that wait to be adopted, and which decoder reads which topics."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Exists, exists, select
from sqlalchemy.orm import Session

from sensors.domain.readings import Decoded
from sensors.payloads import registry
from sensors.payloads.parsing import UndecodablePayload
from sensors.services.known import matches
from sensors.store.found import FoundDevice
from sensors.store.places import Sensor, TopicBinding
from sensors.store.readings import SetAside
from vaxsite.coldchain.queries.set_aside import printable
from vaxsite.core.errors import NotFound

PAYLOAD_SHOWN = 2_000
TRIED = 10
LOOKED_THROUGH = 1_000


@dataclass(frozen=True)
class FoundView:
    """A device that sends and is not registered. It belongs to no site."""

    found_id: int
    device: str
    channel: str
    kind: str
    topic: str
    announced_name: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    readings: int
    centi: int | None
    fault: str | None
    ignored_at: datetime | None
    ignored_by: str | None
    ignored_because: str | None

    @property
    def name(self) -> str:
        """The device with its channel, as people tell it apart."""
        return f"{self.device} / {self.channel}" if self.channel else self.device


@dataclass(frozen=True)
class FoundPage:
    """A found device with its newest payload as harmless text, and as its decoder reads it."""

    found: FoundView
    payload: str
    readings: tuple[Decoded, ...]


@dataclass(frozen=True)
class BindingView:
    """A topic filter and the decoder that reads it."""

    topic_filter: str
    decoder: str


@dataclass(frozen=True)
class Trial:
    """What a decoder made of one recent payload: readings, or why it refused it."""

    topic: str
    received_at: datetime
    readings: tuple[Decoded, ...]
    refusal: str | None


def list_found(session: Session) -> list[FoundView]:
    """Return the devices that are not registered: those that wait first, then the ignored."""
    rows = session.scalars(
        select(FoundDevice)
        .where(~_is_registered())
        .order_by(FoundDevice.ignored_at.is_not(None), FoundDevice.last_seen_at.desc())
    )
    return [_view(row) for row in rows]


def get_found(session: Session, *, found_id: int) -> FoundPage:
    """Return one; raise `NotFound` where there is none, or it is registered by now."""
    row = session.scalars(
        select(FoundDevice).where(FoundDevice.id == found_id, ~_is_registered())
    ).one_or_none()
    if row is None:
        raise NotFound
    readings, _ = _decode(row.kind, row.topic, row.payload)
    text = printable(row.payload[:PAYLOAD_SHOWN].decode("utf-8", "backslashreplace"))
    return FoundPage(_view(row), text, readings)


def list_bindings(session: Session) -> list[BindingView]:
    """Return the bindings; of two that match a topic the first decides."""
    rows = session.execute(
        select(TopicBinding.topic_filter, TopicBinding.decoder).order_by(TopicBinding.id)
    )
    return [BindingView(row.topic_filter, row.decoder) for row in rows]


def try_out(session: Session, *, topic_filter: str, decoder: str) -> list[Trial]:
    """Return what *decoder* makes of the newest kept payloads of *topic_filter*; stores nothing."""
    found = session.execute(
        select(FoundDevice.topic, FoundDevice.payload, FoundDevice.last_seen_at.label("at"))
    )
    aside = session.execute(
        select(SetAside.topic, SetAside.payload, SetAside.received_at.label("at"))
        .order_by(SetAside.received_at.desc())
        .limit(LOOKED_THROUGH)
    )
    payloads = {
        (row.topic, bytes(row.payload)): row.at
        for rows in (found, aside)
        for row in rows
        if matches(topic_filter, row.topic)
    }
    newest = sorted(payloads.items(), key=lambda item: item[1], reverse=True)[:TRIED]
    return [
        Trial(printable(topic), at, *_decode(decoder, topic, payload))
        for (topic, payload), at in newest
    ]


def _decode(kind: str, topic: str, payload: bytes) -> tuple[tuple[Decoded, ...], str | None]:
    try:
        return tuple(registry.decode(kind, topic, payload)), None
    except UndecodablePayload as err:
        return (), printable(err.reason)


def _is_registered() -> Exists:
    return exists().where(
        Sensor.device == FoundDevice.device, Sensor.channel == FoundDevice.channel
    )


def _view(row: FoundDevice) -> FoundView:
    return FoundView(
        found_id=row.id,
        device=printable(row.device),
        channel=printable(row.channel),
        kind=row.kind,
        topic=printable(row.topic),
        announced_name=printable(row.announced_name) if row.announced_name else None,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        readings=row.readings,
        centi=row.centi,
        fault=row.fault,
        ignored_at=row.ignored_at,
        ignored_by=row.ignored_by,
        ignored_because=row.ignored_because,
    )
