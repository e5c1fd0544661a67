"""When seats of a trickle become bookable: a schedule that follows from a secret. Pure.

Scripts watch for the moment at which many seats come at once. In a trickle they come in small
portions at moments that nobody can know before and anybody can recompute afterwards
(docs/trickle.md, docs/trickle_check.py).
"""

import hashlib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

PORTION_SEATS = 4  # Small, and enough for a household of two with both doses looked for.
FIRST_MINUTE, LAST_MINUTE = time(7), time(22)  # By the clinic's clock: nobody sits up at night.
WINDOW_HOURS = (24, 48, 72)  # What a manager may choose.
# Whatever the window, a slot's seats are all bookable a day before it: it is the last step of
# spill.toml too, and who books later than that finds what is left.
LEAD = timedelta(hours=24)
HEADING = "vaxsite-trickle-1"
STAMP = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Lot:
    """The seats of one slot, before any is taken."""

    starts_at: datetime
    seats: int


@dataclass(frozen=True, slots=True)
class Portion:
    """Some seats of one slot that become bookable together."""

    starts_at: datetime  # Of the slot.
    number: int  # From 1.
    seats: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything that the schedule follows from; its text is committed to before it begins."""

    secret: str
    session_id: int
    begins_at: datetime  # [begins_at, ends_at): the window.
    ends_at: datetime
    timezone: str
    lots: tuple[Lot, ...]
    first: time = FIRST_MINUTE
    last: time = LAST_MINUTE
    portion: int = PORTION_SEATS

    @property
    def text(self) -> str:
        """The text that is kept secret until all seats are out, line by line."""
        return "\n".join(
            [
                HEADING,
                f"secret {self.secret}",
                f"session {self.session_id}",
                f"window {stamp(self.begins_at)} {stamp(self.ends_at)}",
                f"clock {self.first:%H:%M} {self.last:%H:%M} {self.timezone}",
                f"portion {self.portion}",
                *(f"slot {stamp(lot.starts_at)} {lot.seats}" for lot in self.lots),
                "",
            ]
        )

    @property
    def digest(self) -> str:
        """The commitment: SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def stamp(at: datetime) -> str:
    """Write an instant to the second, in UTC."""
    return at.astimezone(UTC).strftime(STAMP)


def schedule(terms: Terms) -> list[Portion]:
    """Return every portion of every slot, each seat in one of them."""
    minutes = _minutes(terms)
    found = []
    for lot in terms.lots:
        limit = max(terms.begins_at, min(terms.ends_at, lot.starts_at - LEAD))
        choice = minutes[: bisect_left(minutes, limit)]
        sizes = _sizes(lot.seats, terms.portion)
        for number, seats in enumerate(sizes, start=1):
            due_at = choice[_place(terms, lot, number, len(choice))] if choice else limit
            found.append(Portion(lot.starts_at, number, seats, due_at))
    return found


def _place(terms: Terms, lot: Lot, number: int, count: int) -> int:
    """Draw one of *count* minutes; of 256 bits the remainder favours none that anybody notices."""
    drawn = hashlib.sha256(f"{terms.secret} {stamp(lot.starts_at)} {number}".encode())
    return int(drawn.hexdigest(), 16) % count


def _sizes(seats: int, portion: int) -> Sequence[int]:
    whole, rest = divmod(seats, portion)
    return [portion] * whole + [rest] * (rest > 0)


def _minutes(terms: Terms) -> list[datetime]:
    """Return the whole minutes of the window that lie within the hours of the clinic's clock."""
    zone = ZoneInfo(terms.timezone)
    at = terms.begins_at.replace(second=0, microsecond=0)
    found = []
    while at < terms.ends_at:
        if at >= terms.begins_at and terms.first <= at.astimezone(zone).time() < terms.last:
            found.append(at)
        at += timedelta(minutes=1)
    return found


def read_terms(text: str) -> Terms:
    """Read the text again; raise `ValueError` where it is none."""
    heading, *lines = text.splitlines()
    if heading != HEADING:
        raise ValueError("not a trickle")
    words = [line.split(" ") for line in lines]
    (secret,), (session_id,), (begins, ends), (first, last, timezone), (portion,) = (
        one[1:] for one in words[:5]
    )
    return Terms(
        secret,
        int(session_id),
        _instant(begins),
        _instant(ends),
        timezone,
        tuple(Lot(_instant(at), int(seats)) for _, at, seats in words[5:]),
        time.fromisoformat(first),
        time.fromisoformat(last),
        int(portion),
    )


def _instant(text: str) -> datetime:
    return datetime.strptime(text, STAMP).replace(tzinfo=UTC)
