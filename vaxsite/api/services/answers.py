"""Keeps the answer to a request under its key, in the transaction of what it made.

There is no row that says "in work": a process that is killed leaves either nothing or the thing
and its answer. Of two requests with one key at once the later commit is rolled back, and reads the
answer of the other. A refusal made nothing and is not kept: asked again, it is judged anew.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from sensors.store import columns
from sensors.store.dialect import insert_if_absent
from sensors.store.encrypted import blind_index
from vaxsite.api import rules
from vaxsite.api.models import KeptAnswer
from vaxsite.api.rules import Reason

KEPT = select(KeptAnswer.request_hash, KeptAnswer.status, KeptAnswer.answer).where(
    KeptAnswer.key_hash == bindparam("key")
)


class KeyTaken(Exception):
    """Another request with this key was done in the same moment: read its answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered to a request that made something."""

    status: int
    body: Mapping[str, Any]  # Any: JSON.


@dataclass(frozen=True, slots=True)
class Asked:
    """A request by its key and by what it asks for, neither of which can be read back."""

    key_hash: bytes
    request_hash: bytes


def asked(*, operation: str, key: str, request: str) -> Asked:
    """Return the *request* to an *operation* by its key."""
    return Asked(
        blind_index("kept_answer.key_hash", f"{operation}\0{key}"),
        blind_index("kept_answer.request_hash", request),
    )


def find(session: Session, which: Asked) -> Answer | None:
    """Return what was answered to this request before; `RefusedAct` where it was another one."""
    row = columns.read(session, KEPT, key=which.key_hash).one_or_none()
    if row is None:
        return None
    request_hash, status, answer = row
    if bytes(request_hash) != which.request_hash:
        raise rules.refused(Reason.KEY_REUSED)
    return Answer(status, json.loads(answer))


def keep(session: Session, which: Asked, answer: Answer, *, now: datetime) -> None:
    """Keep the answer; raise `KeyTaken`, which must roll back what was made for it."""
    kept = insert_if_absent(
        session,
        KeptAnswer,
        key_hash=which.key_hash,
        request_hash=which.request_hash,
        status=answer.status,
        answer=json.dumps(answer.body, ensure_ascii=False),
        kept_at=now,
    )
    if not kept:
        raise KeyTaken


def forget_old(session: Session, *, now: datetime) -> int:
    """Delete what has been kept long enough; return how many answers."""
    old = delete(KeptAnswer).where(KeptAnswer.kept_at <= now - rules.KEPT_FOR)
    count: int = session.execute(old).rowcount  # type: ignore[attr-defined]  # A CursorResult.
    return count
