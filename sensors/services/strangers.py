"""Devices that send and that nobody has registered: noted, so that somebody can adopt them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from sensors.domain.readings import Decoded
from sensors.payloads import discovery
from sensors.payloads.files.contents import LoggerFile
from sensors.services.messages import Message
from sensors.store.dialect import insert_if_absent
from sensors.store.found import FoundDevice

DISCOVERY = "discovery"  # Bound like a decoder; what it reads are announcements, not readings.
LOGGER_FILE = "logger file"  # In the place of the topic: no message, a file that somebody brought.
MOST = 1_000  # A sender of made-up devices must not fill the disk; the rest is set aside still.
PAYLOAD_BYTES = 4 * 1024


@dataclass(frozen=True, slots=True)
class Stranger:
    """A probe that is not registered, as one message tells of it; without a reading, announced."""

    device: str
    channel: str
    kind: str
    message: Message
    reading: Decoded | None = None
    name: str | None = None


def announced(message: Message) -> list[Stranger]:
    """Return the probes that *message*, a configuration for discovery, announces.

    Raises `UndecodablePayload`. Retained or not: that a device exists is true for longer.
    """
    return [
        Stranger(
            one.device,
            one.channel,
            one.kind or "",
            Message(one.topic, b"", message.received_at),
            name=one.name,
        )
        for one in discovery.announced(message.topic, message.payload)
    ]


def note_logger(session: Session, file: LoggerFile, payload: bytes, *, now: datetime) -> None:
    """Offer the logger whose *file* somebody brought for adoption, under its serial number."""
    last = file.readings[-1] if file.readings else None
    told = Decoded(
        device=file.serial,
        channel="",
        at=None,
        centi=None if last is None else last.centi,
        fault=None if last is None else last.fault,
    )
    message = Message(LOGGER_FILE, payload, now)
    note(session, [Stranger(file.serial, "", file.kind, message, told, name=file.model or None)])


def note(session: Session, strangers: Sequence[Stranger]) -> None:
    """Count what *strangers* said and keep the newest of each."""
    by_probe: dict[tuple[str, str], list[Stranger]] = {}
    for one in strangers:
        by_probe.setdefault((one.device, one.channel), []).append(one)
    for said in by_probe.values():
        values = _values(said)
        if not _go_on(session, said, values) and _count(session) < MOST:
            _begin(session, said, values)


def _values(said: Sequence[Stranger]) -> dict[str, Any]:
    """Return what of *said* replaces what was known: the newest reading, the last name."""
    newest = said[-1]
    values: dict[str, Any] = {  # Any: columns of the table.
        "topic": _text(newest.message.topic),
        "last_seen_at": newest.message.received_at,
    }
    if newest.kind:
        values["kind"] = newest.kind
    names = [one.name for one in said if one.name]
    if names:
        values["announced_name"] = _text(names[-1])
    read = [one for one in said if one.reading is not None]
    if read and read[-1].reading is not None:
        values |= {
            "payload": read[-1].message.payload[:PAYLOAD_BYTES],
            "centi": read[-1].reading.centi,
            "fault": read[-1].reading.fault,
        }
    return values


def _go_on(session: Session, said: Sequence[Stranger], values: dict[str, Any]) -> bool:
    # Any: columns of the table.
    seen = session.execute(
        update(FoundDevice)
        .where(FoundDevice.device == said[0].device, FoundDevice.channel == said[0].channel)
        .values(readings=FoundDevice.readings + _readings(said), **values)
        .returning(FoundDevice.id)
    )
    return bool(seen.all())


def _begin(session: Session, said: Sequence[Stranger], values: dict[str, Any]) -> None:
    # Any: columns of the table.
    insert_if_absent(
        session,
        FoundDevice,
        device=said[0].device,
        channel=said[0].channel,
        first_seen_at=said[0].message.received_at,
        readings=_readings(said),
        **({"kind": "", "payload": b""} | values),
    )


def _readings(said: Sequence[Stranger]) -> int:
    return sum(one.reading is not None for one in said)


def _count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(FoundDevice)) or 0


def _text(text: str) -> str:
    """PostgreSQL keeps no NUL in text."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
