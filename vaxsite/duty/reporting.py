"""Where gateways report what became of a message: JSON in, nothing out.

A gateway is known by `Authorization: Bearer <token>` and by nothing else, so no token of a session
is needed. Whatever message is named, the answer is the same: 204, after the commit.
"""

from typing import Any

from flask import Blueprint, Response, request
from marshmallow import ValidationError

from sensors.store.transaction import transaction
from vaxsite.core.decisions import N_
from vaxsite.core.errors import DomainError
from vaxsite.duty import delivery
from vaxsite.duty.schemas import ReportSchema
from vaxsite.web import clock, csrf
from vaxsite.web.access import public
from vaxsite.web.bearer import bearer_token, unknown_bearer
from vaxsite.web.db import db
from vaxsite.web.language import gettext
from vaxsite.web.openapi import Described, describe

bp = Blueprint("delivery", __name__, url_prefix="/api/v1")
MOST_BYTES = 4096  # A report names one message.


class NotAReport(DomainError):
    """The body is not a report."""

    sentence = N_('Send {"key": "...", "outcome": "delivered" or "failed"} as JSON.')
    status = 422


@bp.post("/deliveries")
@public
@csrf.exempt
@describe(
    Described(
        summary="Report what became of a message",
        bearer=True,
        body=ReportSchema,
        answers={204: None},
        problems=(401, 422, 503),
    )
)
def receive() -> Response:
    """Take one report in."""
    session = db.session()
    token = bearer_token()
    channel = delivery.channel_of(session, token) if token else None
    if channel is None:
        return unknown_bearer(gettext("Send the token of a gateway as Authorization: Bearer."))
    given = _report()
    with transaction(session):
        delivery.report(
            session,
            channel=channel,
            key=given["key"],
            outcome=given["outcome"],
            now=clock.now(),
        )
    return Response(status=204)


def _report() -> dict[str, Any]:  # Any: as the schema gives it.
    if (request.content_length or 0) > MOST_BYTES:
        raise NotAReport
    try:
        return dict(ReportSchema().load(request.get_json(force=True, silent=True) or {}))
    except ValidationError as err:
        raise NotAReport from err
