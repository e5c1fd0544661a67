"""Tell people who wait, in the transaction of what is told: by e-mail, or on the list of calls."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from vaxsite.calls import services as calls
from vaxsite.calls.rules import CallReason
from vaxsite.core.actor import system
from vaxsite.messages import services as messages
from vaxsite.messages.rules import Text
from vaxsite.residents import queries as residents
from vaxsite.stock import queries as stock
from vaxsite.waiting_list import queries
from vaxsite.waiting_list.rules.fits import Reach
from vaxsite.waiting_list.rules.texts import Kind, Told, compose

TELLER = system("waiting-list")
PAUSE_IS_TOLD_FOR = timedelta(days=2)  # How long staff try to ask somebody whether they still wait.


def tell(
    session: Session,
    kind: Kind,
    entry: queries.EntryView,
    *,
    url: str,
    now: datetime,
    offer: queries.OfferView | None = None,
) -> None:
    """Queue the message, or a call to whoever is not written to.

    *url* is the address under which the secret of the link follows. What needs no answer is not
    called about: the page and the clinic say it when they are asked.
    """
    text = compose(kind, _told(session, entry, url, offer), language=entry.language)
    if entry.reach is not Reach.EMAIL:
        if offer is not None and kind in {Kind.OFFER, Kind.PAUSED}:
            _ask_for_call(session, kind, entry, offer, text, now)
        return
    messages.send(
        session,
        kind=kind.value,
        about=f"waiting_entry:{entry.id}",
        delivery_key=f"{kind}:{offer.id if offer else entry.id}",
        text=text,
        email=entry.email,
        language=entry.language,
        now=now,
    )


def _told(
    session: Session, entry: queries.EntryView, url: str, offer: queries.OfferView | None
) -> Told:
    product = stock.find_product(session, product_id=entry.product_id)
    assert product is not None, "an entry waits for a product"
    return Told(
        number=entry.number,
        size=entry.waiting.wish.size,
        url=f"{url}/{entry.link_secret}",
        vaccine=product.name(entry.language),
        clinic=offer.clinic.name(entry.language) if offer else "",
        starts_at=offer.slot.starts_at if offer else None,
        answer_by=offer.answer_by if offer else None,
        timezone=offer.slot.timezone if offer else "UTC",
    )


def _ask_for_call(
    session: Session,
    kind: Kind,
    entry: queries.EntryView,
    offer: queries.OfferView,
    text: Text,
    now: datetime,
) -> None:
    first = residents.get_person(session, queries.members(session, entry.id)[0])
    is_offer = kind is Kind.OFFER
    wanted = calls.Wanted(
        key=f"{kind}:{offer.id}",
        site_id=offer.clinic.site_id,
        about=f"waiting_offer:{offer.id}" if is_offer else f"waiting_entry:{entry.id}",
        reason=CallReason.ASKED,
        callee=calls.Callee(name=first.name, phone=entry.phone, language=entry.language),
        subject=text.subject,
        body=text.body,
        closes_at=offer.answer_by if is_offer else now + PAUSE_IS_TOLD_FOR,
    )
    calls.ask(session, wanted, actor=TELLER, now=now)
