"""The manager's pages about phases: who may be vaccinated where, and from when.

What an act would do is shown before it is done; nothing is stored until it is confirmed.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from flask import Blueprint, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from sensors.store.transaction import rehearsal, transaction
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.eligibility import queries, services
from vaxsite.eligibility.rules import PhaseView, Reach, Reason
from vaxsite.eligibility.wording import opened, where
from vaxsite.phases import preview, schemas
from vaxsite.phases.preview import Preview
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, date_parts, read_form, typed_fields
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.page import page

bp = Blueprint("phases", __name__, template_folder="templates")
EVERYWHERE = "everywhere"
Act = Callable[[Session], None]

# The field beside which a refusal is shown.
FIELDS = {
    Reason.PHASE_EXISTS: "first_day",
    Reason.UNKNOWN_GROUP: "first_day",
    Reason.PHASE_ORDER: "last_day",
}


@bp.get("/manage/phases")
@access(Permission.PHASE_WRITE)
def index() -> Response:
    """List the phases that count at the manager's sites."""
    site_ids = current_actor().sites(Permission.PHASE_WRITE)
    found = queries.phases(db.session(), site_ids=site_ids)
    return page(
        "phases/index.html",
        title=gettext("Whose turn it is"),
        back="/manage",
        sites=queries.site_names(db.session(), site_ids=site_ids),
        phases=found,
        changeable={one.id for one in found if _may_change(one)},
        where=where,
        groups=queries.groups(),
        instant=now(),
        news=request.args.get("news"),
    )


@bp.get("/manage/phases/open")
@access(Permission.PHASE_WRITE)
def open_form() -> Response:
    """Ask for whom booking is opened, and where."""
    choices = _places()
    initial = {"where": next(iter(choices))} if len(choices) == 1 else {}
    return _open(blank_form(schemas.PhaseForm(), **initial))


@bp.post("/manage/phases/open")
@access(Permission.PHASE_WRITE)
def open_phase() -> Response:
    """Show what opening the phase would do; with `save` open it, with `edit` ask again."""
    form, actor, instant = read_form(schemas.PhaseForm()), current_actor(), now()
    if "edit" in request.form or not form.ok:
        return _open(blank_form(schemas.PhaseForm(), **form.raw) if form.ok else form)
    reach, group = _reach(form.values["where"]), form.values["group"]

    def act(session: Session) -> None:
        services.open_phase(
            session,
            reach=reach,
            group_code=group,
            opens_on=form.values["first_day"],
            closes_on=_after(form.values["last_day"]),
            actor=actor,
            now=instant,
        )

    try:
        if "save" in request.form:
            with transaction(db.session()) as session:
                act(session)
            return redirect(url_for("phases.index", news="opened"))
        seen = _rehearse(act, reach, group, instant)
    except RefusedAct as refused:
        return _open(_refuse(form, refused))
    return _preview(form, seen, reach, group, url_for("phases.open_phase"))


@bp.get("/manage/phases/<int:phase_id>/change")
@access(Permission.PHASE_WRITE)
def change_form(phase_id: int) -> Response:
    """Ask for other days."""
    phase = _phase(phase_id)
    raw = {"first_day": date_parts(phase.opens_on), "last_day": date_parts(phase.last_day)}
    return _change(phase, blank_form(schemas.DaysForm(), **raw))


@bp.post("/manage/phases/<int:phase_id>/change")
@access(Permission.PHASE_WRITE)
def change(phase_id: int) -> Response:
    """Show what other days would do, or taking the phase back; with `save` do it."""
    phase, form = _phase(phase_id), read_form(schemas.DaysForm())
    actor, instant, withdraw = current_actor(), now(), "withdraw" in request.form
    if "edit" in request.form or not (form.ok or withdraw):
        return _change(phase, blank_form(schemas.DaysForm(), **form.raw) if form.ok else form)

    def act(session: Session) -> None:
        if withdraw:
            services.withdraw_phase(session, phase_id=phase.id, actor=actor, now=instant)
        else:
            services.change_phase(
                session,
                phase_id=phase.id,
                opens_on=form.values["first_day"],
                closes_on=_after(form.values["last_day"]),
                actor=actor,
                now=instant,
            )

    try:
        if "save" in request.form:
            with transaction(db.session()) as session:
                act(session)
            return redirect(url_for("phases.index", news="withdrawn" if withdraw else "changed"))
        seen = _rehearse(act, phase.reach, phase.group_code, instant)
    except RefusedAct as refused:
        return _change(phase, _refuse(form, refused))
    address = url_for("phases.change", phase_id=phase.id)
    return _preview(form, seen, phase.reach, phase.group_code, address, withdraw=withdraw)


