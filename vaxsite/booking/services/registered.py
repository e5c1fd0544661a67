"""Look up whether an employer or community registered somebody, by document and birth date."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from vaxsite.accounts import tries
from vaxsite.booking.rules import Reason
from vaxsite.booking.services import checks
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.rules import OnRoster
from vaxsite.residents.queries import document_index
from vaxsite.residents.rules import IdKind

TRIES_A_DOCUMENT = 5  # In the window of `accounts.rules`, as of an invitation.
TRIES_A_NETWORK = 30


def look_up(
    session: Session,
    *,
    kind: IdKind,
    number: str,
    born_on: date,
    network: str,
    now: datetime,
) -> tuple[OnRoster, ...] | None:
    """Return on which rosters the person is, searched for as `tries.search` does.

    Which employer it is, is not told: a number and a birth date are known to others too. The caller
    always commits.
    """

    def find() -> tuple[OnRoster, ...] | None:
        index = document_index(kind, number)
        entries = eligibility.rosters(session, [index]).get(index, ())
        return tuple(one for born, one in entries if born == born_on) or None

    return tries.search(
        session,
        find,
        limits={
            f"registered {kind} {number}": TRIES_A_DOCUMENT,
            f"registered from {network}": TRIES_A_NETWORK,
        },
        refusal=checks.refused(Reason.TOO_MANY_TRIES),
        now=now,
    )
