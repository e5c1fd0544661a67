"""Tries counted by what is tried and by whom, in the windows of `rules.window_of`."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from sensors.store.dialect import insert_or_ignore
from sensors.store.encrypted import blind_index
from vaxsite.accounts import rules
from vaxsite.accounts.models import RateLimit
from vaxsite.core.errors import RefusedAct

Found = TypeVar("Found")


def count(session: Session, key: str, now: datetime, *, step: int = 1) -> int:
    """Change the count of *key* and return it; its row stays locked until the commit."""
    place = {"key_hash": _hash(key), "window_at": rules.window_of(now)}
    session.execute(insert_or_ignore(session, RateLimit).values(**place, tries=0))
    counted = (
        update(RateLimit)
        .where(is_key(key), RateLimit.window_at == place["window_at"])
        .values(tries=RateLimit.tries + step)
        .returning(RateLimit.tries)
        .execution_options(synchronize_session=False)
    )
    return session.scalars(counted).one()


def counted(session: Session, key: str, now: datetime) -> int:
    """Return how many tries of *key* there were in this window."""
    found = select(RateLimit.tries).where(is_key(key), RateLimit.window_at == rules.window_of(now))
    return session.scalar(found) or 0


def search(
    session: Session,
    find: Callable[[], Found | None],
    *,
    limits: Mapping[str, int],
    refusal: RefusedAct,
    now: datetime,
) -> Found | None:
    """Return what *find* finds, or None and count the try; raise *refusal* after too many.

    A try is counted under every key of *limits* before anything is compared, so that tries at once
    are counted too, and taken back when it was right. The caller commits whatever the answer is,
    or the count would be lost.
    """
    if any(count(session, key, now) > most for key, most in limits.items()):
        raise refusal
    found = find()
    if found is not None:
        for key in limits:
            count(session, key, now, step=-1)
    return found


def is_key(key: str) -> ColumnElement[bool]:
    """Match the counts of *key*, in whatever window."""
    return RateLimit.key_hash == _hash(key)


def _hash(key: str) -> bytes:
    return blind_index("rate_limit.key_hash", key)
