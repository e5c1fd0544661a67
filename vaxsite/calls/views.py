"""Pages of calls to residents: the list of a clinic, and one call with what came of it."""

from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from vaxsite.calls import queries, rules, schemas, services
from vaxsite.calls.rules import CALLS, CallState
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.core.sites import SiteName
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page

bp = Blueprint(
    "calls",
    __name__,
    template_folder="templates",
    static_folder="static/calls",
    static_url_path="/static/calls",
)


@bp.get("/clinic/calls")
@access(Permission.CALL_WRITE)
def todo() -> Response:
    """Show whom the clinic must call: what is due, most urgent first, then tries to come."""
    sites = queries.sites_of(db.session(), actor=current_actor())
    site = _chosen(sites)
    waiting = queries.pending(db.session(), site_id=site.id)
    instant = now()
    return page(
        "calls/todo.html",
        title=gettext("Calls to make"),
        site=site,
        sites=sites,
        instant=instant,
        due=[one for one in waiting if one.due_at <= instant],
        later=sorted((one for one in waiting if one.due_at > instant), key=lambda one: one.due_at),
        waiting=queries.count_pending(db.session(), site_id=site.id),
        reasons=rules.REASONS,
        recorded="recorded" in request.args,
    )


@bp.get("/clinic/calls/<uuid:call_id>")
@access(Permission.CALL_WRITE)
def one(call_id: UUID) -> Response:
    """Show whom to call, at which number, what to say, and what came of earlier tries."""
    return _page(call_id, blank_form(schemas.ResultSchema()))


@bp.post("/clinic/calls/<uuid:call_id>")
@access(Permission.CALL_WRITE)
def record(call_id: UUID) -> AnyResponse:
    """Write down what came of the call, and go on to the list."""
    actor, instant = current_actor(), now()
    call = queries.get_call(db.session(), call_id=call_id, actor=actor)
    form = read_form(schemas.ResultSchema())
    if not form.ok:
        return _page(call_id, form)
    try:
        with transaction(db.session()) as session:
            services.record_result(
                session,
                call_id=call_id,
                tries=form.values["tries"],
                result=form.values["result"],
                actor=actor,
                now=instant,
            )
    except AlreadyMoved:
        form.fail("result", gettext("Somebody else wrote down a call meanwhile. Look again."))
        return _page(call_id, form)
    return redirect(url_for("calls.todo", site=call.site.code, recorded=""), 303)


def _page(call_id: UUID, form: Form) -> Response:
    call = queries.get_call(db.session(), call_id=call_id, actor=current_actor())
    return page(
        "calls/one.html",
        title=call.name,
        back=url_for("calls.todo", site=call.site.code),
        form=form,
        call=call,
        phone=rules.show_phone(call.phone or ""),
        state=CALLS.labels[call.state][current_language() == "zh"],
        reason=gettext(rules.REASONS[call.reason]),
        results=rules.RESULTS,
        waits=call.state is CallState.OPEN,
        wants_to_cancel=call.state is CallState.WANTS_TO_CANCEL,
    )


def _chosen(sites: list[SiteName]) -> SiteName:
    asked = request.args.get("site")
    found = next((one for one in sites if asked in (None, one.code)), None)
    if found is None:
        raise NotFound
    return found
