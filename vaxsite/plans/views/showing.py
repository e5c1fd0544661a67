"""The page of a plan: its hours, what the check says week by week, and the acts on it."""

from collections.abc import Callable
from datetime import date

from flask import redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.plans.queries import PlanSession, PlanView, plan_sessions
from vaxsite.plans.rules.check import monday
from vaxsite.plans.rules.holidays import unknown_years
from vaxsite.plans.rules.texts import SENTENCES, Reason
from vaxsite.plans.rules.weeks import weeks
from vaxsite.plans.services import laying, publishing
from vaxsite.plans.views.blueprint import bp, own_plan
from vaxsite.slots.rules import DOSES_LABELS, Doses, SessionState
from vaxsite.slots.schemas import ReleaseForm
from vaxsite.slots.trickling import WINDOW_HOURS
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import read_form
from vaxsite.web.language import explain
from vaxsite.web.page import page

COVERED = "covered"  # Of the publishing form: leave out what is not covered.


@bp.get("/manage/plans/<int:plan_id>")
@access(Permission.SESSION_WRITE)
def show(plan_id: int) -> Response:
    """Show a plan: nothing is changed by looking."""
    return _show(own_plan(plan_id))


@bp.post("/manage/plans/<int:plan_id>/lay-out")
@access(Permission.SESSION_WRITE)
def lay_out(plan_id: int) -> Response:
    """Make the sessions as the template wants them."""
    actor, instant = current_actor(), now()
    return _act(
        plan_id,
        lambda session: laying.lay_out(session, plan_id=plan_id, actor=actor, now=instant),
    )


@bp.post("/manage/plans/<int:plan_id>/publish")
@access(Permission.SESSION_WRITE)
def publish(plan_id: int) -> Response:
    """Publish the plan, or the part that the form names; first seats at once or in portions."""
    actor, instant, form = current_actor(), now(), read_form(ReleaseForm())
    if not form.ok:  # No answer of the page.
        raise NotFound
    return _act(
        plan_id,
        lambda session: publishing.publish(
            session,
            plan_id=plan_id,
            choice=_choice(),
            only_covered=request.form.get("part") == COVERED,
            hours=form.values["hours"],
            actor=actor,
            now=instant,
        ),
    )


@bp.post("/manage/plans/<int:plan_id>/withdraw")
@access(Permission.SESSION_WRITE)
def withdraw(plan_id: int) -> Response:
    """Call off the part that the form names, if nobody has a seat in it."""
    actor, instant = current_actor(), now()
    return _act(
        plan_id,
        lambda session: publishing.withdraw(
            session, plan_id=plan_id, choice=_choice(), actor=actor, now=instant
        ),
    )


@bp.post("/manage/plans/<int:plan_id>/keep/<int:session_id>")
@access(Permission.SESSION_WRITE)
def keep(plan_id: int, session_id: int) -> Response:
    """Leave a session as it is although the template wants another one."""
    actor, instant = current_actor(), now()
    return _act(
        plan_id,
        lambda session: laying.keep(
            session, plan_id=plan_id, session_id=session_id, actor=actor, now=instant
        ),
    )


def _act(plan_id: int, act: Callable[[Session], object]) -> Response:
    """Do it and show the plan; a refusal is shown above what is there now."""
    own_plan(plan_id)
    try:
        with transaction(db.session()) as session:
            act(session)
    except RefusedAct as refused:
        said = explain(refused.sentence, refuse_detail(refused))
        return _show(
            own_plan(plan_id), refused=said, taken=refused.decision.reason is Reason.SEATS_TAKEN
        )
    return redirect(url_for("plans.show", plan_id=plan_id))


def _choice() -> publishing.Choice:
    """Return which sessions the form is about: of some doses, from and up to some week."""
    part = request.form.get("part", "")
    since, until = _day(request.form.get("since")), _day(request.form.get("until"))

    def chosen(one: PlanSession) -> bool:
        week = monday(one.day)
        if (since and week < since) or (until and week > until):
            return False
        return part not in set(Doses) or one.doses == part

    return chosen


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _show(plan: PlanView, *, refused: str | None = None, taken: bool = False) -> Response:
    session, instant = db.session(), now()
    outlook = publishing.preview(session, plan, now=instant)
    held = plan_sessions(session, plan.id, since=instant)
    clinics = {one.site_id: one for one in plan.clinics}
    return page(
        "plans/show.html",
        title=plan.template.name,
        status=409 if refused else None,
        back=url_for("plans.index"),
        refused=refused,
        may_move=taken,
        plan=plan,
        clinics=clinics,
        difference=laying.difference(session, plan, now=instant),
        outlook=outlook,
        covered=outlook.covered,
        covered_seats=sum(one.capacity for one in outlook.covered if one.doses is not Doses.LATER),
        later_left=any(one.doses is Doses.LATER for one in outlook.sessions),
        weeks=weeks(outlook.situation, outlook.verdict),
        held=held,
        mondays=sorted({monday(one.day) for one in held}),
        published=sum(one.state is SessionState.PUBLISHED for one in held),
        taken=sum(one.taken for one in held),
        doses_labels=DOSES_LABELS,
        sentences=SENTENCES,
        explain=explain,
        windows=WINDOW_HOURS,
        years=unknown_years(plan.template.first_on, plan.template.last_on)
        if plan.template.holidays
        else [],
    )
