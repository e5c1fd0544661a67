"""The waiting list as the staff of a clinic see it: the order, and who has an offer."""

from flask import request
from werkzeug.wrappers import Response

from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.eligibility import queries as eligibility
from vaxsite.slots import queries as slots
from vaxsite.stock import queries as stock
from vaxsite.waiting_list import queries
from vaxsite.waiting_list.views import shown
from vaxsite.waiting_list.views.blueprint import bp
from vaxsite.web.access import access, current_actor
from vaxsite.web.db import db
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page


@bp.get("/clinic/waiting")
@access(Permission.BOOKING_READ)
def listed() -> Response:
    """Show who waits for seats of the clinic, in the order of the list. No names."""
    session = db.session()
    site_ids = current_actor().sites(Permission.BOOKING_READ)
    clinics = slots.clinics(session, site_ids=site_ids)
    site = _chosen(clinics)
    found = queries.of_site(session, site_id=site.site_id)
    return page(
        "waiting_list/listed.html",
        title=_("Waiting list"),
        site=site,
        sites=clinics,
        entries=found,
        people=queries.count_at(session, site_id=site.site_id),
        offers={one.id: queries.open_offer(session, entry_id=one.id) for one in found},
        labels={one.state: shown.state_label(one.state) for one in found},
        colours=shown.COLOURS,
        groups={one.code: one for one in eligibility.groups().groups},
        products={one.id: one for one in stock.products(session)},
        notices=shown.notices(),
    )


def _chosen(clinics: list[slots.ClinicView]) -> slots.ClinicView:
    code = request.args.get("site")
    found = [one for one in clinics if code in (None, one.code)]
    if not found:
        raise NotFound
    return found[0]
