"""Announce a draw: of what, the form, a preview that stores nothing, and the act."""

from typing import Any  # Any: as the schema types each field.
from zoneinfo import ZoneInfo

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.core.decisions import N_, Refused
from vaxsite.core.errors import RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.draws import schemas
from vaxsite.draws.rules.limits import DrawPlan
from vaxsite.draws.rules.lottery import Spill
from vaxsite.draws.rules.states import Reason
from vaxsite.draws.services import announcing
from vaxsite.draws.views import choosing
from vaxsite.draws.views.blueprint import bp
from vaxsite.draws.views.choosing import Chosen
from vaxsite.eligibility import queries as eligibility
from vaxsite.slots import queries as slots
from vaxsite.slots.rules import SENTENCES as SLOT_SENTENCES
from vaxsite.slots.rules import SessionState, to_instant
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import explain
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page

QUOTA = "quota-"
SPILLS = {
    Spill.OPEN: N_("They go to everybody"),
    Spill.NEXT: N_("They go to the next group"),
    Spill.KEPT: N_("They are not given away in this draw"),
}
INSTANTS = ("opens", "closes", "randomness", "result")
FIELDS = {
    Reason.OPENS_IN_PAST: "opens_day",
    Reason.WINDOW_ORDER: "closes_day",
    Reason.RANDOMNESS_EARLY: "randomness_day",
    Reason.RESULT_EARLY: "result_day",
    Reason.DAYS_RANGE: "days_to_book",
    Reason.RESERVED_ALREADY: "sessions",
    Reason.NOT_OUT: "sessions",
    Reason.OTHER_SESSION: "sessions",
}


@bp.get("/manage/draws/announce")
@access(Permission.DRAW_WRITE)
def announce_form() -> Response:
    """Ask of which clinic and vaccine, where there is a choice; then for the draw."""
    found = choosing.choices()
    site, product = choosing.asked(found)
    chosen = found.find(site=site, product=product)
    changing = "change" in request.args
    if chosen is None or (changing and chosen.choice):
        sent = bool(request.args) and not changing
        return choosing.choose(found, site=site, product=product, sent=sent)
    blank = {"site": site, "product": product, "days_to_book": "2", "spill": Spill.OPEN.value}
    return _form(blank_form(schemas.DrawForm(), **blank), {}, chosen)


@bp.post("/manage/draws/announce")
@access(Permission.DRAW_WRITE)
def announce() -> Response:
    """Show what will be published; with `save` publish it, with `edit` go back to the form."""
    form, quotas, found = read_form(schemas.DrawForm()), _typed_quotas(), choosing.choices()
    site, product = form.raw["site"], form.raw["product"]
    chosen = found.find(site=site, product=product)
    if chosen is None:
        return choosing.choose(found, site=site, product=product, sent=True)
    if not form.ok or "edit" in request.form:
        shown = blank_form(schemas.DrawForm(), **form.raw) if form.ok else form
        return _form(shown, quotas, chosen)
    plan = _plan(form, quotas, chosen)
    if plan is None:
        return _form(form, quotas, chosen)
    try:
        if "save" in request.form:
            return redirect(url_for("draws.manage_draw", draw_id=_save(plan)))
        announcing.check_plan(db.session(), plan=plan, actor=current_actor(), now=now())
    except RefusedAct as refused:
        field = FIELDS.get(Reason(refused.decision.reason), "places")
        form.fail(field, explain(refused.sentence, refuse_detail(refused)))
        return _form(form, quotas, chosen)
    return _preview(form, quotas, plan, chosen)


def _save(plan: DrawPlan) -> int:
    actor, instant, key = current_actor(), now(), current_app.config["DRAW_KEY"]
    with transaction(db.session()) as session:
        return announcing.announce(session, plan=plan, signing_key=key, actor=actor, now=instant)


def _typed_quotas() -> dict[str, str]:
    return {
        name.removeprefix(QUOTA): value.strip()
        for name, value in request.form.items()
        if name.startswith(QUOTA) and value.strip()
    }


def _plan(form: Form, typed: dict[str, str], chosen: Chosen) -> DrawPlan | None:
    """Return the plan in instants, or None and the fault beside its field."""
    instants: dict[str, Any] = {}
    for name in INSTANTS:
        day, wall = form.values[f"{name}_day"], form.values[f"{name}_time"]
        instant = to_instant(day, wall, ZoneInfo(chosen.clinic.timezone))
        if isinstance(instant, Refused):
            sentence = SLOT_SENTENCES[instant.reason]
            form.fail(f"{name}_time", explain(sentence, instant.detail))
            return None
        instants[f"{name}_at"] = instant
    if not all(value.isascii() and value.isdigit() for value in typed.values()):
        form.fail("places", _("A quota is a whole number of places."))
        return None
    values: dict[str, Any] = {
        name: form.values[name]
        for name in ("places", "randomness_source", "fallback_source", "days_to_book")
    }
    return DrawPlan(
        site_id=chosen.clinic.site_id,
        product_id=chosen.product.id,
        quotas=tuple((group, int(most)) for group, most in typed.items()),
        spill=Spill(form.values["spill"]),
        session_ids=tuple(form.values["sessions"]),
        **instants,
        **values,
    )


def _form(form: Form, quotas: dict[str, str], chosen: Chosen) -> Response:
    found = slots.sessions(db.session(), site_ids=[chosen.clinic.site_id], since=now())
    return page(
        "draws/announce.html",
        title=_("Announce a draw"),
        form=form,
        back=chosen.change if chosen.choice else url_for("draws.manage"),
        chosen=chosen,
        groups=[one for one in eligibility.groups().groups if one.valid_on(now().date())],
        quotas=quotas,
        spills=SPILLS,
        sessions=[
            one
            for one in found
            if one.product.id == chosen.product.id and one.state is not SessionState.CANCELLED
        ],
    )


def _preview(form: Form, quotas: dict[str, str], plan: DrawPlan, chosen: Chosen) -> Response:
    typed: list[tuple[str, str]] = []
    for name, value in form.raw.items():
        if isinstance(value, dict):
            typed += [(f"{name}-{part}", text) for part, text in value.items()]
        elif isinstance(value, list):
            typed += [(name, str(one)) for one in value]
        else:
            typed.append((name, str(value)))
    names = {one.code: one for one in eligibility.groups().groups}
    return page(
        "draws/preview.html",
        title=_("Check the draw"),
        back=url_for("draws.announce_form", site=plan.site_id, product=plan.product_id),
        plan=plan,
        clinic=chosen.clinic,
        product=chosen.product,
        typed=[*typed, *((QUOTA + group, most) for group, most in quotas.items())],
        groups=names,
        spill=_(SPILLS[plan.spill]),
    )
