"""All of the API together, as the root registers it, and the document that describes it."""

from importlib.metadata import version

from flask import Flask, Response, current_app, jsonify

from vaxsite.api.remembering import Remembering
from vaxsite.api.services.seeking import Seeking
from vaxsite.api.views import appointments, availability, blueprint, holds, queue
from vaxsite.web import openapi
from vaxsite.web.access import public
from vaxsite.web.clock import Clock
from vaxsite.web.openapi import Described, describe

# Importing them is what adds their routes.
VIEWS = (availability, queue, holds, appointments)
bp = blueprint.bp
ABOUT = (
    "Vaccination booking for programs. A booking is two requests: POST /api/v1/holds, then "
    "POST /api/v1/appointments. Refusals are problem+json with a reason for programs and a "
    "sentence for people, in the language of Accept-Language (zh or en). No cookie is "
    "needed. A request that makes something carries an Idempotency-Key: sent again within 24 "
    "hours it is answered as the first time, and done once. A refusal made nothing and may be "
    "sent again with the same key."
)


@bp.get("/openapi.json")
@public
@describe(Described(summary="This document", answers={200: {"type": "object"}}))
def document() -> Response:
    """Describe every route below /api/v1."""
    return jsonify(openapi.document(current_app, version=version("vaxsite"), about=ABOUT))


def init_app(app: Flask, clock: Clock) -> None:
    """Answer reads of free seats before *app* is asked; check that every route is described."""
    app.extensions[holds.SEEKING] = Seeking(clock)
    app.wsgi_app = Remembering(app.wsgi_app, clock)  # type: ignore[method-assign]  # Flask's documented way to wrap.
    openapi.check_described(app)
