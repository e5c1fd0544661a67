"""Answers that tell something about a person, given slowly enough that guessing is hopeless.

Wrong tries are counted for the reference and for the network they come from. A network may be a
whole town behind one address, so it has many; a reference has few. Refused bookings that tell
whether somebody is known, booked or vaccinated are counted for the network too.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from vaxsite.accounts import tries
from vaxsite.booking import queries
from vaxsite.booking.rules import Reason
from vaxsite.booking.services import checks
from vaxsite.core.ids import parse_reference
from vaxsite.deferrals.rules.reasons import Reason as DeferralReason
from vaxsite.invitations.rules.states import Reason as InvitationReason
from vaxsite.record.rules import Reason as DoseReason
from vaxsite.residents.rules import Reason as PersonReason

TRIES_A_REFERENCE = 5
TRIES_A_NETWORK = 60
TELLING_A_NETWORK = 20
TELLING = frozenset(
    {
        Reason.ALREADY_BOOKED,
        PersonReason.KNOWN_OTHERWISE,
        DeferralReason.PUT_OFF,
        InvitationReason.OTHER_PERSON,
        *DoseReason,
    }
)


def look_up(
    session: Session, *, typed: str, born_on: date, network: str, now: datetime
) -> UUID | None:
    """Return the appointment, searched for as `tries.search` does: the caller always commits."""
    return tries.search(
        session,
        lambda: queries.find_by_reference(session, typed=typed, born_on=born_on),
        limits={
            f"look-up of {parse_reference(typed) or typed}": TRIES_A_REFERENCE,
            f"look-up from {network}": TRIES_A_NETWORK,
        },
        refusal=checks.refused(Reason.TOO_MANY_TRIES),
        now=now,
    )


def check_network(session: Session, *, network: str, now: datetime) -> None:
    """Raise `RefusedAct` after too many telling refusals of bookings from *network*."""
    if tries.counted(session, _telling(network), now) >= TELLING_A_NETWORK:
        raise checks.refused(Reason.TOO_MANY_TRIES)


def count_telling(session: Session, *, network: str, now: datetime) -> None:
    """Count a refusal of `TELLING`, in a transaction of its own: the refused one is rolled back."""
    tries.count(session, _telling(network), now)


def _telling(network: str) -> str:
    return f"telling refusal to {network}"
