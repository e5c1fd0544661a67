"""What a resident's browser keeps between pages, signed: answers and a secret, never a number.

The birth date, the occupation and whether there is an illness are kept while the browser is open,
because each page needs them. Names, numbers, phones and addresses travel only in the forms.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import session

from vaxsite.booking.rules import holder_hash
from vaxsite.eligibility.rules import Attributes, Occupation, OnRoster

ANSWERS = "book"
HOLDER = "holder"
BOOKING = "booking"
FAMILY = "family"
INVITATION = "invitation"
DOOR = "door"
CHALLENGE = "booking_challenge"
LARGEST_FAMILY = 8  # The cookie has room for more; one look at a page has not.
SECRET_BYTES = 24


@dataclass(frozen=True)
class Answers:
    """What was answered so far; `who` only when nothing is missing."""

    born_on: date | None = None
    occupation: str | None = None
    ill: bool | None = None
    product: int | None = None  # The vaccine, where there is a choice.
    site: int | None = None
    day: date | None = None
    rosters: tuple[OnRoster, ...] = ()  # As they were found by document; asked anew at booking.

    @property
    def who(self) -> Attributes | None:
        """What decides about the turn, once all three questions are answered."""
        if self.born_on is None or self.occupation is None or self.ill is None:
            return None
        return Attributes(self.born_on, Occupation(self.occupation), self.ill, self.rosters)


def answers() -> Answers:
    """Return what this browser has answered."""
    kept = session.get(ANSWERS, {})
    return Answers(
        born_on=_date(kept.get("born_on")),
        occupation=kept.get("occupation"),
        ill=kept.get("ill"),
        product=kept.get("product"),
        site=kept.get("site"),
        day=_date(kept.get("day")),
        rosters=tuple(
            OnRoster(code, date.fromisoformat(begins), _date(ends))
            for code, begins, ends in kept.get("rosters", [])
        ),
    )


def keep(**values: str | int | bool | date) -> None:
    """Keep answers beside those given before."""
    plain = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }
    session[ANSWERS] = {**session.get(ANSWERS, {}), **plain}


def keep_rosters(found: Iterable[OnRoster]) -> None:
    """Keep on which rosters the person is: groups and days, never by which document."""
    plain = [
        (one.group_code, one.valid_from.isoformat(), one.valid_to and one.valid_to.isoformat())
        for one in found
    ]
    session[ANSWERS] = {**session.get(ANSWERS, {}), "rosters": plain}


def has_holder() -> bool:
    """Tell whether this browser has a secret; without one it holds no seats."""
    return HOLDER in session


def holder() -> bytes:
    """Return the hash of this browser's secret, made at the first hold."""
    if not has_holder():
        session[HOLDER] = secrets.token_urlsafe(SECRET_BYTES)
    return holder_hash(session[HOLDER])


def open_booking(appointment_id: UUID) -> None:
    """Let this browser see the appointment: it made it, or knew reference and birth date."""
    session[BOOKING] = str(appointment_id)


def opened_booking() -> UUID | None:
    """Return the appointment that this browser may see."""
    kept = session.get(BOOKING)
    return UUID(kept) if kept else None


def open_invitation(invitation_id: UUID) -> None:
    """Let this browser book with the invitation: it knew code and birth date."""
    session[INVITATION] = str(invitation_id)


def opened_invitation() -> UUID | None:
    """Return the invitation that this browser may use."""
    kept = session.get(INVITATION)
    return UUID(kept) if kept else None


def leave_invitation() -> None:
    """Forget the invitation in this browser."""
    session.pop(INVITATION, None)


def add_relative(appointment_id: UUID) -> None:
    """Let this browser see what is due for the person of the appointment: they knew both."""
    kept = [one for one in session.get(FAMILY, []) if one != str(appointment_id)]
    session[FAMILY] = [*kept, str(appointment_id)][-LARGEST_FAMILY:]


def relatives() -> list[UUID]:
    """Return the appointments of the people whom this browser may see, in their order."""
    opened = session.get(BOOKING)
    kept = [*session.get(FAMILY, []), *([opened] if opened else [])]
    return [UUID(one) for one in dict.fromkeys(kept)]


def forget() -> None:
    """Forget everything about residents in this browser."""
    for name in (ANSWERS, HOLDER, BOOKING, FAMILY, INVITATION, DOOR, CHALLENGE):
        session.pop(name, None)


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
