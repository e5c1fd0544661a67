"""Who is let through to booking, and when: an order, a rate, and an honest answer. Pure."""

import hashlib
import hmac
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sensors.domain.states import Move, StateMachine
from vaxsite.core.decisions import N_

RULE = "waiting room"
RATE_MAX = 10_000  # People a minute.
PLACES_A_NETWORK = 100  # A carrier puts many phones behind one address; a script has thousands.
ADMITTED_FOR = timedelta(minutes=30)  # Booking takes about five.
SEEN_EVERY = timedelta(minutes=1)  # How exactly it is known who still waits: no write a look.
SEEN_LATELY = timedelta(minutes=3)
# A phone of 2018 counts 16,000 hashes in some seconds; a script that wants 1,000 places notices.
PUZZLE_BITS = 14
REFRESH_SOON_S, REFRESH_LATER_S = 10, 30


class OpeningState(StrEnum):
    """People gather, places are drawn and the line moves, it is over."""

    GATHERING = "gathering"
    OPEN = "open"
    ENDED = "ended"


OPENINGS = StateMachine(
    name="opening",
    initial=OpeningState.GATHERING,
    owners={OpeningState.GATHERING: "worker", OpeningState.OPEN: "manager"},
    moves=(
        Move(OpeningState.GATHERING, OpeningState.OPEN, "opening:draw-places"),
        Move(OpeningState.GATHERING, OpeningState.ENDED, "opening:end"),
        Move(OpeningState.OPEN, OpeningState.ENDED, "opening:end"),
    ),
    labels={
        OpeningState.GATHERING: ("People gather", "等候开放"),
        OpeningState.OPEN: ("The line moves", "排队放行中"),
        OpeningState.ENDED: ("Ended", "已结束"),
    },
)


class Check(StrEnum):
    """What is asked before somebody gets a place."""

    NONE = "none"
    PUZZLE = "puzzle"  # The browser counts, or the person answers a small sum.


class Stand(StrEnum):
    """How it stands with one browser."""

    NO_ROOM = "no_room"
    OUTSIDE = "outside"
    GATHERING = "gathering"
    WAITING = "waiting"
    ADMITTED = "admitted"
    OVER = "over"


# Who may take a place, for the first time or again.
LEFT_OUT = frozenset({Stand.OUTSIDE, Stand.OVER})


class Reason(StrEnum):
    """Why a waiting room or a place is not to be had."""

    TIMES_ORDER = "times_order"
    IN_THE_PAST = "in_the_past"
    RATE_RANGE = "rate_range"
    OVERLAPS = "overlaps"
    NETWORK_FULL = "network_full"
    WRONG_ANSWER = "wrong_answer"


SENTENCES: Mapping[StrEnum, str] = {
    Reason.TIMES_ORDER: N_("People gather first, then booking opens, then it ends."),
    Reason.IN_THE_PAST: N_("This moment is over. Choose a later one."),
    Reason.RATE_RANGE: N_("From 1 to %(most)s people are let in each minute."),
    Reason.OVERLAPS: N_("There is a waiting room at that time already."),
    Reason.NETWORK_FULL: N_(
        "Very many people from your network wait already. "
        "Try again later, use another connection, or call the clinic: it books at the same time."
    ),
    Reason.WRONG_ANSWER: N_("That is not the sum. Here is another one."),
}


@dataclass(frozen=True, slots=True)
class Pace:
    """How the line moves: *base* places were let in at *since*, then *per_minute* each minute."""

    base: int
    since: datetime
    per_minute: int

    def let_in(self, now: datetime) -> int:
        """Return up to which place people are let in at *now*."""
        passed = max(0.0, (now - self.since).total_seconds())
        return self.base + math.floor(passed * self.per_minute / 60)

    def wait(self, place: int, now: datetime) -> timedelta:
        """Return how long until *place* is let in, at this pace: nobody is promised more."""
        ahead = max(0, place - self.let_in(now))
        return timedelta(seconds=math.ceil(ahead * 60 / self.per_minute))

    def changed(self, per_minute: int, now: datetime) -> "Pace":
        """Return the pace from *now* on; nobody who was let in is put back."""
        return Pace(self.let_in(now), now, per_minute)


def drawn_order(seed: str, ids: Iterable[UUID]) -> list[UUID]:
    """Return those who came before the opening in the order drawn: by HMAC-SHA256 of their id."""
    key = bytes.fromhex(seed)
    return sorted(ids, key=lambda one: hmac.new(key, one.bytes, hashlib.sha256).digest())


def puzzle_solved(challenge: str, answer: str) -> bool:
    """Tell whether SHA-256 of `challenge:answer` begins with as many zero bits as asked."""
    if len(answer) > 20:
        return False
    found = hashlib.sha256(f"{challenge}:{answer}".encode()).digest()
    return int.from_bytes(found, "big") >> (256 - PUZZLE_BITS) == 0


def numbers_of(challenge: str) -> tuple[int, int]:
    """Return the two numbers of the sum that a person may answer instead of the puzzle."""
    found = hashlib.sha256(f"sum of {challenge}".encode()).digest()
    return 2 + found[0] % 8, 2 + found[1] % 8


def sum_right(challenge: str, typed: str) -> bool:
    """Tell whether *typed* is the sum, in whatever digits."""
    return typed.strip().isdecimal() and int(typed) == sum(numbers_of(challenge))
