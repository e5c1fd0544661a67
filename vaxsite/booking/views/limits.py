"""The limits of holds as the pages keep them, with a question before somebody is sent away.

The browser counts hashes by itself, or the person answers a small sum: as in the waiting room.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from flask import current_app, request, session
from sqlalchemy.orm import Session

from sensors.store.transaction import transaction
from vaxsite.booking.services import limits
from vaxsite.booking.views import cookie, doors
from vaxsite.core.networks import network_of
from vaxsite.waiting_room import rules as puzzles
from vaxsite.web.access import current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db

CHALLENGE_BYTES = 12


@dataclass(frozen=True)
class Question:
    """What is asked before the next seat is held."""

    challenge: str
    numbers: tuple[int, int]
    bits: int = puzzles.PUZZLE_BITS


def network() -> str:
    """Return the network that this request came from, behind the proxies that are trusted."""
    return network_of(request.remote_addr)


def check() -> None:
    """Count that this browser asks for a seat; raise `RefusedAct` where that is too often."""
    origin, actor, place, instant = doors.origin(), current_actor(), network(), now()
    with transaction(db.session()) as store:
        count = limits.count_hold(store, network=place, origin=origin, actor=actor, now=instant)
        answered = _answered(store, instant)
    asking = bool(current_app.config["BOOKING_QUESTION"])
    limits.judge_hold(count, origin=origin, answered=answered, asking=asking)


def question() -> Question | None:
    """Return a fresh question where the next hold from this network needs an answer."""
    origin, actor, place, instant = doors.origin(), current_actor(), network(), now()
    if not current_app.config["BOOKING_QUESTION"] or not limits.asks(
        db.session(), network=place, origin=origin, actor=actor, now=instant
    ):
        return None
    challenge = session[cookie.CHALLENGE] = secrets.token_hex(CHALLENGE_BYTES)
    return Question(challenge, puzzles.numbers_of(challenge))


def _answered(store: Session, instant: datetime) -> bool:
    """Tell whether the question of this browser was answered, for the first time."""
    challenge: str | None = session.pop(cookie.CHALLENGE, None)
    if challenge is None:
        return False
    solved, typed = request.form.get("solved", ""), request.form.get("answer", "")
    right = puzzles.puzzle_solved(challenge, solved) or puzzles.sum_right(challenge, typed)
    return right and limits.use_answer(store, challenge=challenge, now=instant)
