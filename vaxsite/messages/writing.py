"""Writes to a resident by the first way there is, and asks for a call where there is none.

E-mail where one was given, else a text message where the clinic has a gateway, else a call. The
message waits in the outbox in the transaction of its fact; `following` sees what becomes of it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from sensors.services import outbox
from sensors.store.dialect import insert_if_absent
from vaxsite.calls import services as calls
from vaxsite.calls.rules import CallReason
from vaxsite.core.actor import Actor
from vaxsite.messages import gateways
from vaxsite.messages.models import Letter
from vaxsite.messages.rules import Text

EMAIL = "email"
TEXT = "text"


class Way(StrEnum):
    """How somebody is told."""

    EMAIL = "email"
    TEXT = "text"
    CALL = "call"
    NONE = "none"  # There is no way, or it was told before.


@dataclass(frozen=True, slots=True, kw_only=True)
class To:
    """Whom a clinic tells something, and how they can be reached."""

    site_id: int
    name: str
    email: str | None
    phone: str | None
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is told: once a *key*, about a record, and needless from *closes_at* on.

    *short* is the same as a text message. With *must_arrive* a person whom nothing reaches is
    called. *calendar* goes with an e-mail.
    """

    kind: str
    about: str
    key: str
    text: Text
    short: str
    closes_at: datetime
    must_arrive: bool
    calendar: str | None = None
    send_after: datetime | None = None  # Not before people may be written to.
    first: bool = False  # Nothing can have been told under this key before.


def write(session: Session, said: Said, to: To, *, actor: Actor, now: datetime) -> Way:
    """Queue *said* for *to*, or ask for a call; return which way it goes."""
    if to.email:
        return _queue(session, said, to, EMAIL, to.email, now)
    gateway = gateways.find_url(session, site_id=to.site_id) if to.phone else None
    if gateway:
        return _queue(session, said, to, TEXT, f"{to.phone} {gateway}", now)
    if said.must_arrive and ask(session, said, to, CallReason.NO_CHANNEL, actor=actor, now=now):
        return Way.CALL
    return Way.NONE


def ask(
    session: Session, said: Said, to: To, reason: CallReason, *, actor: Actor, now: datetime
) -> bool:
    """Ask the clinic to call; False where that was asked before or is needless by now."""
    wanted = calls.Wanted(
        key=said.key,
        site_id=to.site_id,
        about=said.about,
        reason=reason,
        callee=calls.Callee(name=to.name, phone=to.phone, language=to.language),
        subject=said.text.subject,
        body=said.text.body,
        closes_at=said.closes_at,
    )
    return calls.ask(session, wanted, actor=actor, now=now)


def _queue(session: Session, said: Said, to: To, channel: str, address: str, now: datetime) -> Way:
    by_mail = channel == EMAIL
    new = outbox.enqueue(
        session,
        kind=said.kind,
        about=said.about,
        channel=channel,
        address=address,
        language=to.language,
        subject=said.text.subject,
        body=said.text.body if by_mail else said.short,
        delivery_key=said.key,
        now=now,
        send_after=said.send_after,
        calendar=said.calendar if by_mail else None,
        first=said.first,
    )
    if not new:
        return Way.NONE
    if said.must_arrive:
        insert_if_absent(
            session,
            Letter,
            delivery_key=said.key,
            site_id=to.site_id,
            name=to.name,
            phone=to.phone,
            short=said.short if by_mail else None,
            closes_at=said.closes_at,
        )
    return Way(channel)
