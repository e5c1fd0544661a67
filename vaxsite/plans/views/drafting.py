"""Pages that list plans and edit their templates."""

from collections.abc import Mapping
from typing import Any

from flask import redirect, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.plans import queries, schemas
from vaxsite.plans.queries import PlanView
from vaxsite.plans.rules.layout import Pattern, Template
from vaxsite.plans.rules.texts import Reason
from vaxsite.plans.services import drafting
from vaxsite.plans.views.blueprint import bp, own_clinics, own_plan
from vaxsite.slots.rules import DOSES_LABELS
from vaxsite.stock import queries as stock
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, date_parts, read_form
from vaxsite.web.language import explain
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page

# The field beside which a refusal is shown.
FIELDS = {
    Reason.LAST_BEFORE_FIRST: "last_on",
    Reason.TOO_LONG: "last_on",
    Reason.MINUTES: "slot_minutes",
    Reason.ADDED: "overbook",
    Reason.NO_SITE: "sites",
    Reason.UNKNOWN_PRODUCT: "product",
    Reason.NO_WEEKDAY: "weekdays",
    Reason.ENDS_BEFORE_START: "ends",
    Reason.BREAK_OUTSIDE: "break_starts",
    Reason.STATIONS: "stations",
    Reason.PATTERNS_MEET: "starts",
}


@bp.get("/manage/plans")
@access(Permission.SESSION_WRITE)
def index() -> Response:
    """List the plans of the manager's sites."""
    site_ids = current_actor().sites(Permission.SESSION_WRITE)
    return page(
        "plans/index.html",
        title=_("Plans"),
        back="/manage",
        plans=queries.plans(db.session(), site_ids=site_ids),
    )


@bp.get("/manage/plans/new")
@access(Permission.SESSION_WRITE)
def new_form() -> Response:
    """Ask for a template."""
    clinics = own_clinics(Permission.SESSION_WRITE)
    initial = {"sites": [str(one) for one in clinics]} if len(clinics) == 1 else {}
    form = blank_form(
        schemas.TemplateForm(),
        slot_minutes="30",
        person_minutes="6",
        overbook="0",
        holidays="true",
        together="false",
        **initial,
    )
    return _template(form, None)


@bp.post("/manage/plans/new")
@access(Permission.SESSION_WRITE)
def new() -> Response:
    """Store a template."""
    form, actor, instant = read_form(schemas.TemplateForm()), current_actor(), now()
    if form.ok:
        try:
            with transaction(db.session()) as session:
                plan_id = drafting.draft(
                    session, template=_wanted(form.values), actor=actor, now=instant
                )
            return redirect(url_for("plans.hours_form", plan_id=plan_id))
        except RefusedAct as refused:
            _fail(form, refused)
    return _template(form, None)


@bp.get("/manage/plans/<int:plan_id>/edit")
@access(Permission.SESSION_WRITE)
def edit_form(plan_id: int) -> Response:
    """Show the template to change it."""
    plan = own_plan(plan_id)
    said = plan.template
    form = blank_form(
        schemas.TemplateForm(),
        name=said.name,
        product=str(said.product_id),
        sites=[str(one) for one in said.site_ids],
        first_on=date_parts(said.first_on),
        last_on=date_parts(said.last_on),
        slot_minutes=str(said.slot_minutes),
        person_minutes=str(said.person_minutes),
        overbook=str(said.overbook),
        holidays=str(said.holidays).lower(),
        together=str(said.together).lower(),
    )
    return _template(form, plan)


@bp.post("/manage/plans/<int:plan_id>/edit")
@access(Permission.SESSION_WRITE)
def edit(plan_id: int) -> Response:
    """Change the template; its sessions follow when they are laid out again."""
    plan, form = own_plan(plan_id), read_form(schemas.TemplateForm())
    actor, instant = current_actor(), now()
    if form.ok:
        try:
            with transaction(db.session()) as session:
                drafting.change(
                    session,
                    plan_id=plan_id,
                    template=_wanted(form.values),
                    actor=actor,
                    now=instant,
                )
            return redirect(url_for("plans.show", plan_id=plan_id))
        except RefusedAct as refused:
            _fail(form, refused)
    return _template(form, plan)


@bp.get("/manage/plans/<int:plan_id>/hours")
@access(Permission.SESSION_WRITE)
def hours_form(plan_id: int) -> Response:
    """Ask for hours of the week."""
    form = blank_form(
        schemas.HoursForm(), weekdays=[str(one) for one in range(5)], starts="08:30", ends="16:30"
    )
    return _hours(form, own_plan(plan_id))


