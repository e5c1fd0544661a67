"""Tell people who wait, in the transaction of what is told, by the way that they asked for."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from vaxsite.calls.rules import CallReason
from vaxsite.core.actor import Actor, system
from vaxsite.messages import writing
from vaxsite.messages.writing import Said, To
from vaxsite.residents import queries as residents
from vaxsite.stock import queries as stock
from vaxsite.waiting_list import queries
from vaxsite.waiting_list.rules.fits import Reach
from vaxsite.waiting_list.rules.texts import Kind, Told, compose, compose_short

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
    """Tell by the way that the people asked for: e-mail, text message, or a call.

    *url* is the address under which the secret of the link follows. What needs no answer is not
    called about: the page and the clinic say it when they are asked.
    """
    told = _told(session, entry, url, offer)
    is_offer = kind is Kind.OFFER
    said = Said(
        kind=kind.value,
        about=f"waiting_offer:{offer.id}" if offer and is_offer else f"waiting_entry:{entry.id}",
        key=f"{kind}:{offer.id if offer else entry.id}",
        text=compose(kind, told, language=entry.language),
        short=compose_short(kind, told, language=entry.language),
        closes_at=offer.answer_by if offer and is_offer else now + PAUSE_IS_TOLD_FOR,
        must_arrive=kind in {Kind.OFFER, Kind.PAUSED},
    )
    clinic_id = offer.clinic.site_id if offer else min(entry.waiting.wish.site_ids)
    say(session, said, entry, site_id=clinic_id, actor=TELLER, now=now)


def say(
    session: Session,
    said: Said,
    entry: queries.EntryView,
    *,
    site_id: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Say it to the people of the entry for a clinic, as they asked to be reached."""
    to = To(
        site_id=site_id,
        name=residents.get_person(session, queries.members(session, entry.id)[0]).name,
        email=entry.email if entry.reach is Reach.EMAIL else None,
        phone=entry.phone,
        language=entry.language,
    )
    if entry.reach is not Reach.CALL:
        writing.write(session, said, to, actor=actor, now=now)
    elif said.must_arrive:
        writing.ask(session, said, to, CallReason.ASKED, actor=actor, now=now)


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
