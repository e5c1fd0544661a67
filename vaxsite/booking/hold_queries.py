"""Reads of holds."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, select
from sqlalchemy.orm import Session

from sensors.store import columns
from vaxsite.booking.models import Hold, HoldSeat
from vaxsite.booking.rules import HoldState, Place


@dataclass(frozen=True, slots=True)
class HoldView:
    """Seats that are kept for one browser, in the order of people and doses."""

    id: UUID
    places: tuple[Place, ...]
    state: HoldState
    created_at: datetime
    expires_at: datetime

    @property
    def slot_id(self) -> int:
        """The slot of the first seat."""
        return self.places[0].slot_id

    @property
    def seats(self) -> Counter[int]:
        """How many seats of each slot."""
        return Counter(place.slot_id for place in self.places)


_PLACE = (HoldSeat.slot_id, HoldSeat.member, HoldSeat.part)
_SEATS_OF = (
    select(Hold.id, Hold.state, Hold.created_at, Hold.expires_at, *_PLACE)
    .join(HoldSeat, HoldSeat.hold_id == Hold.id)
    .where(Hold.holder_hash == bindparam("holder"))
    .order_by(HoldSeat.member, HoldSeat.part)
    .with_for_update(of=Hold)
)
LIVE_OF = _SEATS_OF.where(Hold.state == HoldState.LIVE)
OWN = _SEATS_OF.where(Hold.id == bindparam("hold"))


def find_hold(session: Session, *, holder: bytes) -> HoldView | None:
    """Return the live hold of the holder, else the newest, whatever became of it."""
    query = (
        select(Hold)
        .where(Hold.holder_hash == holder)
        .order_by((Hold.state == HoldState.LIVE).desc(), Hold.created_at.desc(), Hold.id.desc())
        .limit(1)
    )
    return next(iter(hold_views(session, query)), None)


def find_live(session: Session, *, holder: bytes) -> HoldView | None:
    """Return the live hold of the holder and lock it."""
    return _locked(columns.read(session, LIVE_OF, holder=holder).all())


def find_own(session: Session, *, hold_id: UUID, holder: bytes) -> HoldView | None:
    """Return the hold if it is the holder's, in whatever state, and lock it."""
    return _locked(columns.read(session, OWN, hold=hold_id, holder=holder).all())


def find_overdue(
    session: Session,
    *,
    now: datetime,
    slot_ids: Collection[int] | None = None,
    limit: int | None = None,
) -> list[HoldView]:
    """Return live holds that ran out, of seats in *slot_ids*, and lock them.

    Those that somebody else has locked are left out: they are being used or expired.
    """
    query = select(Hold).where(Hold.state == HoldState.LIVE, Hold.expires_at <= now)
    if slot_ids is not None:
        seats = select(HoldSeat.hold_id).where(HoldSeat.slot_id.in_(slot_ids))
        query = query.where(Hold.id.in_(seats))
    query = query.order_by(Hold.expires_at).limit(limit).with_for_update(skip_locked=True)
    return hold_views(session, query)


def hold_views(session: Session, query: Select[Hold]) -> list[HoldView]:
    """Return the holds of *query* with their seats."""
    rows = session.scalars(query.execution_options(populate_existing=True)).all()
    if not rows:
        return []
    places: dict[UUID, list[Place]] = defaultdict(list)
    seats = select(HoldSeat).where(HoldSeat.hold_id.in_([row.id for row in rows]))
    for seat in session.scalars(seats.order_by(HoldSeat.member, HoldSeat.part)):
        places[seat.hold_id].append(Place(seat.slot_id, seat.member, seat.part))
    return [
        HoldView(
            row.id, tuple(places[row.id]), HoldState(row.state), row.created_at, row.expires_at
        )
        for row in rows
    ]


def _locked(rows: Sequence[Row[*tuple[Any, ...]]]) -> HoldView | None:
    """Return the one hold of these rows of `_SEATS_OF`."""  # Any: its columns.
    if not rows:
        return None
    hold_id, state, created_at, expires_at = rows[0][:4]
    places = tuple(Place(*row[4:]) for row in rows)
    return HoldView(hold_id, places, HoldState(state), created_at, expires_at)
