"""Once a week a message to every address, to learn whether an alarm would arrive there.

A channel that died is found on a quiet weekday morning and not in the night of the power cut.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.services import notice_texts, outbox, people
from sensors.services.outbox import MessageState
from sensors.services.people import Recipient
from sensors.store.duty import Contact, ContactPost
from sensors.store.outbox import OutboxMessage
from sensors.store.places import NoticeTarget, Site

KIND = "alert:canary"
BETWEEN_HOURS = (9, 17)  # Local: it wakes nobody.
PROVEN_WITHIN = timedelta(hours=24)
_PROOF = (MessageState.DELIVERED, MessageState.CONFIRMED)


def send_due(session: Session, *, now: datetime) -> int:
    """Queue this week's message to every address that has had none; return how many."""
    sent = 0
    for site in session.scalars(select(Site).order_by(Site.id)).all():
        local = now.astimezone(people.zone_of(site))
        if not BETWEEN_HOURS[0] <= local.hour < BETWEEN_HOURS[1]:
            continue
        year, week, _ = local.isocalendar()
        for recipient in _addresses(session, site):
            sent += _send(session, site, recipient, f"canary:{year}-W{week:02}", now)
    return sent


def _addresses(session: Session, site: Site) -> Iterator[Recipient]:
    for first in people.everybody(session, site):
        reached: Recipient | None = first
        while reached is not None:
            yield reached
            reached = people.next_address(session, reached.key, reached.rank)


def _send(session: Session, site: Site, to: Recipient, week: str, now: datetime) -> bool:
    name = site.name_zh if to.language == "zh" else site.name_en
    subject, body = notice_texts.canary(name, to.language)
    return outbox.enqueue(
        session,
        kind=KIND,
        about=KIND,
        channel=to.channel,
        address=to.address,
        language=to.language,
        subject=subject,
        body=body,
        delivery_key=f"{week}:{to.key}:{to.rank}",
        now=now,
        recipient=to.key,
        rank=to.rank,
    )


@dataclass(frozen=True)
class Unproven:
    """An address from which nothing says that messages arrive there."""

    name: str  # Of the person; empty for an address of a site.
    channel: str
    state: MessageState
    sent_at: datetime


def unproven(session: Session, site_ids: Collection[int], *, now: datetime) -> list[Unproven]:
    """Return the addresses of *site_ids* whose newest weekly message has no receipt after a day."""
    names = _names(session, site_ids)
    rows = session.execute(
        select(
            OutboxMessage.recipient,
            OutboxMessage.rank,
            OutboxMessage.channel,
            OutboxMessage.state,
            OutboxMessage.created_at,
        )
        .where(OutboxMessage.kind == KIND, OutboxMessage.recipient.in_(names))
        .order_by(OutboxMessage.created_at)
    ).all()
    newest = {(row.recipient, row.rank): row for row in rows}
    return [
        Unproven(names[row.recipient or ""], row.channel, MessageState(row.state), row.created_at)
        for _, row in sorted(newest.items())
        if row.state not in _PROOF and now - row.created_at >= PROVEN_WITHIN
    ]


def _names(session: Session, site_ids: Collection[int]) -> dict[str, str]:
    targets: Sequence[int] = session.scalars(
        select(NoticeTarget.id).where(NoticeTarget.site_id.in_(site_ids))
    ).all()
    contacts = session.execute(
        select(Contact.id, Contact.name)
        .join(ContactPost, ContactPost.contact_id == Contact.id)
        .where(ContactPost.site_id.in_(site_ids))
        .distinct()
    ).all()
    names = {f"target:{target_id}": "" for target_id in targets}
    return names | {f"contact:{contact_id}": name for contact_id, name in contacts}
