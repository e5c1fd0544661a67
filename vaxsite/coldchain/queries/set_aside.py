"""Payloads that could not become readings. Nothing is lost silently; people can see why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sensors.store.found import SetAsideTopic
from sensors.store.readings import SetAside

SHOWN = 100
BYTES_SHOWN = 120


@dataclass(frozen=True)
class SetAsideView:
    """One payload, its beginning as harmless printable text."""

    received_at: datetime
    topic: str
    reason: str
    size: int
    beginning: str


@dataclass(frozen=True)
class SetAsidePayloads:
    """The newest payloads set aside, how many are kept, and how many more were only counted."""

    total: int
    newest: tuple[SetAsideView, ...]
    only_counted: int


def read_set_aside(session: Session) -> SetAsidePayloads:
    """Return the newest payloads that were set aside.

    They belong to no site, because what cannot be read names no unit; everybody who may read the
    cold chain somewhere sees them. They hold no personal data.
    """
    waits = SetAside.taken_at.is_(None)
    total = session.scalar(select(func.count()).select_from(SetAside).where(waits)) or 0
    only_counted = session.scalar(select(func.sum(SetAsideTopic.only_counted))) or 0
    rows = session.execute(
        select(
            SetAside.received_at,
            SetAside.topic,
            SetAside.reason,
            SetAside.size,
            func.substr(SetAside.payload, 1, BYTES_SHOWN).label("beginning"),
        )
        .where(waits)
        .order_by(SetAside.received_at.desc(), SetAside.id.desc())
        .limit(SHOWN)
    )
    newest = tuple(
        SetAsideView(
            row.received_at, printable(row.topic), row.reason, row.size, _text(row.beginning)
        )
        for row in rows
    )
    return SetAsidePayloads(total, newest, only_counted)


def _text(beginning: bytes) -> str:
    return printable(bytes(beginning).decode("utf-8", "backslashreplace"))


def printable(text: str) -> str:
    """Return *text* with everything that could move, hide or reorder other text escaped."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
