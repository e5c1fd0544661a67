"""What is owed to excursions: the list of tasks, and the step that is due for one."""

from flask import Response, redirect, url_for
from marshmallow import Schema
from werkzeug.wrappers import Response as AnyResponse

from sensors.store.transaction import transaction
from vaxsite.coldchain import follow_up, following_up, schemas
from vaxsite.coldchain.follow_up import FOLLOW_UPS, Action, Cause, Check, Finding, FollowUpState
from vaxsite.coldchain.queries import excursions, follow_ups
from vaxsite.coldchain.queries.follow_ups import FollowUpView
from vaxsite.coldchain.views.blueprint import bp, namer
from vaxsite.core.permissions import Permission
from vaxsite.web import ui
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.components.content import Row
from vaxsite.web.db import db
from vaxsite.web.filters import local_datetime
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page

COLOURS = {
    FollowUpState.OPEN: "red",
    FollowUpState.CHECKED: "yellow",
    FollowUpState.ACTED: "yellow",
    FollowUpState.SIGNED: "green",
}


@bp.get("/coldchain/tasks")
@access(Permission.COLDCHAIN_READ)
def tasks() -> Response:
    """List the excursions that owe a step, the earliest due first."""
    return page(
        "coldchain/tasks.html",
        title=gettext("Tasks"),
        tasks=follow_ups.list_tasks(db.session(), actor=current_actor(), now=now()),
        step_label=step_label,
        colours=COLOURS,
        owner=_owner,
    )


@bp.get("/coldchain/excursions/<int:excursion_id>/follow-up")
@access(Permission.COLDCHAIN_READ)
def follow_up_page(excursion_id: int) -> Response:
    """Show what was done about an excursion, and the form of the step that is due."""
    return _page(excursion_id, None)


@bp.post("/coldchain/excursions/<int:excursion_id>/checks")
@access(Permission.LOT_DISPOSE)
def check(excursion_id: int) -> AnyResponse:
    """Write down the first checks."""
    form = read_form(schemas.ChecksSchema())
    if not form.ok:
        return _page(excursion_id, form)
    with transaction(db.session()) as session:
        following_up.check(
            session,
            excursion_id=excursion_id,
            checks={one: found for one in Check if (found := form.values[one.value])},
            note=form.values["note"],
            actor=current_actor(),
            now=now(),
        )
    return redirect(url_for("coldchain.follow_up_page", excursion_id=excursion_id), 303)


@bp.post("/coldchain/excursions/<int:excursion_id>/action")
@access(Permission.LOT_DISPOSE)
def act(excursion_id: int) -> AnyResponse:
    """Write down the action and the root cause."""
    form = read_form(schemas.ActionSchema())
    if not form.ok:
        return _page(excursion_id, form)
    with transaction(db.session()) as session:
        following_up.act(
            session,
            excursion_id=excursion_id,
            **form.values,
            actor=current_actor(),
            now=now(),
        )
    return redirect(url_for("coldchain.follow_up_page", excursion_id=excursion_id), 303)


@bp.post("/coldchain/excursions/<int:excursion_id>/signature")
@access(Permission.LOT_DISPOSE)
def sign(excursion_id: int) -> AnyResponse:
    """Sign the excursion off by the name of who is signed in."""
    with transaction(db.session()) as session:
        following_up.sign(session, excursion_id=excursion_id, actor=current_actor(), now=now())
    return redirect(url_for("coldchain.excursion", excursion_id=excursion_id), 303)


def step_label(state: FollowUpState) -> str:
    """Return the word for how far a follow-up has come, in the reader's language."""
    return FOLLOW_UPS.labels[state][current_language() == "zh"]


def _owner(state: FollowUpState) -> str:
    return gettext("Pharmacist") if state in FOLLOW_UPS.owners else ""


def _page(excursion_id: int, form: Form | None) -> Response:
    actor = current_actor()
    found = excursions.get_excursion(
        db.session(), actor=actor, excursion_id=excursion_id, now=now()
    )
    step = found.follow_up
    may_act = actor.may(Permission.LOT_DISPOSE, found.unit.site_id)
    return page(
        "coldchain/follow_up.html",
        title=gettext("Follow-up: %(unit)s", unit=found.unit.name(current_language())),
        back=url_for("coldchain.excursion", excursion_id=excursion_id),
        form=form or blank_form(_schema(step.state)),
        excursion=found,
        step=step,
        step_label=step_label,
        colours=COLOURS,
        owner=_owner,
        done=done_rows(step, found.unit.timezone),
        may_act=may_act and found.facts.withdrawn_at is None,
        questions=follow_up.CHECK_LABELS,
        always_asked=follow_up.ALWAYS_ASKED,
        findings=[ui.option(one.value, gettext(text)) for one, text in follow_up.FINDINGS.items()],
        actions=[ui.option(one.value, gettext(text)) for one, text in follow_up.ACTIONS.items()],
        causes=[ui.option(one.value, gettext(text)) for one, text in follow_up.CAUSES.items()],
    )


def _schema(state: FollowUpState) -> Schema:
    return schemas.ChecksSchema() if state is FollowUpState.OPEN else schemas.ActionSchema()


def done_rows(step: FollowUpView, timezone: str) -> list[Row]:
    """Return what was done so far, with who and when."""
    rows: list[Row] = []
    named = namer([step.checked_by, step.acted_by, step.signed_by])
    if step.checked_at:
        rows += [
            ui.row(gettext(label), gettext(follow_up.FINDINGS[Finding(step.checks[one])]))
            for one, label in follow_up.CHECK_LABELS.items()
            if one in step.checks
        ]
        rows += _noted(gettext("What else was seen"), step.check_note)
        who = f"{named(step.checked_by)} · {local_datetime(step.checked_at, timezone)}"
        rows.append(ui.row(gettext("Checked by"), who))
    if step.acted_at and step.action and step.cause:
        rows.append(ui.row(gettext("Root cause"), gettext(follow_up.CAUSES[Cause(step.cause)])))
        rows += _noted(gettext("How it is known"), step.cause_note)
        rows.append(ui.row(gettext("Action"), gettext(follow_up.ACTIONS[Action(step.action)])))
        rows += _noted(gettext("What was done"), step.action_note)
        who = f"{named(step.acted_by)} · {local_datetime(step.acted_at, timezone)}"
        rows.append(ui.row(gettext("Written by"), who))
    if step.signed_at:
        who = f"{named(step.signed_by)} · {local_datetime(step.signed_at, timezone)}"
        rows.append(ui.row(gettext("Signed by"), who))
    return rows


def _noted(label: str, note: str | None) -> list[Row]:
    return [ui.row(label, note)] if note else []
