"""Pages of the clinic's day: the list, one person, the questions, the observation."""

from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sensors.domain.states import AlreadyMoved
from sensors.store.transaction import transaction
from vaxsite.booking import queries as booking
from vaxsite.booking.rules import APPOINTMENTS, AppointmentState
from vaxsite.booking.services import missed
from vaxsite.core import sites
from vaxsite.core.decisions import N_
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.ids import parse_reference
from vaxsite.core.permissions import Permission
from vaxsite.core.sites import SiteName
from vaxsite.messages import queries as sent
from vaxsite.messages import rules as messages
from vaxsite.messages.queries import SentMessage
from vaxsite.residents.rules import ID_KINDS, IdKind
from vaxsite.visits import deferring, queries, rules, schemas, services
from vaxsite.visits.queries import Entry
from vaxsite.visits.rules import VISITS, LeaveReason, VisitReason, VisitState
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.components.content import Colour
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain, gettext
from vaxsite.web.page import page

bp = Blueprint(
    "visits",
    __name__,
    template_folder="templates",
    static_folder="static/visits",
    static_url_path="/static/visits",
)

PARTS = (
    ("visits.day", N_("Today's list")),
    ("visits.observation", N_("Observation")),
    ("calls.todo", N_("Calls to make")),
    ("waiting_list.listed", N_("Waiting list")),
    ("leftover.board", N_("Leftover doses")),
)
# The states of a day in their order, each with the colour of its tag.
COLOURS: dict[str, Colour] = {
    AppointmentState.BOOKED: "white",
    AppointmentState.MISSED: "grey",
    VisitState.ARRIVED: "blue",
    VisitState.SCREENED: "aqua-green",
    VisitState.VACCINATED: "purple",
    VisitState.DEFERRED: "orange",
    VisitState.LEFT: "grey",
    AppointmentState.COMPLETED: "grey",
    AppointmentState.CANCELLED: "grey",
}


@bp.app_context_processor
def _frame() -> dict[str, object]:
    """Give the pages of the clinic, those of the doses too, their menu and their words."""
    return {
        "clinic_parts": PARTS,
        "stage_label": stage_label,
        "stage_colours": COLOURS,
        "id_kind_label": lambda kind: gettext(ID_KINDS[IdKind(kind)]),
        "observed_until": rules.observed_until,
    }


def stage_label(stage: str) -> str:
    """Return the name of a state of a visit, or of an appointment that has none yet."""
    chinese = current_language() == "zh"
    if stage in set(VisitState):
        return VISITS.labels[VisitState(stage)][chinese]
    return APPOINTMENTS.labels[AppointmentState(stage)][chinese]


@bp.get("/clinic")
@access(Permission.VISIT_READ)
def day() -> Response:
    """Show everybody of today at one of the person's clinics."""
    return _day_page(blank_form(schemas.FindSchema()), "")


@bp.post("/clinic")
@access(Permission.VISIT_READ)
def find() -> AnyResponse:
    """Go to the person of a reference, or show who of today has such a name."""
    form = read_form(schemas.FindSchema())
    if not form.ok:
        return _day_page(form, "")
    typed = form.values["find"]
    reference = parse_reference(typed)
    entry = reference and queries.find_by_reference(db.session(), reference=reference)
    if entry and current_actor().may(Permission.VISIT_READ, entry.site.id):
        return redirect(url_for("visits.person", appointment_id=entry.appointment_id), 303)
    if reference:
        form.fail("find", gettext("There is no appointment with this reference at your clinic."))
        typed = ""
    return _day_page(form, typed)


def _day_page(form: Form, name: str) -> Response:
    sites = _sites()
    site = _chosen(sites)
    stage = request.args.get("stage", "")
    entries = queries.day_list(db.session(), site=site, day=site.day(now()))
    stages = [one for one in COLOURS if any(entry.stage == one for entry in entries)]
    shown = [
        entry
        for entry in entries
        if (not stage or entry.stage == stage) and name.casefold() in entry.person.name.casefold()
    ]
    if name and not shown:
        form.fail("find", gettext("Nobody of today has a name like this."))
        shown = entries
    return page(
        "visits/day.html",
        title=gettext("Today's list"),
        form=form,
        site=site,
        sites=sites,
        today=now(),
        entries=shown,
        counts={one: sum(entry.stage == one for entry in entries) for one in stages},
        everybody=len(entries),
        stage=stage,
        may_write=current_actor().may(Permission.VISIT_WRITE, site.id),
        may_seat=any(
            current_actor().may(one, site.id)
            for one in (Permission.VISIT_WRITE, Permission.SEAT_ADD)
        ),
    )