def _rehearse(act: Act, reach: Reach, group_code: str, instant: datetime) -> Preview:
    """Do the act, look at what is open then, and undo it."""
    with rehearsal(db.session()) as session:
        site_ids = queries.reached_sites(session, reach)
        before = queries.phases_by_site(session, site_ids=site_ids)
        act(session)
        return preview.compare(
            session,
            group_code=group_code,
            site_ids=site_ids,
            before=before,
            after=queries.phases_by_site(session, site_ids=site_ids),
            now=instant,
        )


def _refuse(form: Form, refused: RefusedAct) -> Form:
    field = FIELDS[Reason(refused.decision.reason)]
    form.fail(field, explain(refused.sentence, refuse_detail(refused)))
    return form


def _phase(phase_id: int) -> PhaseView:
    """Return a phase that the manager may change; `NotFound` for every other one."""
    site_ids = current_actor().sites(Permission.PHASE_WRITE)
    found = queries.phases(db.session(), site_ids=site_ids)
    phase = next((one for one in found if one.id == phase_id), None)
    if phase is None or not _may_change(phase):
        raise NotFound
    return phase


def _may_change(phase: PhaseView) -> bool:
    mine = current_actor().sites(Permission.PHASE_WRITE)
    return mine.issuperset(queries.reached_sites(db.session(), phase.reach))


def _places() -> dict[str, str]:
    """Return where the manager may open a phase, by value: clinics, districts, everywhere."""
    mine = current_actor().sites(Permission.PHASE_WRITE)
    language = current_language()
    names = queries.site_names(db.session(), site_ids=mine)
    found = {f"site:{one.id}": one.name(language) for one in names.values()}
    for english, chinese in queries.districts(db.session(), site_ids=mine).items():
        name = chinese if language == "zh" else english
        found[f"district:{english}"] = gettext("All clinics in %(district)s", district=name)
    clinics = queries.reached_sites(db.session(), Reach())
    if clinics and mine.issuperset(clinics):
        found[EVERYWHERE] = gettext("All clinics")
    return found


def _reach(typed: str) -> Reach:
    """Return the chosen place; `NotFound` for one that was not offered."""
    if typed not in _places():
        raise NotFound
    kind, _, name = typed.partition(":")
    if kind == "site":
        return Reach(site_id=int(name))
    return Reach(district=name) if kind == "district" else Reach()


def _after(last_day: date | None) -> date | None:
    return last_day + timedelta(days=1) if last_day else None


def _open(form: Form) -> Response:
    return page(
        "phases/open.html",
        title=gettext("Open booking for a group"),
        form=form,
        back=url_for("phases.index"),
        places=_places(),
        groups=queries.groups(),
        today=now().date(),
    )


def _change(phase: PhaseView, form: Form) -> Response:
    return page(
        "phases/change.html",
        title=gettext("Change or end booking for a group"),
        form=form,
        back=url_for("phases.index"),
        phase=phase,
        opened=opened(phase),
        group=queries.groups().find(phase.group_code),
        sites=queries.site_names(db.session(), site_ids=[phase.site_id]),
    )


def _preview(
    form: Form,
    seen: Preview,
    reach: Reach,
    group_code: str,
    address: str,
    *,
    withdraw: bool = False,
) -> Response:
    groups = queries.groups()
    group = groups.find(group_code)
    assert group is not None, "the act refuses an unknown group"
    return page(
        "phases/preview.html",
        title=gettext("What would change"),
        back=url_for("phases.index"),
        seen=seen,
        group=group,
        names={one.code: one.name(current_language()) for one in groups.groups},
        place=_place(reach),
        first_day=None if withdraw else form.values["first_day"],
        last_day=None if withdraw else form.values["last_day"],
        days_ahead=preview.DAYS_AHEAD,
        typed={**typed_fields(form), **({"withdraw": "1"} if withdraw else {})},
        address=address,
        withdraw=withdraw,
    )


def _place(reach: Reach) -> str:
    value = f"site:{reach.site_id}" if reach.site_id else f"district:{reach.district}"
    return _places()[value if reach != Reach() else EVERYWHERE]
