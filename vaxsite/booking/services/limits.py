"""How often seats are held and people are booked, by network and by person, against scripts.

The counts stand in the database, so that every process and host counts the same. A member of staff
serves many people from one network: they are counted by themselves, and far higher.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from vaxsite.accounts import tries
from vaxsite.booking import rules
from vaxsite.booking.doors import Origin
from vaxsite.booking.rules import Reason
from vaxsite.booking.services import checks
from vaxsite.core.actor import Actor

ONCE = 1  # An answer to a question opens one door once, however often its cookie is sent.


def count_hold(
    session: Session, *, network: str, origin: Origin, actor: Actor, now: datetime
) -> int:
    """Count that seats are asked for; return how often in this window.

    Commit it whatever becomes of the hold, or the count would be lost with a refusal.
    """
    return tries.count(session, _key(network, origin, actor), now)


def asks(session: Session, *, network: str, origin: Origin, actor: Actor, now: datetime) -> bool:
    """Tell whether the next hold from there needs an answer to a question."""
    if origin.by_staff:
        return False
    return tries.counted(session, _key(network, origin, actor), now) >= rules.HOLDS_ASKED


def judge_hold(count: int, *, origin: Origin, answered: bool, asking: bool) -> None:
    """Raise `RefusedAct` where *count* is too many; with *asking* a question comes before that."""
    if origin.by_staff:
        if count > rules.HOLDS_OF_STAFF:
            raise checks.refused(Reason.STAFF_BUSY)
        return
    if count > rules.HOLDS_MOST:
        raise checks.refused(Reason.NETWORK_BUSY)
    if asking and count > rules.HOLDS_ASKED and not answered:
        raise checks.refused(Reason.QUESTION)


def use_answer(session: Session, *, challenge: str, now: datetime) -> bool:
    """Tell whether the challenge is answered for the first time, and count it."""
    return tries.count(session, f"answer to {challenge}", now) <= ONCE


def check_people(
    session: Session, *, person_ids: Collection[UUID], origin: Origin, now: datetime
) -> None:
    """Raise `RefusedAct` where one of the people was booked too often online in this window."""
    if origin.by_staff:
        return
    counts = [tries.count(session, f"booking of {one}", now) for one in sorted(person_ids)]
    if max(counts, default=0) > rules.BOOKINGS_OF_PERSON:
        raise checks.refused(Reason.PERSON_BUSY)


def _key(network: str, origin: Origin, actor: Actor) -> str:
    return f"holds of staff {actor.id}" if origin.by_staff else f"holds from {network}"
