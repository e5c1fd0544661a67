"""Whom an unanswered alert reaches next: a chain of steps, each with its time to answer.

The default numbers are hospital practice (a first responder, again at 15 minutes, then the
manager: pppmag 1154), to be checked by a qualified person against the rules of the place.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

# Somebody who did not hear the last call is called again after this time.
REPEAT_EVERY = timedelta(minutes=30)
STEP_WAIT = timedelta(minutes=15)


class Whom(StrEnum):
    """Who is called in one step."""

    ON_CALL = "on_call"
    SECOND = "second"  # The second person on call.
    CONTACT = "contact"  # One named person.
    ROLE = "role"  # Everybody who holds a role at the site.
    EVERYBODY = "everybody"  # Every address of the site and everybody with a post there.


@dataclass(frozen=True, slots=True)
class Step:
    """One step: who, by which channel (None: each person's first), and the time to answer."""

    whom: Whom
    wait: timedelta = STEP_WAIT
    contact_id: int | None = None
    role: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """The local minutes of a day in which notices go out, [from, until); may cross midnight."""

    from_minute: int
    until_minute: int
    zone: ZoneInfo

    def contain(self, now: datetime) -> bool:
        """Tell whether *now* lies inside."""
        local = now.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        if self.from_minute <= self.until_minute:
            return self.from_minute <= minute < self.until_minute
        return minute >= self.from_minute or minute < self.until_minute


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps in order, and how often the end of the chain calls again; no hours means always."""

    steps: tuple[Step, ...]
    repeat: timedelta = REPEAT_EVERY
    hours: Hours | None = None


# What a site has that has written no chain: everybody at once, again and again.
EVERYBODY_AT_ONCE = Chain((Step(Whom.EVERYBODY, REPEAT_EVERY),))
# What the editor offers to begin with.
DEFAULT_CHAIN = Chain((Step(Whom.ON_CALL), Step(Whom.SECOND), Step(Whom.ROLE, role="manager")))
