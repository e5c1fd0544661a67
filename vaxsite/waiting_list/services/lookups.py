"""Answers that tell something about a person, given slowly enough that guessing is hopeless."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from vaxsite.accounts import tries
from vaxsite.core.ids import parse_reference
from vaxsite.waiting_list import queries
from vaxsite.waiting_list.rules.states import Reason
from vaxsite.waiting_list.services import checks

TRIES_AN_ENTRY = 5
TRIES_A_NETWORK = 60  # A network may be a whole town behind one address.
JOINS_A_NETWORK = 60


def check_network(session: Session, *, network: str, now: datetime) -> None:
    """Count a try to join from *network*; raise `RefusedAct` after too many. The caller commits."""
    if tries.count(session, f"waiting list from {network}", now) > JOINS_A_NETWORK:
        raise checks.refused(Reason.TOO_MANY_TRIES)


def look_up(
    session: Session, *, typed: str, born_on: date, network: str, now: datetime
) -> UUID | None:
    """Return the entry, searched for as `tries.search` does: the caller always commits."""
    return tries.search(
        session,
        lambda: queries.find_by_number(session, typed=typed, born_on=born_on),
        limits={
            f"waiting entry {parse_reference(typed) or typed}": TRIES_AN_ENTRY,
            f"look-up of waiting entries from {network}": TRIES_A_NETWORK,
        },
        refusal=checks.refused(Reason.TOO_MANY_TRIES),
        now=now,
    )
