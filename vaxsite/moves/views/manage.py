"""The manager's pages of moves: what happened, the proposal, accepting it, how far it is."""

from datetime import date

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.moves import queries, schemas
from vaxsite.moves.rules.states import (
    EVENTS,
    KINDS,
    MOVES,
    WHYS,
    EventKind,
    EventState,
    MoveState,
    Reason,
)
from vaxsite.moves.rules.texts import CAUSES, Cause
from vaxsite.moves.services import accepting, opening
from vaxsite.moves.views.blueprint import bp
from vaxsite.slots import queries as slots
from vaxsite.slots.rules import SessionState
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, date_parts, read_form
from vaxsite.web.language import current_language, explain
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page

ROWS = 50
COLOURS = {
    EventState.OPEN: "yellow",
    EventState.PROPOSED: "orange",
    EventState.RUNNING: "blue",
    EventState.DONE: "green",
    EventState.WITHDRAWN: "grey",
}


@bp.get("/manage/moves")
@access(Permission.SESSION_WRITE)
def events() -> Response:
    """List what happened at the manager's clinics, the newest first."""
    sites = sorted(current_actor().sites(Permission.SESSION_WRITE))
    found = queries.events(db.session(), site_ids=sites)
    return page(
        "moves/events.html",
        title=_("Moving people"),
        back="/manage",
        events=found,
        clinics={one.site_id: one for one in slots.clinics(db.session(), site_ids=sites)},
        counts={one.id: queries.counts(db.session(), one.id) for one in found},
        kinds=KINDS,
        labels=_labels(),
        colours=COLOURS,
    )


@bp.get("/manage/moves/new")
@access(Permission.SESSION_WRITE)
def new() -> Response:
    """Ask what happened, to one session or to a clinic on some days; other pages fill in some."""
    clinics, given = _clinics(), request.args
    site = str(next(iter(clinics))) if len(clinics) == 1 else given.get("site", "")
    initial: dict[str, object] = {"session": given.get("session", ""), "site": site}
    if given.get("kind") in {one.value for one in EventKind}:
        initial["kind"] = given["kind"]
    if (day := given.get("day", type=date.fromisoformat)) is not None:
        initial["first_day"] = date_parts(day)
    return _new(blank_form(schemas.EventForm(), **initial))


@bp.post("/manage/moves/new")
@access(Permission.SESSION_WRITE)
def save_new() -> Response:
    """Close the sessions and let the worker plan."""
    form = read_form(schemas.EventForm())
    if not form.ok:
        return _new(form)
    actor, instant, happened = current_actor(), now(), _happened(form)
    try:
        with transaction(db.session()) as session:
            event_id = opening.open_event(session, happened=happened, actor=actor, now=instant)
    except RefusedAct as refused:
        field = "kind" if refused.decision.reason is Reason.ENOUGH_DOSES else "first_day"
        form.fail(field, explain(refused.sentence, refuse_detail(refused)))
        return _new(form)
    return redirect(url_for("moves.event", event_id=event_id), 303)


@bp.get("/manage/moves/<int:event_id>")
@access(Permission.SESSION_WRITE)
def event(event_id: int) -> Response:
    """Show the proposal, or how far it was carried out."""
    return _event(_own(event_id), blank_form(schemas.AcceptForm()))


@bp.post("/manage/moves/<int:event_id>/accept")
@access(Permission.SESSION_WRITE)
def accept(event_id: int) -> Response:
    """Accept the proposal or its first part; the worker carries it out."""
    found, form = _own(event_id), read_form(schemas.AcceptForm())
    if not form.ok:
        return _event(found, form)
    actor, instant = current_actor(), now()
    try:
        with transaction(db.session()) as session:
            accepting.accept(
                session,
                event_id=event_id,
                up_to=form.values["up_to"],
                actor=actor,
                now=instant,
            )
    except RefusedAct as refused:
        form.fail("up_to", explain(refused.sentence, refuse_detail(refused)))
        return _event(_own(event_id), form)
    return redirect(url_for("moves.event", event_id=event_id), 303)


