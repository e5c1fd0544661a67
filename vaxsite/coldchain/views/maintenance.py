"""The page on which people say that they work on a unit, and that they are done."""

from datetime import timedelta

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

from sensors.domain.units import MaintenanceKind
from sensors.store.transaction import transaction
from vaxsite.coldchain import rules, schemas
from vaxsite.coldchain.queries import maintenance as windows
from vaxsite.coldchain.queries import places
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.coldchain.views.blueprint import bp, namer
from vaxsite.core import maintenance as acts
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page

SHOWN = timedelta(days=90)


@bp.get("/coldchain/units/<int:unit_id>/maintenance")
@access(Permission.COLDCHAIN_READ)
def maintenance(unit_id: int) -> Response:
    """Show who works on the unit, or worked on it lately."""
    return _page(unit_id, blank_form(schemas.MaintenanceSchema(), minutes="60"))


@bp.post("/coldchain/units/<int:unit_id>/maintenance")
@access(Permission.UNIT_WRITE)
def begin_maintenance(unit_id: int) -> AnyResponse:
    """Write down that people work on the unit from now on, for how long and why."""
    form = read_form(schemas.MaintenanceSchema())
    if not form.ok:
        return _page(unit_id, form)
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        acts.begin(
            session,
            unit_id=_mine(unit_id).unit_id,
            kind=form.values["kind"],
            reason=form.values["reason"],
            until=instant + timedelta(minutes=form.values["minutes"]),
            actor=actor,
            now=instant,
        )
    return redirect(url_for("coldchain.maintenance", unit_id=unit_id), 303)


@bp.post("/coldchain/units/<int:unit_id>/maintenance/end")
@access(Permission.UNIT_WRITE)
def end_maintenance(unit_id: int) -> AnyResponse:
    """Write down that the work is over."""
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        acts.end(session, unit_id=_mine(unit_id).unit_id, actor=actor, now=instant)
    return redirect(url_for("coldchain.maintenance", unit_id=unit_id), 303)


def _mine(unit_id: int) -> UnitName:
    """Return a unit that the actor may change; what they may not is absent."""
    actor = current_actor()
    unit = places.get_unit(db.session(), actor=actor, unit_id=unit_id)
    if not actor.may(Permission.UNIT_WRITE, unit.site_id):
        raise NotFound
    return unit


def _page(unit_id: int, form: Form) -> Response:
    actor, instant = current_actor(), now()
    unit = places.get_unit(db.session(), actor=actor, unit_id=unit_id)
    lately = windows.list_work(db.session(), unit_id=unit_id, since=instant - SHOWN)
    return page(
        "coldchain/maintenance.html",
        title=gettext("Work on %(unit)s", unit=unit.name(current_language())),
        back=url_for("coldchain.unit", unit_id=unit_id),
        form=form,
        unit=unit,
        going_on=[work for work in lately if work.goes_on(instant)],
        over=[work for work in lately if not work.goes_on(instant)],
        named=namer(who for work in lately for who in (work.entered_by, work.ended_by)),
        kinds=list(MaintenanceKind),
        kind_labels=rules.MAINTENANCE,
        may_change=actor.may(Permission.UNIT_WRITE, unit.site_id),
    )
