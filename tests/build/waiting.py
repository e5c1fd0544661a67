"""Builders of the waiting list: people who join, an offer that was made to them."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.build.booking import NOW, OpenClinic, details_of
from vaxsite.core.actor import RESIDENT
from vaxsite.waiting_list import queries
from vaxsite.waiting_list.models import WaitingEntry
from vaxsite.waiting_list.rules.fits import Part, Reach, Wish
from vaxsite.waiting_list.services import joining, offering

LINK = "https://vaccination.example/waiting"


def a_request(
    clinic: OpenClinic, indices: Sequence[int] = (1,), **changed: object
) -> joining.Request:
    """The people of *indices* would come on any day, at any hour, within two hours."""
    sites = changed.pop("site_ids", frozenset({clinic.site_id}))
    wish = Wish(
        site_ids=sites,  # type: ignore[arg-type]  # A set of numbers, as every caller gives it.
        weekdays=frozenset(range(7)),
        parts=frozenset(Part),
        notice_min=120,
        size=len(indices),
    )
    request = joining.Request(
        product_id=clinic.product_id,
        wish=wish,
        people=[details_of(f"陈{index}", index=index) for index in indices],
        reach=Reach.EMAIL,
        phone="+8613912345678",
        email=f"p{indices[0]}@example.com",
        language="zh",
        leftover=True,
    )
    return replace(request, **changed)  # type: ignore[arg-type]  # Values of many types.


def waits(
    session: Session,
    clinic: OpenClinic,
    indices: Sequence[int] = (1,),
    *,
    now: datetime = NOW,
    **changed: object,
) -> UUID:
    """The people of *indices* join the list; the caller commits."""
    request = a_request(clinic, indices, **changed)
    return joining.join(session, request=request, url=LINK, actor=RESIDENT, now=now)


def offered(sessions: sessionmaker[Session], now: datetime = NOW) -> int:
    """Let the worker offer what is free; return how many offers it made."""
    return offering.offer_due(sessions, url=LINK, now=now)


def states(sessions: sessionmaker[Session], ids: Collection[UUID]) -> list[str]:
    """How the entries stand, in the order of *ids*."""
    with sessions() as session:
        rows = session.execute(select(WaitingEntry.id, WaitingEntry.state)).all()
    by_id = dict(rows)  # type: ignore[arg-type]  # Pairs.
    return [by_id[one] for one in ids]


def offer_of(sessions: sessionmaker[Session], entry_id: UUID) -> queries.OfferView:
    """The offer that the entry has."""
    with sessions() as session:
        found = queries.open_offer(session, entry_id=entry_id)
    assert found is not None
    return found
