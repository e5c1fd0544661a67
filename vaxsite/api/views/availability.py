"""Free seats for everybody, for ever asked anew: see `vaxsite.api.remembering` for the rest."""

import hashlib
import json

from flask import Response

from vaxsite.api import queries, rules
from vaxsite.api.answer_schemas import AvailabilitySchema
from vaxsite.api.queries import Wanted
from vaxsite.api.rules import Reason
from vaxsite.api.schemas import AvailabilityQuery
from vaxsite.api.views.blueprint import bp
from vaxsite.api.views.requests import read_query
from vaxsite.core.errors import NotFound
from vaxsite.web.access import public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.openapi import Described, describe


@bp.get("/availability")
@public
@describe(
    Described(
        summary="Free seats by session and time; at most two seconds old",
        query=AvailabilityQuery,
        answers={200: AvailabilitySchema, 304: None},
        problems=(404, 422, 503),
    )
)
def availability() -> Response:
    """Say which seats are free; the same for everybody, so that caches may keep it."""
    wanted = Wanted(**read_query(AvailabilityQuery()))
    if wanted.site is None and wanted.day is None:
        raise rules.refused(Reason.TOO_WIDE)
    found = queries.availability(db.session(), wanted, now=now())
    if not found["sessions"] and wanted.site and not queries.knows_site(db.session(), wanted.site):
        raise NotFound
    body = json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
    response = Response(body, mimetype="application/json")
    response.headers["Cache-Control"] = f"public, max-age={rules.FRESH_S}"
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    return response
