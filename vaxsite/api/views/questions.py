"""Questions against programs that nobody need remember: signed, and each answered once."""

import secrets
from typing import Any

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy.orm import Session

from vaxsite.api import rules
from vaxsite.booking.services import limits
from vaxsite.waiting_room.rules import PUZZLE_BITS, puzzle_solved
from vaxsite.web.clock import now

CHALLENGE_BYTES = 12


def new() -> dict[str, Any]:
    """Return a fresh question. Any: JSON."""
    return {"challenge": _signer().dumps(secrets.token_hex(CHALLENGE_BYTES)), "bits": PUZZLE_BITS}


def answered(store: Session, answer: dict[str, str] | None) -> bool:
    """Tell whether one of our questions was answered, lately and for the first time."""
    if answer is None:
        return False
    challenge = answer["challenge"]
    try:
        _signer().loads(challenge, max_age=rules.TOO_OFTEN_S)
    except BadData:
        return False
    return puzzle_solved(challenge, answer["solved"]) and limits.use_answer(
        store, challenge=challenge, now=now()
    )


def _signer() -> URLSafeTimedSerializer:
    key = current_app.secret_key
    assert key is not None, "the root sets it"
    return URLSafeTimedSerializer(key, salt="question of the api")
