"""The blueprint of the pages about plans, and what all of them ask."""

from flask import Blueprint

from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.plans import queries
from vaxsite.slots import queries as slots
from vaxsite.web.access import current_actor
from vaxsite.web.db import db

bp = Blueprint(
    "plans",
    __name__,
    template_folder="../templates",
    static_folder="../static",
    static_url_path="/static/plans",
)


def own_plan(plan_id: int) -> queries.PlanView:
    """Return a plan of which every site is the manager's; `NotFound` for every other one."""
    found = queries.get_plan(db.session(), plan_id)
    actor = current_actor()
    if not all(actor.may(Permission.SESSION_WRITE, one) for one in found.template.site_ids):
        raise NotFound
    return found


def own_clinics(*permissions: Permission) -> dict[int, slots.ClinicView]:
    """Return the clinics at which the actor has one of the permissions."""
    actor = current_actor()
    site_ids = {site for one in permissions for site in actor.sites(one)}
    return {one.site_id: one for one in slots.clinics(db.session(), site_ids=site_ids)}
