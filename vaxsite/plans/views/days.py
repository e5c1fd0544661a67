"""Pages about closed days: public holidays with their source, and each clinic's own word."""

from flask import redirect, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.core.permissions import Permission
from vaxsite.plans import queries, schemas
from vaxsite.plans.rules.holidays import holidays
from vaxsite.plans.services import drafting
from vaxsite.plans.views.blueprint import bp, own_clinics
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page


@bp.get("/manage/days")
@access(Permission.SESSION_WRITE)
def days() -> Response:
    """List closed and opened days to come, and ask for another one."""
    clinics = own_clinics(Permission.SESSION_WRITE)
    initial = {"site": str(next(iter(clinics)))} if len(clinics) == 1 else {}
    return _days(blank_form(schemas.DayForm(), opened="false", **initial))


@bp.post("/manage/days")
@access(Permission.SESSION_WRITE)
def set_day() -> Response:
    """Write down that a clinic is closed or open on a day."""
    form, actor, instant = read_form(schemas.DayForm()), current_actor(), now()
    if not form.ok:
        return _days(form)
    values = form.values
    with transaction(db.session()) as session:
        drafting.set_day(
            session,
            site_id=values["site"],
            day=values["day"],
            opened=values["opened"],
            reason=values["reason"],
            actor=actor,
            now=instant,
        )
    return redirect(url_for("plans.days"))


@bp.post("/manage/days/<int:day_id>/clear")
@access(Permission.SESSION_WRITE)
def clear_day(day_id: int) -> Response:
    """Take back what a clinic said of a day."""
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        drafting.clear_day(session, day_id=day_id, actor=actor, now=instant)
    return redirect(url_for("plans.days"))


def _days(form: Form) -> Response:
    clinics = own_clinics(Permission.SESSION_WRITE)
    today = now().date()
    return page(
        "plans/days.html",
        title=_("Closed days"),
        back=url_for("plans.index"),
        form=form,
        clinics=clinics,
        days=queries.site_days(db.session(), site_ids=set(clinics), since=today),
        holidays=[one for one in holidays() if one.last_on >= today],
    )