def _sites() -> list[SiteName]:
    return sites.permitted(db.session(), actor=current_actor(), permission=Permission.VISIT_READ)


def _chosen(sites: list[SiteName]) -> SiteName:
    """Return the clinic that the address names, else the first one of the person."""
    code = request.args.get("site")
    found = [site for site in sites if site.code == code] if code else sites
    if not found:
        raise NotFound
    return found[0]


@bp.get("/clinic/appointments/<uuid:appointment_id>")
@access(Permission.VISIT_READ)
def person(appointment_id: UUID) -> Response:
    """Show one person of the day and what comes next for them."""
    return _person_page(appointment_id, blank_form(schemas.CheckInSchema()))


@bp.post("/clinic/appointments/<uuid:appointment_id>")
@access(Permission.VISIT_WRITE)
def check_in(appointment_id: UUID) -> AnyResponse:
    """Begin the visit."""
    form = read_form(schemas.CheckInSchema())
    actor, instant = current_actor(), now()
    try:
        with transaction(db.session()) as session:
            visit_id = services.check_in(
                session,
                appointment_id=appointment_id,
                confirmed=form.values.get("confirmed", []),
                actor=actor,
                now=instant,
            )
    except RefusedAct as refused:
        form.fail("confirmed", explain(refused.sentence, refused.decision.detail))
        return _person_page(appointment_id, form)
    except AlreadyMoved:  # Sent twice, or by two tablets: the page shows how it stands.
        return redirect(url_for("visits.person", appointment_id=appointment_id), 303)
    return redirect(url_for("visits.questions", visit_id=visit_id), 303)


@bp.post("/clinic/appointments/<uuid:appointment_id>/turn-away")
@access(Permission.VISIT_WRITE)
def turn_away(appointment_id: UUID) -> AnyResponse:
    """Give the seat back of somebody who has no proof of their group."""
    actor, instant = current_actor(), now()
    try:
        with transaction(db.session()) as session:
            services.turn_away(session, appointment_id=appointment_id, actor=actor, now=instant)
    except AlreadyMoved:  # Sent twice, or checked in meanwhile: the page shows how it stands.
        pass
    return redirect(url_for("visits.person", appointment_id=appointment_id), 303)


def _person_page(appointment_id: UUID, form: Form) -> Response:
    actor = current_actor()
    entry = queries.get_entry(db.session(), appointment_id=appointment_id, actor=actor)
    return page(
        "visits/person.html",
        title=entry.person.name,
        back=url_for("visits.day", site=entry.site.code),
        form=form,
        entry=entry,
        is_today=entry.site.day(entry.starts_at) == entry.site.day(now()),
        identity_labels=rules.IDENTITY_LABELS,
        deferred_sentence=_deferred_sentence(entry),
        leave_labels=rules.LEAVE_LABELS,
        may_write=actor.may(Permission.VISIT_WRITE, entry.site.id),
        told=_told(appointment_id),
        kinds=messages.KINDS,
        put_off=deferring.note(entry),
    )


def _told(appointment_id: UUID) -> list[SentMessage]:
    """Return what was told about everything that was booked together, the oldest first."""
    whole = booking.booked_together(db.session(), appointment_id)
    return sent.sent_about(db.session(), about=[f"appointment:{one.id}" for one in whole])


@bp.post("/clinic/appointments/<uuid:appointment_id>/excuse")
@access(Permission.VISIT_WRITE)
def excuse(appointment_id: UUID) -> AnyResponse:
    """Count a missed appointment no longer. Sent twice, it stays so."""
    actor, instant = current_actor(), now()
    entry = queries.get_entry(db.session(), appointment_id=appointment_id, actor=actor)
    if not actor.may(Permission.VISIT_WRITE, entry.site.id):
        raise NotFound
    if entry.appointment_state is AppointmentState.MISSED:
        with transaction(db.session()) as session:
            missed.excuse(session, appointment_id=appointment_id, actor=actor, now=instant)
    return _to_person(entry)


def _deferred_sentence(entry: Entry) -> str:
    if entry.visit is None or entry.visit.deferred_for is None:
        return ""
    return gettext(rules.SENTENCES[VisitReason(entry.visit.deferred_for)])


