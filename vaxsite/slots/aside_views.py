"""The manager's page on which times of a session are set aside for a group, and what went on."""

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.eligibility import queries as eligibility
from vaxsite.slots import queries, schemas, setting_aside
from vaxsite.slots.queries import SessionView
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page

bp = Blueprint("set_aside", __name__, template_folder="templates")
EVERYBODY = "everybody"


@bp.get("/manage/sessions/<int:session_id>/set-aside")
@access(Permission.SESSION_WRITE)
def show(session_id: int) -> Response:
    """Show for whom each time is, and what went on."""
    return _show(_own(session_id), blank_form(schemas.SetAsideForm()))


@bp.post("/manage/sessions/<int:session_id>/set-aside")
@access(Permission.SESSION_WRITE)
def set_aside(session_id: int) -> Response:
    """Set the chosen times aside for the group, or open them to everybody."""
    held, form = _own(session_id), read_form(schemas.SetAsideForm())
    if not form.ok:
        return _show(held, form)
    group = form.values["group"]
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        setting_aside.set_aside(
            session,
            session_id=held.id,
            slot_ids=form.values["slots"],
            group_code=None if group == EVERYBODY else group,
            actor=actor,
            now=instant,
        )
    return redirect(url_for("set_aside.show", session_id=session_id, news="done"))


def _own(session_id: int) -> SessionView:
    held = queries.get_session(db.session(), session_id)
    if not current_actor().may(Permission.SESSION_WRITE, held.site_id):
        raise NotFound
    return held


def _show(held: SessionView, form: Form) -> Response:
    groups = eligibility.groups()
    names = {one.code: one.name(current_language()) for one in groups.groups}
    clinic = queries.get_clinic(db.session(), held.site_id)
    return page(
        "slots/set_aside.html",
        title=gettext("Set seats aside"),
        form=form,
        back=url_for("slots.session", session_id=held.id),
        held=held,
        clinic=clinic,
        slots=queries.slots_of_session(db.session(), held.id),
        names=names,
        groups=[one for one in groups.groups if one.valid_on(clinic.local_day(held.starts_at))],
        everybody=EVERYBODY,
        steps=setting_aside.steps(),
        releases=setting_aside.releases(db.session(), session_id=held.id),
        news=request.args.get("news"),
    )
