"""The audit: who did what to which record, written in the transaction of the act.

Rows are append-only (triggers in the database refuse UPDATE and DELETE). The worker seals them
into a hash chain afterwards, so that writers never queue behind one another for the chain's head.
A session made by `guard` refuses to commit a write that left no audit row.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, event, select
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, sessionmaker

from sensors.store.base import Base, UtcDateTime
from sensors.store.columns import WRITTEN, note_written
from sensors.store.together import insert_rows
from sensors.store.transaction import transaction
from vaxsite.core.actor import Actor

# Tables whose rows are bookkeeping of the machine, not acts of a person on a record.
UNAUDITED = frozenset(
    {
        "audit_seal",  # The chain itself.
        "event_cursor",  # How far downstream has read.
        "kept_answer",  # Written beside the audited act that it answers.
        "letter",  # Whether a message in the outbox must be followed.
        "lease",  # Which process acts.
        "outbox",  # Written beside an audited act; its sending is its own record.
        "queue_counter",  # The next place of a waiting room.
        "queue_place",  # A place in line; switching on and drawing the places are audited.
        "rate_limit",  # Counters of tries.
        "user_session",  # Last-seen times; sign-in and sign-out are audited by name.
    }
)
SEAL_BATCH = 1_000


class Unaudited(Exception):
    """A transaction changed records and left no audit row: a fault in the service that did it."""


class AuditEntry(Base):
    """One act. `detail` names fields and codes, never personal data."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    action: Mapped[str]  # resource:action
    subject: Mapped[str] = mapped_column(index=True)  # kind:id of the record acted upon
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)  # Any: small printable values.


class AuditSeal(Base):
    """The place of an entry in the hash chain, given by the worker in the order of sealing."""

    __tablename__ = "audit_seal"

    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), unique=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class Act:
    """What was done to which record (`kind:id`). *detail* names fields and codes only."""

    action: str
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)  # Any: small printable values.


def record(
    session: Session,
    *,
    actor: Actor,
    action: str,
    subject: str,
    now: datetime,
    detail: Mapping[str, Any] | None = None,  # Any: small printable values.
) -> None:
    """Write that *actor* did *action* to *subject* (`kind:id`) at *now*."""
    record_all(session, actor=actor, acts=[Act(action, subject, detail or {})], now=now)


def record_all(session: Session, *, actor: Actor, acts: Iterable[Act], now: datetime) -> None:
    """Write at once that *actor* did all of *acts* at *now*."""
    rows = [
        {
            "at": now,
            "actor_kind": actor.kind.value,
            "actor_id": actor.id,
            "action": act.action,
            "subject": act.subject,
            "detail": dict(act.detail),
        }
        for act in acts
    ]
    insert_rows(session, AuditEntry, rows)


def entry_digest(previous: bytes, entry: AuditEntry) -> bytes:
    """Return the SHA-256 that chains *entry* to the *previous* digest."""
    fields = (
        entry.id,
        entry.at.isoformat(),
        entry.actor_kind,
        entry.actor_id,
        entry.action,
        entry.subject,
        entry.detail,
    )
    text = json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(previous + text.encode()).digest()


def seal(session: Session) -> int:
    """Chain the entries that no seal covers yet; return how many. Run by one worker at a time."""
    last = session.scalar(select(AuditSeal).order_by(AuditSeal.place.desc()).limit(1))
    place, digest = (last.place, last.digest) if last else (0, b"")
    open_entries = session.scalars(
        select(AuditEntry)
        .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
        .where(AuditSeal.place.is_(None))
        .order_by(AuditEntry.id)
        .limit(SEAL_BATCH)
    ).all()
    for entry in open_entries:
        place, digest = place + 1, entry_digest(digest, entry)
        session.add(AuditSeal(place=place, entry_id=entry.id, digest=digest))
    return len(open_entries)


def seal_all(sessions: sessionmaker[Session]) -> int:
    """Seal everything that is due, batch by batch; return how many entries were sealed."""
    total = 0
    while True:
        with sessions() as session, transaction(session):
            sealed = seal(session)
        total += sealed
        if sealed < SEAL_BATCH:
            return total


def broken_seals(session: Session) -> list[int]:
    """Return the places of the chain that do not fit their entries; empty when all is well."""
    broken: list[int] = []
    digest = b""
    rows = session.execute(
        select(AuditSeal, AuditEntry)
        .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .order_by(AuditSeal.place)
        .execution_options(yield_per=SEAL_BATCH)
    )
    for expected, (seal_row, entry) in enumerate(rows, start=1):
        if seal_row.place != expected or entry_digest(digest, entry) != seal_row.digest:
            broken.append(seal_row.place)
        digest = seal_row.digest
    return broken


def guard(sessions: sessionmaker[Session] | type[Session]) -> None:
    """Make *sessions* refuse to commit a write without an audit row."""
    event.listen(sessions, "after_flush", _note_flush)
    event.listen(sessions, "do_orm_execute", _note_statement)
    event.listen(sessions, "before_commit", _check)
    event.listen(sessions, "after_rollback", _forget)
    event.listen(sessions, "after_commit", _forget)


def _note_flush(session: Session, _context: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        note_written(session, row.__tablename__)


def _note_statement(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        table: Any = state.statement  # Any: the three kinds of statement share `table`.
        note_written(state.session, table.table.name)


def _check(session: Session) -> None:
    session.flush()
    written: set[str] = session.info.get(WRITTEN, set())
    if written - UNAUDITED and AuditEntry.__tablename__ not in written:
        raise Unaudited(f"changed without an audit row: {', '.join(sorted(written))}")


def _forget(session: Session) -> None:
    session.info.pop(WRITTEN, None)
