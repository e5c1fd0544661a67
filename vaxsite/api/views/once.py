"""Does what makes something once, however often the same request comes."""

import json
from collections.abc import Callable

from flask import Response, request
from sqlalchemy.orm import Session

from sensors.store.transaction import transaction
from vaxsite.api import rules
from vaxsite.api.services import answers
from vaxsite.api.services.answers import Answer, Asked, KeyTaken
from vaxsite.api.views.requests import read_key
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.web.clock import now
from vaxsite.web.db import db


def once(act: Callable[[Session], Answer], *, before: Callable[[], None] | None = None) -> Response:
    """Do *act* and keep its answer, in one transaction; or answer as the first time.

    What was done before is found out last, by the key of the kept answer or by a refusal: most
    requests come once, and those that come too late cost one read. A repeated act is rolled back.
    *before* may refuse whoever asks for the first time.
    """
    which, session, instant = _asked(), db.session(), now()
    try:
        if before is not None:
            before()
        with transaction(session):
            made = act(session)
            answers.keep(session, which, made, now=instant)
    except (KeyTaken, RefusedAct, NotFound):
        session.close()  # What was read before is older than what another request has done.
        kept = answers.find(session, which)
        if kept is None:
            raise
        made = kept
    return respond(made)


def respond(made: Answer) -> Response:
    """Return *made* as JSON."""
    response = Response(json.dumps(made.body, ensure_ascii=False), status=made.status)
    response.mimetype = "application/json"
    if made.status == 201 and "href" in made.body:
        response.headers["Location"] = made.body["href"]
    return response


def _asked() -> Asked:
    request_text = "\0".join(
        [request.get_data(as_text=True), request.headers.get(rules.HEADER_HOLD, "")]
    )
    operation = str(request.endpoint)
    return answers.asked(operation=operation, key=read_key(), request=request_text)
