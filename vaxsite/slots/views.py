"""The manager's pages about sessions: plan with a preview, publish, call off, see the seats."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.slots import queries, releasing, schemas, services
from vaxsite.slots.rules import (
    DOSES_LABELS,
    SESSIONS,
    PlannedSession,
    Reason,
    SessionPlan,
    SessionState,
)
from vaxsite.slots.trickling import WINDOW_HOURS
from vaxsite.stock import queries as stock
from vaxsite.web.access import access, current_actor, public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form, typed_fields
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.page import page

bp = Blueprint(
    "slots",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/slots",
)

COLOURS = {
    SessionState.PLANNED: "yellow",
    SessionState.PUBLISHED: "green",
    SessionState.CLOSED: "orange",
    SessionState.CANCELLED: "grey",
}
# The field beside which a refusal is shown; the start for all that concern the time.
FIELDS = {
    Reason.MINUTES_RANGE: "minutes",
    Reason.NO_SLOT_FITS: "minutes",
    Reason.SEATS_RANGE: "seats",
    Reason.ENDS_BEFORE_START: "ends",
    Reason.TOO_FAR: "day",
    Reason.UNKNOWN_PRODUCT: "product",
}


@bp.get("/manage")
@access(Permission.SESSION_WRITE, Permission.PHASE_WRITE)
def manage() -> Response:
    """Show what a manager can do."""
    return page("slots/manage.html", title=gettext("Manage the vaccination"))


@bp.get("/manage/sessions")
@access(Permission.SESSION_WRITE)
def sessions() -> Response:
    """List the sessions to come: by clinic and day, the coming week first."""
    site_ids = current_actor().sites(Permission.SESSION_WRITE)
    return page(
        "slots/sessions.html",
        title=gettext("Sessions"),
        back="/manage",
        clinics=queries.sessions_by_clinic(db.session(), site_ids=site_ids, now=now()),
        labels=_labels(),
        colours=COLOURS,
    )


@bp.get("/manage/sessions/plan")
@access(Permission.SESSION_WRITE)
def plan_form() -> Response:
    """Ask for the session."""
    clinics = _clinics()
    initial = {"site": str(next(iter(clinics)))} if len(clinics) == 1 else {}
    return _plan(blank_form(schemas.PlanForm(), minutes="30", seats="10", **initial))


@bp.post("/manage/sessions/plan")
@access(Permission.SESSION_WRITE)
def plan() -> Response:
    """Show what the plan comes to; with `save` store it, with `edit` go back to the form."""
    form = read_form(schemas.PlanForm())
    if "edit" in request.form or not form.ok:
        return _plan(blank_form(schemas.PlanForm(), **form.raw) if form.ok else form)
    try:
        if "save" in request.form:
            return redirect(url_for("slots.session", session_id=_save(form)))
        return _preview(form)
    except RefusedAct as refused:
        field = FIELDS.get(Reason(refused.decision.reason), "starts")
        form.fail(field, explain(refused.sentence, refuse_detail(refused)))
    return _plan(form)


@bp.get("/manage/sessions/<int:session_id>")
@access(Permission.SESSION_WRITE)
def session(session_id: int) -> Response:
    """Show a session with its slots."""
    return _session_page(_session(session_id), blank_form(schemas.AddedForm()))


@bp.post("/manage/sessions/<int:session_id>/added")
@access(Permission.SESSION_WRITE)
def limit_added(session_id: int) -> Response:
    """Say how many seats staff may add to each time."""
    found, form = _session(session_id), read_form(schemas.AddedForm())
    actor, instant = current_actor(), now()
    if form.ok:
        try:
            with transaction(db.session()) as store:
                services.limit_added(
                    store,
                    session_id=session_id,
                    limit=form.values["limit"],
                    actor=actor,
                    now=instant,
                )
        except RefusedAct as refused:
            form.fail("limit", explain(refused.sentence, refuse_detail(refused)))
    if not form.ok:
        return _session_page(found, form)
    return redirect(url_for("slots.session", session_id=session_id))


def _session_page(found: queries.SessionView, form: Form) -> Response:
    slots = queries.slots_of_session(db.session(), found.id)
    return page(
        "slots/session.html",
        title=gettext("Session"),
        back=url_for("slots.sessions"),
        found=found,
        form=form,
        clinic=queries.get_clinic(db.session(), found.site_id),
        slots=slots,
        limit=max((slot.overbook_limit for slot in slots), default=0),
        label=_labels()[found.state],
        colour=COLOURS[found.state],
        doses_labels=DOSES_LABELS,
        windows=WINDOW_HOURS,
        trickles=releasing.trickles(db.session(), session_id=found.id),
    )


@bp.post("/manage/sessions/<int:session_id>/publish")
@access(Permission.SESSION_WRITE)
def publish(session_id: int) -> Response:
    """Offer the session to the public, its seats at once or in portions."""
    _session(session_id)
    form, actor, instant = read_form(schemas.ReleaseForm()), current_actor(), now()
    if not form.ok:  # No answer of the page.
        raise NotFound
    with transaction(db.session()) as store:
        services.publish_session(
            store,
            session_id=session_id,
            actor=actor,
            now=instant,
            hours=form.values["hours"],
        )
    return redirect(url_for("slots.session", session_id=session_id))


@bp.get("/released/<int:session_id>")
@public
def released(session_id: int) -> Response:
    """Show what the moments of a trickle follow from: its digest, and all when it is over."""
    told = releasing.committed(db.session(), session_id=session_id, now=now())
    held = queries.get_session(db.session(), session_id)
    return page(
        "slots/released.html",
        title=gettext("Seats in portions"),
        told=told,
        held=held,
        clinic=queries.get_clinic(db.session(), held.site_id),
    )


@bp.post("/manage/sessions/<int:session_id>/cancel")
@access(Permission.SESSION_WRITE)
def cancel(session_id: int) -> Response:
    """Call the session off, if no seat is taken; else lead to the moving of its people."""
    found = _session(session_id)
    actor, instant = current_actor(), now()
    try:
        with transaction(db.session()) as store:
            services.cancel_session(store, session_id=session_id, actor=actor, now=instant)
    except RefusedAct as refused:
        movable = found.state is SessionState.PUBLISHED
        if refused.decision.reason is not Reason.HAS_SEATS_TAKEN or not movable:
            raise
        return redirect(url_for("moves.new", session=session_id))
    return redirect(url_for("slots.session", session_id=session_id))


def _save(form: Form) -> int:
    actor, instant = current_actor(), now()
    with transaction(db.session()) as store:
        return services.plan_session(
            store,
            site_id=form.values["site"],
            product_id=form.values["product"],
            plan=_wanted(form.values),
            actor=actor,
            now=instant,
        )


def _wanted(values: Mapping[str, Any]) -> SessionPlan:  # Any: as the schema types each field.
    return SessionPlan(
        day=values["day"],
        starts=values["starts"],
        ends=values["ends"],
        minutes=values["minutes"],
        seats=values["seats"],
    )


def _preview(form: Form) -> Response:
    clinic = _clinics().get(form.values["site"])
    if clinic is None:
        raise NotFound
    planned: PlannedSession = services.preview_session(
        db.session(),
        site_id=clinic.site_id,
        product_id=form.values["product"],
        plan=_wanted(form.values),
        now=now(),
    )
    return page(
        "slots/preview.html",
        title=gettext("Check the session"),
        back=url_for("slots.plan_form"),
        planned=planned,
        clinic=clinic,
        product=stock.find_product(db.session(), product_id=form.values["product"]),
        typed=typed_fields(form),
        minutes=form.values["minutes"],
    )


def _plan(form: Form) -> Response:
    return page(
        "slots/plan.html",
        title=gettext("Plan a session"),
        form=form,
        back=url_for("slots.sessions"),
        clinics=_clinics(),
        products=stock.products(db.session()),
    )


def _session(session_id: int) -> queries.SessionView:
    """Return a session of a site of the manager; `NotFound` for every other one."""
    found = queries.get_session(db.session(), session_id)
    if not current_actor().may(Permission.SESSION_WRITE, found.site_id):
        raise NotFound
    return found


def _clinics() -> dict[int, queries.ClinicView]:
    site_ids = current_actor().sites(Permission.SESSION_WRITE)
    return {one.site_id: one for one in queries.clinics(db.session(), site_ids=site_ids)}


def _labels() -> dict[SessionState, str]:
    chinese = current_language() == "zh"
    return {SessionState(state): label[chinese] for state, label in SESSIONS.labels.items()}
