"""A look at the slots before anything is written: most who come too late are told so here."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from sensors.store import columns
from vaxsite.booking.models import Hold, HoldSeat
from vaxsite.booking.rules import HoldState
from vaxsite.core.decisions import Refused
from vaxsite.slots import seats
from vaxsite.slots.rules import SeatReason

OVERDUE = (
    select(Hold.id)
    .join(HoldSeat, HoldSeat.hold_id == Hold.id)
    .where(
        Hold.state == HoldState.LIVE,
        Hold.expires_at <= bindparam("now", type_=Hold.expires_at.type),
        HoldSeat.slot_id.in_(bindparam("slots", expanding=True)),
    )
    .limit(1)
)
# Whoever asks for a full slot within this time is told what the one before was told.
FULL_FOR = timedelta(seconds=0.25)
KNOWN_MOST = 1_000
Seen = tuple[int, int, frozenset[str]]  # A slot, how many seats of it, for which groups.


class Seeking:
    """Looks for seats in one process, and knows for a moment which slots are full."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._full: dict[Seen, tuple[datetime, Refused]] = {}

    def look(self, session: Session, *, take: Mapping[int, int], groups: Collection[str]) -> None:
        """Raise `NoSeat` where taking these seats would be refused now. It locks nothing.

        What it lets through may still be refused. Seats of holds that ran out count as free: the
        hold that asks for them takes them over.
        """
        now, mine = self._clock(), frozenset(groups)
        for slot_id, wanted in take.items():
            known = self._full.get((slot_id, wanted, mine))
            if known is not None and known[0] <= now < known[0] + FULL_FOR:
                raise seats.NoSeat(slot_id, known[1])
        try:
            seats.look(session, take=take, groups=groups, now=now)
        except seats.NoSeat as refused:
            if refused.decision.reason is not SeatReason.FULL:
                raise
            if columns.read(session, OVERDUE, slots=sorted(take), now=now).first() is None:
                seen = (refused.slot_id, take[refused.slot_id], mine)
                self._remember(seen, now, refused.decision)
                raise

    def _remember(self, seen: Seen, now: datetime, decision: Refused) -> None:
        if len(self._full) >= KNOWN_MOST:
            self._full.clear()
        self._full[seen] = (now, decision)
