"""What gateways report of messages that they took, and the tokens by which they are known.

A report changes nothing but the message that it names, never tells whether there is such a
message, and may come twice or too early.
"""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sensors.services import receipts
from sensors.services.receipts import Outcome
from vaxsite.core import audit
from vaxsite.core.actor import Actor, system
from vaxsite.core.decisions import N_
from vaxsite.core.errors import DomainError
from vaxsite.duty.models import DeliveryReporter

TOKEN_BYTES = 32  # 256 random bits: nothing to guess, so a plain digest keeps it.


class NoSuchReporter(DomainError):
    """No gateway may report for this channel."""

    sentence = N_("No gateway may report for this channel.")
    status = 404


def let_report(session: Session, *, channel: str, actor: Actor, now: datetime) -> str:
    """Let the gateway of *channel* report, and return its token, which ends the one before."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.execute(delete(DeliveryReporter).where(DeliveryReporter.channel == channel))
    session.add(DeliveryReporter(channel=channel, token_digest=_digest(token), added_at=now))
    session.flush()
    _record(session, actor, "reporter:add", f"channel:{channel}", now)
    return token


def forbid(session: Session, *, channel: str, actor: Actor, now: datetime) -> None:
    """Let the gateway of *channel* report no more; raise `NoSuchReporter` where none may."""
    gone = session.execute(
        delete(DeliveryReporter)
        .where(DeliveryReporter.channel == channel)
        .returning(DeliveryReporter.channel)
    ).all()
    if not gone:
        raise NoSuchReporter
    _record(session, actor, "reporter:revoke", f"channel:{channel}", now)


def channel_of(session: Session, token: str) -> str | None:
    """Return the channel for which *token* may report, or None."""
    return session.scalar(
        select(DeliveryReporter.channel).where(DeliveryReporter.token_digest == _digest(token))
    )


def report(session: Session, *, channel: str, key: str, outcome: Outcome, now: datetime) -> None:
    """Write down what became of the message *key*; nothing where it is known, or none of these."""
    message_id = receipts.report(session, channel=channel, key=key, outcome=outcome, now=now)
    if message_id is not None:
        part = system(f"gateway:{channel}")
        _record(session, part, f"message:{outcome}", f"message:{message_id}", now)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _record(session: Session, actor: Actor, action: str, subject: str, now: datetime) -> None:
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail={})
