"""Tell people of a dose left over, in the transaction of the invitation, as they asked for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from vaxsite.core.actor import system
from vaxsite.leftover.queries import CalloutView
from vaxsite.leftover.rules.forecast import minutes_to_come
from vaxsite.leftover.rules.states import SILENT_FOR
from vaxsite.leftover.rules.texts import KIND, compose, compose_short
from vaxsite.messages.writing import Said
from vaxsite.slots import queries as slots
from vaxsite.waiting_list import queries as waiting
from vaxsite.waiting_list.services.telling import say

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
    """Tell by the way that the people asked for: e-mail, text message, or a call.

    *url* is the address under which the secret of the link follows.
    """
    clinic = slots.get_clinic(session, callout.site_id).name(entry.language)
    minutes = minutes_to_come(entry.waiting.wish.notice_min)
    link, language = f"{url}/{entry.link_secret}", entry.language
    vaccine = callout.product.name(language)
    said = Said(
        kind=KIND,
        about=f"callout_invitation:{invitation_id}",
        key=f"{KIND}:{invitation_id}",
        text=compose(language=language, clinic=clinic, vaccine=vaccine, minutes=minutes, url=link),
        short=compose_short(language=language, clinic=clinic, minutes=minutes, url=link),
        closes_at=min(callout.closes_at, now + SILENT_FOR),
        must_arrive=True,
    )
    say(session, said, entry, site_id=callout.site_id, actor=TELLER, now=now)
