"""Sees what becomes of messages to residents: who did not get one is tried otherwise, or called."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.services.outbox import MessageState
from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from vaxsite.calls.rules import CallReason
from vaxsite.core import audit
from vaxsite.core.actor import system
from vaxsite.messages import gateways, writing
from vaxsite.messages.models import Letter
from vaxsite.messages.rules import Text
from vaxsite.messages.writing import EMAIL, TEXT, Said, To, Way

FOLLOWER = system("letters")
BATCH = 100
ARRIVED = (MessageState.DELIVERED, MessageState.CONFIRMED, MessageState.WITHDRAWN)
# Most gateways report within minutes; whoever never reports has said all there is by then.
REPORTED_WITHIN = timedelta(days=2)


def follow_due(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """Settle every letter whose end is known; return how many people are tried otherwise."""
    total = 0
    while True:
        with sessions() as session, transaction(session):
            seen, acted = _follow_some(session, now)
        total += acted
        if seen < BATCH:
            return total


def _follow_some(session: Session, now: datetime) -> tuple[int, int]:
    rows = session.execute(
        select(Letter, OutboxMessage)
        .join(OutboxMessage, OutboxMessage.delivery_key == Letter.delivery_key)
        .where(
            Letter.settled_at.is_(None),
            or_(
                Letter.closes_at <= now,
                OutboxMessage.state.in_((*ARRIVED, MessageState.GIVEN_UP)),
                OutboxMessage.sent_at <= now - REPORTED_WITHIN,
            ),
        )
        .order_by(Letter.closes_at, Letter.delivery_key)
        .limit(BATCH)
        .with_for_update(of=Letter, skip_locked=True)
    ).all()
    acted = 0
    for letter, message in rows:
        letter.settled_at = now
        if message.state == MessageState.GIVEN_UP and letter.closes_at > now:
            acted += _try_otherwise(session, letter, message, now) is not Way.NONE
    if rows:
        detail = {"letters": len(rows), "tried_otherwise": acted}
        audit.record(
            session,
            actor=FOLLOWER,
            action="letter:settle",
            subject="letters",
            now=now,
            detail=detail,
        )
    return len(rows), acted


def _try_otherwise(session: Session, letter: Letter, message: OutboxMessage, now: datetime) -> Way:
    """Send a text message where an e-mail did not arrive, else ask for a call."""
    to = To(
        site_id=letter.site_id,
        name=letter.name,
        email=None,
        phone=letter.phone,
        language=message.language,
    )
    said = Said(
        kind=message.kind,
        about=message.about,
        key=f"{message.delivery_key}:{TEXT}",
        text=Text(message.subject, message.body),
        short=letter.short or "",
        closes_at=letter.closes_at,
        must_arrive=True,
    )
    has_gateway = gateways.find_url(session, site_id=to.site_id) is not None
    if message.channel == EMAIL and to.phone and letter.short and has_gateway:
        return writing.write(session, said, to, actor=FOLLOWER, now=now)
    reason = CallReason.NOT_DELIVERED
    asked = writing.ask(session, said, to, reason, actor=FOLLOWER, now=now)
    return Way.CALL if asked else Way.NONE