@bp.post("/manage/moves/<int:event_id>/withdraw")
@access(Permission.SESSION_WRITE)
def withdraw(event_id: int) -> Response:
    """Take the event back: its sessions are offered again."""
    _own(event_id)
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        opening.withdraw(session, event_id=event_id, actor=actor, now=instant)
    return redirect(url_for("moves.event", event_id=event_id), 303)


def _happened(form: Form) -> opening.Happened:
    values = form.values
    chosen = _chosen(form)
    site_id = chosen[0].site_id if chosen else values["site"]
    if site_id not in _clinics():
        raise NotFound
    cause = CAUSES[Cause(values["cause"])]
    short = values["kind"] is EventKind.DOSES_SHORT
    return opening.Happened(
        site_id=site_id,
        session_ids=[one.id for one in chosen],
        kind=values["kind"],
        doses=values["doses"] if short else None,
        reason_en=cause[0],
        reason_zh=cause[1],
    )


def _chosen(form: Form) -> list[slots.SessionView]:
    """Return the published sessions to come that the form names."""
    values = form.values
    if values["session"] is not None:
        return [_session(values["session"])]
    clinic = _clinics().get(values["site"])
    if clinic is None:
        raise NotFound
    last = values["last_day"] or values["first_day"]
    return [
        one
        for one in slots.sessions(db.session(), site_ids=[clinic.site_id], since=now())
        if one.state is SessionState.PUBLISHED
        and values["first_day"] <= clinic.local_day(one.starts_at) <= last
    ]


def _session(session_id: int) -> slots.SessionView:
    found = slots.get_session(db.session(), session_id)
    if found.site_id not in _clinics() or found.state is not SessionState.PUBLISHED:
        raise NotFound
    return found


def _new(form: Form) -> Response:
    typed = str(form.raw.get("session") or "")
    found = _session(int(typed)) if typed.isdecimal() else None
    return page(
        "moves/new.html",
        title=_("What happened?"),
        back=url_for("slots.session", session_id=found.id) if found else url_for("moves.events"),
        form=form,
        found=found,
        clinic=_clinics()[found.site_id] if found else None,
        clinics=_clinics(),
        kinds=KINDS,
        causes={one: CAUSES[one][current_language() == "zh"] for one in Cause},
    )


def _event(found: queries.EventView, form: Form) -> Response:
    session = db.session()
    counts = queries.counts(session, found.id)
    after = request.args.get("after", type=int) or 0
    rows = queries.moves_of(session, found.id, after=after, limit=ROWS)
    more = rows[-1].place if len(rows) >= ROWS else None
    references = queries.references(session, [one.appointment_id for one in rows])
    names = MOVES.labels
    chinese = current_language() == "zh"
    return page(
        "moves/event.html",
        title=_("Moving people"),
        back=url_for("moves.events"),
        form=form,
        event=found,
        clinics=_all_clinics(),
        sessions=queries.sessions_of(session, found.id),
        kind=_(KINDS[found.kind]),
        label=_labels()[found.state],
        colour=COLOURS[found.state],
        counts=[(names[one][chinese], counts[one]) for one in MoveState if counts[one]],
        all=sum(counts.values()),
        proposed=counts[MoveState.PROPOSED],
        placed=queries.count_placed(session, found.id),
        places=queries.last_place(session, found.id),
        rows=rows,
        more=more,
        references=references,
        move_labels={one: names[one][chinese] for one in MoveState},
        whys={one: _(sentence) for one, sentence in WHYS.items()},
    )


def _own(event_id: int) -> queries.EventView:
    """Return an event of a site of the manager; `NotFound` for every other one."""
    found = queries.get_event(db.session(), event_id)
    if not current_actor().may(Permission.SESSION_WRITE, found.site_id):
        raise NotFound
    return found


def _clinics() -> dict[int, slots.ClinicView]:
    site_ids = current_actor().sites(Permission.SESSION_WRITE)
    return {one.site_id: one for one in slots.clinics(db.session(), site_ids=site_ids)}


def _all_clinics() -> dict[int, slots.ClinicView]:
    return {one.site_id: one for one in slots.clinics(db.session())}


def _labels() -> dict[EventState, str]:
    chinese = current_language() == "zh"
    return {EventState(state): label[chinese] for state, label in EVENTS.labels.items()}
