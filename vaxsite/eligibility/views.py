"""The manager's pages about phases: who may be vaccinated where, and from when."""

from datetime import timedelta

from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.eligibility import queries, rules, schemas, services
from vaxsite.eligibility.rules import Reason
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import explain, gettext
from vaxsite.web.page import page

bp = Blueprint("eligibility", __name__, template_folder="templates")

# The field beside which a refusal is shown.
FIELDS = {
    Reason.PHASE_EXISTS: "group",
    Reason.UNKNOWN_GROUP: "group",
    Reason.PHASE_ORDER: "last_day",
}


@bp.get("/manage/phases")
@access(Permission.PHASE_WRITE)
def phases() -> Response:
    """List the phases of the manager's sites."""
    site_ids = current_actor().sites(Permission.PHASE_WRITE)
    found = queries.phases(db.session(), site_ids=site_ids)
    return page(
        "eligibility/phases.html",
        title=gettext("Whose turn it is"),
        back="/manage",
        sites=queries.site_names(db.session(), site_ids=site_ids),
        phases=found,
        groups=queries.groups(),
        instant=now(),
        news=request.args.get("news"),
    )


@bp.get("/manage/phases/open")
@access(Permission.PHASE_WRITE)
def open_form() -> Response:
    """Ask for whom booking is opened, and where."""
    sites = current_actor().sites(Permission.PHASE_WRITE)
    initial = {"site": str(next(iter(sites)))} if len(sites) == 1 else {}
    return _open(blank_form(schemas.PhaseForm(), **initial))


@bp.post("/manage/phases/open")
@access(Permission.PHASE_WRITE)
def open_phase() -> Response:
    """Open the phase."""
    form, actor, instant = read_form(schemas.PhaseForm()), current_actor(), now()
    if form.ok:
        last_day = form.values["last_day"]
        try:
            with transaction(db.session()) as session:
                services.open_phase(
                    session,
                    site_id=form.values["site"],
                    group_code=form.values["group"],
                    opens_on=form.values["first_day"],
                    closes_on=last_day + timedelta(days=1) if last_day else None,
                    actor=actor,
                    now=instant,
                )
        except RefusedAct as refused:
            field = FIELDS[Reason(refused.decision.reason)]
            form.fail(field, explain(refused.sentence, refuse_detail(refused)))
    return redirect(url_for("eligibility.phases", news="opened")) if form.ok else _open(form)


@bp.get("/manage/phases/<int:phase_id>/close")
@access(Permission.PHASE_WRITE)
def close_form(phase_id: int) -> Response:
    """Ask for the last day."""
    return _close(_phase(phase_id), blank_form(schemas.CloseForm()))


@bp.post("/manage/phases/<int:phase_id>/close")
@access(Permission.PHASE_WRITE)
def close_phase(phase_id: int) -> Response:
    """End the phase after its last day."""
    phase, form = _phase(phase_id), read_form(schemas.CloseForm())
    if not form.ok:
        return _close(phase, form)
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        services.close_phase(
            session,
            phase_id=phase_id,
            closes_on=form.values["last_day"] + timedelta(days=1),
            actor=actor,
            now=instant,
        )
    return redirect(url_for("eligibility.phases", news="closed"))


def _phase(phase_id: int) -> rules.PhaseView:
    """Return a phase of a site of the manager; `NotFound` for every other one."""
    site_ids = current_actor().sites(Permission.PHASE_WRITE)
    found = queries.phases(db.session(), site_ids=site_ids)
    phase = next((one for one in found if one.id == phase_id), None)
    if phase is None:
        raise NotFound
    return phase


def _open(form: Form) -> Response:
    site_ids = current_actor().sites(Permission.PHASE_WRITE)
    return page(
        "eligibility/open.html",
        title=gettext("Open booking for a group"),
        form=form,
        back=url_for("eligibility.phases"),
        sites=queries.site_names(db.session(), site_ids=site_ids),
        groups=queries.groups(),
        today=now().date(),
    )


def _close(phase: rules.PhaseView, form: Form) -> Response:
    return page(
        "eligibility/close.html",
        title=gettext("End booking for a group"),
        form=form,
        back=url_for("eligibility.phases"),
        phase=phase,
        group=queries.groups().find(phase.group_code),
        sites=queries.site_names(db.session(), site_ids=[phase.site_id]),
    )
