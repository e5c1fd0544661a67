"""What is blind, in words, with the next step."""

from itertools import groupby

from flask import Response

from sensors.services.outbox import MESSAGES
from vaxsite.coldchain.blind import BLIND_SPOTS, CLOCK_FAULTS, NEXT_STEPS
from vaxsite.coldchain.queries import coverage as queries
from vaxsite.coldchain.views.blueprint import bp
from vaxsite.core.permissions import Permission
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.language import gettext
from vaxsite.web.page import page


@bp.get("/coldchain/coverage")
@access(Permission.COLDCHAIN_READ)
def coverage() -> Response:
    """List what nobody watches, the worst first."""
    actor = current_actor()
    blind = queries.read_coverage(db.session(), actor=actor, now=now())
    return page(
        "coldchain/coverage.html",
        title=gettext("What is blind"),
        groups=[(spot, list(found)) for spot, found in groupby(blind, lambda one: one.spot)],
        words=BLIND_SPOTS,
        steps=NEXT_STEPS,
        may_change=lambda site_id: actor.may(Permission.UNIT_WRITE, site_id),
        clock_words=CLOCK_FAULTS,
        message_states=MESSAGES.labels,
    )
