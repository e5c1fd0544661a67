"""Tell people of a dose left over, in the transaction of the invitation: e-mail, or a call."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from vaxsite.calls import services as calls
from vaxsite.calls.rules import CallReason
from vaxsite.core.actor import system
from vaxsite.leftover.queries import CalloutView
from vaxsite.leftover.rules.forecast import minutes_to_come
from vaxsite.leftover.rules.states import SILENT_FOR
from vaxsite.leftover.rules.texts import KIND, compose
from vaxsite.messages import services as messages
from vaxsite.messages.rules import Text
from vaxsite.residents import queries as residents
from vaxsite.slots import queries as slots
from vaxsite.waiting_list import queries as waiting
from vaxsite.waiting_list.rules.fits import Reach

TELLER = system("leftover")


def tell(
    session: Session,
    callout: CalloutView,
    entry: waiting.EntryView,
    *,
    invitation_id: UUID,
    url: str,
    now: datetime,
) -> None:
    """Queue the invitation; *url* is the address under which the secret of the link follows."""
    text = compose(
        language=entry.language,
        clinic=slots.get_clinic(session, callout.site_id).name(entry.language),
        vaccine=callout.product.name(entry.language),
        minutes=minutes_to_come(entry.waiting.wish.notice_min),
        url=f"{url}/{entry.link_secret}",
    )
    about, key = f"callout_invitation:{invitation_id}", f"{KIND}:{invitation_id}"
    if entry.reach is Reach.EMAIL:
        _write(session, entry, about, key, text, now)
        return
    first = residents.get_person(session, waiting.members(session, entry.id)[0])
    callee = calls.Callee(name=first.name, phone=entry.phone, language=entry.language)
    wanted = calls.Wanted(
        key=key,
        site_id=callout.site_id,
        about=about,
        reason=CallReason.ASKED,
        callee=callee,
        subject=text.subject,
        body=text.body,
        closes_at=min(callout.closes_at, now + SILENT_FOR),
    )
    calls.ask(session, wanted, actor=TELLER, now=now)


def _write(
    session: Session, entry: waiting.EntryView, about: str, key: str, text: Text, now: datetime
) -> None:
    messages.send(
        session,
        kind=KIND,
        about=about,
        delivery_key=key,
        text=text,
        email=entry.email,
        language=entry.language,
        now=now,
    )
