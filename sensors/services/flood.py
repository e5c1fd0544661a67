"""No person gets more messages than a person can read: what is too much becomes one list.

More than ten alarms in ten minutes are a flood (EEMUA 191). The last places are kept for
critical temperature alerts, so that a flood of silences never hides a real breach.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from sensors.services import notice_texts
from sensors.services.outbox import MessageState, enqueue
from sensors.services.people import Recipient
from sensors.store.outbox import OutboxMessage

WINDOW = timedelta(minutes=10)
AT_MOST = 10
KEPT_FOR_CRITICAL = 3
GATHER = timedelta(seconds=30)
DIGEST = "alert:digest"


@dataclass(frozen=True)
class Letter:
    """One message to a person before it is known whether it goes alone or in a list."""

    kind: str
    about: str
    key: str
    subject: str
    body: str
    site: str = ""  # As the person calls it, for a line of a list.
    critical: bool = False

    @property
    def line(self) -> str:
        """Return what a list says of it."""
        return self.subject if self.site in self.subject else f"{self.site}: {self.subject}"


def send(
    session: Session,
    recipient: Recipient,
    letter: Letter,
    *,
    now: datetime,
    second_at: datetime | None = None,
) -> bool:
    """Queue *letter* for *recipient*, or its subject in their list; False when it was before."""
    got = _lately(session, recipient.key, now)
    if got >= AT_MOST - 1 - (0 if letter.critical else KEPT_FOR_CRITICAL):
        return _into_list(session, recipient, letter, now, got)
    return enqueue(
        session,
        kind=letter.kind,
        about=letter.about,
        channel=recipient.channel,
        address=recipient.address,
        language=recipient.language,
        subject=letter.subject,
        body=letter.body,
        delivery_key=f"{letter.key}:{recipient.key}:{recipient.rank}",
        now=now,
        recipient=recipient.key,
        rank=recipient.rank,
        second_at=second_at,
    )


def _lately(session: Session, recipient: str, now: datetime) -> int:
    return session.scalars(
        select(func.count())
        .select_from(OutboxMessage)
        .where(OutboxMessage.recipient == recipient, OutboxMessage.created_at > now - WINDOW)
    ).one()


def _into_list(
    session: Session, recipient: Recipient, letter: Letter, now: datetime, got: int
) -> bool:
    standing = session.scalars(
        select(OutboxMessage)
        .where(
            OutboxMessage.recipient == recipient.key,
            OutboxMessage.kind == DIGEST,
            OutboxMessage.state == MessageState.WAITING,
            OutboxMessage.attempts == 0,
        )
        .limit(1)
    ).one_or_none()
    if standing is not None:
        return _append(session, standing, letter)
    first = not _has_list(session, recipient.key, now)
    goes_at = now + GATHER if first and got < AT_MOST else _room_at(session, recipient.key, now)
    subject, body = notice_texts.digest([letter.line], recipient.language)
    return enqueue(
        session,
        kind=DIGEST,
        about=DIGEST,
        channel=recipient.channel,
        address=recipient.address,
        language=recipient.language,
        subject=subject,
        body=body,
        delivery_key=f"digest:{goes_at.isoformat()}:{recipient.key}",
        now=goes_at,
        recipient=recipient.key,
        rank=recipient.rank,
    )


def _append(session: Session, standing: OutboxMessage, letter: Letter) -> bool:
    lines = [*notice_texts.lines_of_digest(standing.body), letter.line]
    subject, body = notice_texts.digest(
        list(dict.fromkeys(lines)), "zh" if standing.language == "zh" else "en"
    )
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == standing.id, OutboxMessage.attempts == 0)
        .values(subject=subject, body=body)
    )
    return True


def _has_list(session: Session, recipient: str, now: datetime) -> bool:
    found = select(OutboxMessage.id).where(
        OutboxMessage.recipient == recipient,
        OutboxMessage.kind == DIGEST,
        OutboxMessage.created_at > now - WINDOW,
    )
    return session.scalar(found.limit(1)) is not None


def _room_at(session: Session, recipient: str, now: datetime) -> datetime:
    """Return when the newest list, or else the oldest message, leaves the window."""
    newest_list = session.scalar(
        select(func.max(OutboxMessage.created_at)).where(
            OutboxMessage.recipient == recipient, OutboxMessage.kind == DIGEST
        )
    )
    return (now if newest_list is None else max(newest_list, now - WINDOW)) + WINDOW
