"""The register of probes: all of them by site, and one with its places and certificates."""

from itertools import groupby

from flask import Response, url_for

from vaxsite.coldchain.certified import VALIDITIES, Validity
from vaxsite.coldchain.profiles import PROFILES
from vaxsite.coldchain.queries import certificates, places
from vaxsite.coldchain.queries import probes as queries
from vaxsite.coldchain.views.blueprint import bp, namer
from vaxsite.core.permissions import Permission
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.components.content import Colour
from vaxsite.web.db import db
from vaxsite.web.language import gettext
from vaxsite.web.page import page

COLOURS: dict[Validity, Colour] = {
    Validity.NONE: "red",
    Validity.EXPIRED: "red",
    Validity.RUNS_OUT: "orange",
    Validity.GOOD: "green",
}


@bp.get("/coldchain/probes")
@access(Permission.COLDCHAIN_READ)
def probes() -> Response:
    """List the units of each site with the probes in them, and the probes that hang nowhere."""
    actor, instant = current_actor(), now()
    found = queries.list_probes(db.session(), actor=actor, now=instant)
    units = places.units_by_id(db.session(), actor=actor).values()
    return page(
        "coldchain/probes.html",
        title=gettext("Units and probes"),
        sites=[(site_id, list(own)) for site_id, own in groupby(units, lambda one: one.site_id)],
        inside={
            unit.unit_id: [one for one in found if one.unit and one.unit.unit_id == unit.unit_id]
            for unit in units
        },
        spare=[one for one in found if one.unit is None],
        may_change=actor.may(Permission.UNIT_WRITE),
        validities=VALIDITIES,
        colours=COLOURS,
        profiles=PROFILES,
    )


@bp.get("/coldchain/probes/<int:sensor_id>")
@access(Permission.COLDCHAIN_READ)
def probe(sensor_id: int) -> Response:
    """Show one probe: where it is and was, and what calibrates it."""
    actor, instant = current_actor(), now()
    store = db.session()
    found = queries.get_probe(store, actor=actor, sensor_id=sensor_id, now=instant)
    stays = queries.list_stays(store, actor=actor, sensor_id=sensor_id)
    papers = certificates.list_certificates(store, sensor_id=sensor_id)
    people = [who for stay in stays for who in (stay.moved_by, stay.left_by)]
    people += [who for one in papers for who in (one.entered_by, one.withdrawn_by)]
    return page(
        "coldchain/probe.html",
        title=gettext("Probe %(name)s", name=found.name),
        back=url_for("coldchain.probes"),
        probe=found,
        stays=stays,
        certificates=papers,
        may_change=actor.may(Permission.UNIT_WRITE, found.last.site_id),
        validities=VALIDITIES,
        colours=COLOURS,
        named=namer(people),
    )
