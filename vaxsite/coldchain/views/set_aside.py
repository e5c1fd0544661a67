"""Messages of devices that could not be read."""

from flask import Response

from vaxsite.coldchain.queries import places, set_aside
from vaxsite.coldchain.views.blueprint import bp
from vaxsite.core.permissions import Permission
from vaxsite.web.access import access, current_actor
from vaxsite.web.db import db
from vaxsite.web.language import gettext
from vaxsite.web.page import page


@bp.get("/coldchain/set-aside")
@access(Permission.COLDCHAIN_READ)
def payloads() -> Response:
    """Show the messages of devices that could not be read."""
    units_seen = places.units_by_id(db.session(), actor=current_actor())
    zone = next((one.timezone for one in units_seen.values()), "UTC")
    return page(
        "coldchain/set_aside.html",
        title=gettext("Unreadable messages"),
        payloads=set_aside.read_set_aside(db.session()),
        timezone=zone,
    )