@bp.post("/manage/plans/<int:plan_id>/hours")
@access(Permission.SESSION_WRITE)
def add_hours(plan_id: int) -> Response:
    """Add hours of the week."""
    plan, form = own_plan(plan_id), read_form(schemas.HoursForm())
    actor, instant = current_actor(), now()
    if form.ok:
        values = {**form.values, "weekdays": frozenset(form.values["weekdays"])}
        try:
            with transaction(db.session()) as session:
                drafting.add_pattern(
                    session, plan_id=plan_id, pattern=Pattern(**values), actor=actor, now=instant
                )
            return redirect(url_for("plans.show", plan_id=plan_id))
        except RefusedAct as refused:
            _fail(form, refused)
    return _hours(form, plan)


@bp.get("/manage/plans/<int:plan_id>/hours/<int:pattern_id>")
@access(Permission.SESSION_WRITE)
def staff_form(plan_id: int, pattern_id: int) -> Response:
    """Ask how many work in these hours."""
    plan = own_plan(plan_id)
    pattern = _pattern(plan, pattern_id)
    form = blank_form(
        schemas.StaffForm(),
        stations=str(pattern.stations),
        vaccinators=str(pattern.vaccinators),
    )
    return _staff(form, plan, pattern)


@bp.post("/manage/plans/<int:plan_id>/hours/<int:pattern_id>")
@access(Permission.SESSION_WRITE)
def staff(plan_id: int, pattern_id: int) -> Response:
    """Change how many work in these hours."""
    plan, form = own_plan(plan_id), read_form(schemas.StaffForm())
    pattern, actor, instant = _pattern(plan, pattern_id), current_actor(), now()
    if form.ok:
        try:
            with transaction(db.session()) as session:
                drafting.staff_pattern(
                    session,
                    plan_id=plan_id,
                    pattern_id=pattern_id,
                    **form.values,
                    actor=actor,
                    now=instant,
                )
            return redirect(url_for("plans.show", plan_id=plan_id))
        except RefusedAct as refused:
            _fail(form, refused)
    return _staff(form, plan, pattern)


@bp.post("/manage/plans/<int:plan_id>/hours/<int:pattern_id>/remove")
@access(Permission.SESSION_WRITE)
def remove_hours(plan_id: int, pattern_id: int) -> Response:
    """Take hours of the week away."""
    own_plan(plan_id)
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        drafting.remove_pattern(
            session, plan_id=plan_id, pattern_id=pattern_id, actor=actor, now=instant
        )
    return redirect(url_for("plans.show", plan_id=plan_id))


def _wanted(values: Mapping[str, Any]) -> Template:  # Any: as the schema types each field.
    return Template(
        name=values["name"],
        product_id=values["product"],
        site_ids=tuple(sorted(set(values["sites"]))),
        first_on=values["first_on"],
        last_on=values["last_on"],
        slot_minutes=values["slot_minutes"],
        person_minutes=values["person_minutes"],
        overbook=values["overbook"],
        holidays=values["holidays"],
        together=values["together"],
    )


def _fail(form: Form, refused: RefusedAct) -> None:
    field = FIELDS[Reason(refused.decision.reason)]
    form.fail(field, explain(refused.sentence, refuse_detail(refused)))


def _pattern(plan: PlanView, pattern_id: int) -> Pattern:
    found = next((one for one in plan.template.patterns if one.id == pattern_id), None)
    if found is None:
        raise NotFound
    return found


def _template(form: Form, plan: PlanView | None) -> Response:
    return page(
        "plans/template.html",
        title=_("Change the plan") if plan else _("New plan"),
        back=url_for("plans.show", plan_id=plan.id) if plan else url_for("plans.index"),
        form=form,
        plan=plan,
        clinics=own_clinics(Permission.SESSION_WRITE),
        products=[plan.product] if plan else stock.products(db.session()),
    )


def _hours(form: Form, plan: PlanView) -> Response:
    return page(
        "plans/hours.html",
        title=_("Add hours"),
        back=url_for("plans.show", plan_id=plan.id),
        form=form,
        plan=plan,
        doses_labels=DOSES_LABELS,
    )


def _staff(form: Form, plan: PlanView, pattern: Pattern) -> Response:
    return page(
        "plans/staff.html",
        title=_("Stations and staff"),
        back=url_for("plans.show", plan_id=plan.id),
        form=form,
        plan=plan,
        pattern=pattern,
        doses_labels=DOSES_LABELS,
    )
