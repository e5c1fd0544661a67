"""The door between the waiting room and booking: who is let through to `/book`.

Staff who are signed in go through: the phone agent and the counter never wait here. So do the pages
after a seat is held, because nobody who holds a seat is sent back into a line.
"""

import secrets

from flask import Flask, redirect, request, session
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.waiting_room import queries, services
from vaxsite.waiting_room.queries import Standing
from vaxsite.waiting_room.rules import Stand
from vaxsite.web.access import signed_in
from vaxsite.web.clock import now
from vaxsite.web.db import db

PLACE = "queue"
TOKEN_BYTES = 24
ROOM = "/waiting-room"
# Pages that need a seat that is held, or an appointment that is made.
BEHIND = frozenset(
    {
        "/book/another",
        "/book/another/check",
        "/book/details",
        "/book/check",
        "/book/confirm",
        "/book/done",
        "/book/calendar",
        "/book/slip",
    }
)


def token() -> str | None:
    """Return the secret of this browser's place, or None."""
    kept: str | None = session.get(PLACE)
    return kept


def new_token() -> str:
    """Give this browser a secret for a place of its own, and return it."""
    session[PLACE] = secrets.token_urlsafe(TOKEN_BYTES)
    session.permanent = True  # A phone may close its browser while it waits.
    fresh: str = session[PLACE]
    return fresh


def standing(token: str | None) -> Standing:
    """Return where the place with *token* stands; write down when its turn has come."""
    instant = now()
    found = queries.standing(db.session(), token=token, now=instant)
    if not found.note:  # Most looks only read.
        return found
    with transaction(db.session()) as store:
        return services.look(store, token=token, now=instant)


def gated(path: str) -> bool:
    """Tell whether *path* is a page before a seat is held."""
    return (path == "/book" or path.startswith("/book/")) and path not in BEHIND


def _gate() -> Response | None:
    if not gated(request.path) or signed_in() is not None:
        return None
    found = queries.standing(db.session(), token=token(), now=now())
    # Whose turn has come is written down by the waiting room, from when on it lasts a while.
    let_in = found.stand is Stand.ADMITTED and found.until is not None
    return None if let_in or found.stand is Stand.NO_ROOM else redirect(ROOM, 303)


def init_app(app: Flask) -> None:
    """Put the gate before the views of *app*."""
    app.before_request(_gate)
