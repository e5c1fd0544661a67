"""Transmissions over HTTP, in and out: JSON for machines, refusals as problem+json.

A sender is known by `Authorization: Bearer <token>` and by nothing else, so no token of a session
is needed. 2xx is sent after the commit: the readings are ours then (WHO PQS E006/DS01, clause 5).
"""

from datetime import UTC, datetime

from flask import Blueprint, Response, current_app, jsonify, request

from sensors.store.transaction import transaction
from vaxsite.coldchain.queries import places
from vaxsite.core.decisions import N_
from vaxsite.core.errors import DomainError
from vaxsite.core.permissions import Permission
from vaxsite.exchange import queries, rules, services
from vaxsite.exchange.schemas import AcceptedSchema, PeriodQuery
from vaxsite.web import clock, csrf
from vaxsite.web.access import access, current_actor, public
from vaxsite.web.bearer import bearer_token, unknown_bearer
from vaxsite.web.db import db
from vaxsite.web.language import gettext
from vaxsite.web.openapi import Described, describe

bp = Blueprint("exchange", __name__, url_prefix="/api/v1/cce")


class TooLarge(DomainError):
    """More than a transmission may have."""

    sentence = N_("A transmission has at most 1 MB as it is sent. Send several.")
    status = 413


class WrongEncoding(DomainError):
    """Packed in a way that we do not unpack, or not packed as it says."""

    sentence = N_("Send the body as it is, or packed by gzip with Content-Encoding: gzip.")
    status = 415


class WrongPeriod(DomainError):
    """since and until are not two instants in order."""

    sentence = N_("Give since and until as times with an offset, the earlier one first.")
    status = 422


@bp.post("/transmissions")
@public
@csrf.exempt
@describe(
    Described(
        summary="Take in a transmission of WHO/UNICEF cce-interop 0.8.1",
        bearer=True,
        body={"type": "object"},
        answers={200: AcceptedSchema},
        problems=(401, 413, 415, 422, 503),
    )
)
def receive() -> Response:
    """Take one transmission in."""
    session = db.session()
    token = bearer_token()
    source_id = services.find_source(session, token) if token else None
    if source_id is None:
        return unknown_bearer(gettext("Send the token of a source as Authorization: Bearer."))
    body = _body()
    with transaction(session):
        accepted = services.accept(session, source_id=source_id, body=body, now=clock.now())
    return jsonify(
        {
            "transferId": services.transfer_id(body),
            "new": accepted.new,
            "duplicates": accepted.duplicates,
            "unknown": list(accepted.unknown),
        }
    )


def _body() -> bytes:
    body = request.get_data(cache=False)
    if len(body) > rules.MAX_SENT_BYTES:
        raise TooLarge
    encoding = request.headers.get("Content-Encoding", "identity").lower()
    if encoding == "identity":
        return body
    if encoding != "gzip":
        raise WrongEncoding
    try:
        return rules.unpacked(body)
    except rules.TooMuchUnpacked as err:
        raise TooLarge from err
    except rules.NotPacked as err:
        raise WrongEncoding from err


@bp.get("/units/<int:unit_id>")
@access(Permission.COLDCHAIN_READ)
@describe(
    Described(
        summary="What one unit read during a period, as a transmission; for signed-in staff",
        query=PeriodQuery,
        answers={200: {"type": "object"}, 204: None},
        problems=(401, 403, 404, 422, 503),
    )
)
def unit(unit_id: int) -> Response:
    """Give what one unit read during [since, until) as a transmission."""
    session = db.session()
    places.get_unit(session, actor=current_actor(), unit_id=unit_id)
    since, until = _instant("since"), _instant("until")
    if since >= until:
        raise WrongPeriod
    found = queries.appliances(session, unit_id, since=since, until=until)
    if not any(one.records for one in found):
        return Response(status=204)
    made = rules.transmission(
        found,
        transfer_id=f"unit:{unit_id}:{int(since.timestamp())}:{int(until.timestamp())}",
        source=current_app.config["PUBLIC_URL"],
        sent_at=clock.now(),
    )
    return jsonify(made)


def _instant(name: str) -> datetime:
    # A plus sign that was not escaped arrives as a space.
    text = request.args.get(name, "").replace(" ", "+")
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise WrongPeriod
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as err:
        raise WrongPeriod from err