@bp.get("/clinic/visits/<uuid:visit_id>/questions")
@access(Permission.VISIT_WRITE)
def questions(visit_id: UUID) -> AnyResponse:
    """Show the questions before the needle."""
    entry = _visit(visit_id)
    if entry.stage != VisitState.ARRIVED:
        return _to_person(entry)
    return _questions_page(entry, blank_form(schemas.questions_schema(_questions(entry))))


@bp.post("/clinic/visits/<uuid:visit_id>/questions")
@access(Permission.VISIT_WRITE)
def answer(visit_id: UUID) -> AnyResponse:
    """Write the answers down; go on to the vaccine, or back to the person who is deferred."""
    entry = _visit(visit_id)
    form = read_form(schemas.questions_schema(_questions(entry)))
    if not form.ok:
        return _questions_page(entry, form)
    actor, instant = current_actor(), now()
    try:
        with transaction(db.session()) as session:
            services.answer_questions(
                session, visit_id=visit_id, answers=form.values, actor=actor, now=instant
            )
    except AlreadyMoved:  # Sent twice: the page shows how it stands.
        return _to_person(entry)
    if _visit(visit_id).stage == VisitState.SCREENED:
        return redirect(url_for("doses.scan", visit_id=visit_id), 303)
    return _to_person(entry)


def _questions(entry: Entry) -> tuple[rules.Question, ...]:
    return rules.questions_for(entry.person.sex, entry.site.day(now()))


def _questions_page(entry: Entry, form: Form) -> Response:
    return page(
        "visits/questions.html",
        title=gettext("Questions before the vaccine"),
        back=url_for("visits.person", appointment_id=entry.appointment_id),
        form=form,
        entry=entry,
        questions=_questions(entry),
    )


@bp.post("/clinic/visits/<uuid:visit_id>/again")
@access(Permission.VISIT_WRITE)
def ask_again(visit_id: UUID) -> AnyResponse:
    """Take the person back to the questions."""
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        services.reopen(session, visit_id=visit_id, actor=actor, now=instant)
    return redirect(url_for("visits.questions", visit_id=visit_id), 303)


@bp.get("/clinic/observation")
@access(Permission.VISIT_READ)
def observation() -> Response:
    """Show who must stay for how long."""
    sites = _sites()
    site = _chosen(sites)
    entries = queries.observed(db.session(), site=site)
    instant = now()
    lines = [
        (entry, until, max(0, int((until - instant).total_seconds())))
        for entry in entries
        if entry.visit and entry.visit.observed_from
        for until in [rules.observed_until(entry.visit.observed_from)]
    ]
    return page(
        "visits/observation.html",
        title=gettext("Observation"),
        site=site,
        sites=sites,
        lines=lines,
        may_write=current_actor().may(Permission.VISIT_WRITE, site.id),
    )


@bp.get("/clinic/visits/<uuid:visit_id>/leave")
@access(Permission.VISIT_WRITE)
def leave_early(visit_id: UUID) -> Response:
    """Ask why somebody leaves before the observation is over."""
    return _leave_page(_visit(visit_id), blank_form(schemas.LeaveSchema()))


@bp.post("/clinic/visits/<uuid:visit_id>/leave")
@access(Permission.VISIT_WRITE)
def leave(visit_id: UUID) -> AnyResponse:
    """Let the person go; where the observation lasts, only with a reason."""
    entry = _visit(visit_id)
    form = read_form(schemas.LeaveSchema())
    reason: LeaveReason | None = form.values.get("reason")
    actor, instant = current_actor(), now()
    try:
        with transaction(db.session()) as session:
            services.leave(session, visit_id=visit_id, reason=reason, actor=actor, now=instant)
    except RefusedAct as refused:
        detail, zone = refused.decision.detail, entry.site.timezone
        form.errors["reason"] = explain(refused.sentence, detail, zone)
        return _leave_page(entry, form)
    if entry.stage == VisitState.VACCINATED:
        return redirect(url_for("visits.observation", site=entry.site.code), 303)
    return _to_person(entry)


def _leave_page(entry: Entry, form: Form) -> Response:
    return page(
        "visits/leave.html",
        title=gettext("Leaving before the time"),
        back=url_for("visits.observation", site=entry.site.code),
        form=form,
        entry=entry,
        leave_labels=rules.LEAVE_LABELS,
    )


def _visit(visit_id: UUID) -> Entry:
    return queries.get_visit(db.session(), visit_id=visit_id, actor=current_actor())


def _to_person(entry: Entry) -> AnyResponse:
    return redirect(url_for("visits.person", appointment_id=entry.appointment_id), 303)
