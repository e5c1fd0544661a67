"""The waiting room for programs: a place by a token instead of a cookie, the same line."""

import secrets
from typing import Any  # Any: JSON.

from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from vaxsite.api import rules
from vaxsite.api.answer_schemas import PlaceSchema, StandingSchema
from vaxsite.api.rules import Reason
from vaxsite.api.schemas import KeyHeaders, PlaceRequest, QueueHeaders
from vaxsite.api.services.answers import Answer
from vaxsite.api.views import questions
from vaxsite.api.views.blueprint import WithMore, bp
from vaxsite.api.views.once import once
from vaxsite.api.views.requests import read_body
from vaxsite.core.networks import network_of
from vaxsite.waiting_room import gate, queries, services
from vaxsite.waiting_room.gate import TOKEN_BYTES
from vaxsite.waiting_room.queries import Standing
from vaxsite.waiting_room.rules import LEFT_OUT, Check, Stand
from vaxsite.waiting_room.views import again_s
from vaxsite.web import csrf
from vaxsite.web.access import public
from vaxsite.web.clock import now
from vaxsite.web.openapi import Described, describe

ADDRESS = "/api/v1/queue"


def check_turn() -> None:
    """Raise `RefusedAct` where a waiting room is on and whoever asks is not let in."""
    found = gate.standing(_token())
    if found.stand in {Stand.NO_ROOM, Stand.ADMITTED}:
        return
    raise WithMore(rules.refused(Reason.WAIT_FIRST), queue={"href": ADDRESS, **_standing(found)})


@bp.get("/queue")
@public
@describe(
    Described(
        summary="Where a place in the waiting room before booking stands",
        headers=QueueHeaders,
        answers={200: StandingSchema},
        problems=(422,),
    )
)
def standing() -> Response:
    """Say where the place stands, and the question that a new one needs."""
    return jsonify(_standing(gate.standing(_token())))


@bp.post("/queue")
@public
@csrf.exempt
@describe(
    Described(
        summary="Take a place in the waiting room before booking",
        headers=KeyHeaders,
        body=PlaceRequest,
        answers={201: PlaceSchema, 200: StandingSchema},
        problems=(400, 403, 413, 415, 422, 429),
    )
)
def join() -> Response:
    """Give a place and its token."""
    answer = read_body(PlaceRequest())["answer"]
    return once(lambda store: _join(store, answer))


def _join(store: Session, answer: dict[str, str] | None) -> Answer:
    instant = now()
    services.draw_places_due(store, now=instant)
    opening = queries.current(store, now=instant)
    if opening is None:
        return Answer(200, _standing(Standing(Stand.NO_ROOM)))
    if opening.check is Check.PUZZLE and not questions.answered(store, answer):
        raise rules.refused(Reason.WRONG_ANSWER)
    token, network = secrets.token_urlsafe(TOKEN_BYTES), network_of(request.remote_addr)
    services.join(store, token=token, network=network, now=instant)
    found = services.look(store, token=token, now=instant)
    return Answer(201, {**_standing(found), "token": token})


def _token() -> str | None:
    return request.headers.get(rules.HEADER_QUEUE)


def _standing(found: Standing) -> dict[str, Any]:
    asks = found.opening is not None and found.opening.check is Check.PUZZLE
    return {
        "stand": found.stand.value,
        "ahead": found.ahead,
        "wait_s": int(found.wait.total_seconds()),
        "again_s": again_s(found),
        "question": questions.new() if asks and found.stand in LEFT_OUT else None,
    }
