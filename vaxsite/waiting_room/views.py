"""The waiting room: one page that says where you stand, and the manager's page that runs it."""

import math
import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, jsonify, redirect, request, session, url_for
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.core import sites
from vaxsite.core.decisions import N_
from vaxsite.core.errors import RefusedAct, refuse_detail
from vaxsite.core.networks import network_of
from vaxsite.core.permissions import Permission
from vaxsite.waiting_room import gate, queries, rules, schemas, services
from vaxsite.waiting_room.queries import Standing
from vaxsite.waiting_room.rules import OPENINGS, Check, Reason, Stand
from vaxsite.web.access import access, current_actor, public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page

bp = Blueprint(
    "waiting_room",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static/waiting_room",
)
CHALLENGE = "queue_challenge"
TITLES = {
    Stand.NO_ROOM: N_("You can book now"),
    Stand.OUTSIDE: N_("Get in line for booking"),
    Stand.GATHERING: N_("You are in the waiting room"),
    Stand.WAITING: N_("You are in line"),
    Stand.ADMITTED: N_("It is your turn"),
    Stand.OVER: N_("Your time to book is over"),
}
FIELDS = {Reason.IN_THE_PAST: "opens", Reason.TIMES_ORDER: "ends", Reason.RATE_RANGE: "per_minute"}


@bp.get("/waiting-room")
@public
def room() -> Response:
    """Say where this browser stands; looking changes nothing about its place."""
    return _room(gate.standing(gate.token()), blank_form(schemas.JoinForm()))


@bp.post("/waiting-room")
@public
def join() -> Response:
    """Give this browser a place."""
    found, form = gate.standing(gate.token()), read_form(schemas.JoinForm())
    if found.stand not in rules.LEFT_OUT or found.opening is None:
        return redirect(url_for("waiting_room.room"))
    if found.opening.check is Check.PUZZLE and not _answered(form):
        form.fail("answer", _(rules.SENTENCES[Reason.WRONG_ANSWER]))
        return _room(found, form)
    fresh, network, instant = gate.new_token(), network_of(request.remote_addr), now()
    try:
        with transaction(db.session()) as store:
            services.join(store, token=fresh, network=network, now=instant)
    except RefusedAct as refused:
        form.fail("answer", explain(refused.sentence, refuse_detail(refused)))
        return _room(found, form, status=429)
    return redirect(url_for("waiting_room.room"))


@bp.get("/waiting-room/place.json")
@public
def place() -> FlaskResponse:
    """Tell the page where it stands, in the words that it shows."""
    found = gate.standing(gate.token())
    return jsonify(
        stand=found.stand.value, ahead=found.ahead, wait=wait_text(found), again=again_s(found)
    )


def wait_text(found: Standing) -> str:
    """Return the wait in words, never less than it will be."""
    minutes = math.ceil(found.wait.total_seconds() / 60)
    if minutes < 60:
        return _("about %(minutes)s minutes", minutes=max(1, minutes))
    return _("about %(hours)s hours %(minutes)s minutes", hours=minutes // 60, minutes=minutes % 60)


def again_s(found: Standing) -> int:
    """Return after how many seconds the page looks again: sooner when the turn is near."""
    near = found.stand is Stand.GATHERING or found.wait.total_seconds() < 120
    return rules.REFRESH_SOON_S if near else rules.REFRESH_LATER_S


def _answered(form: Form) -> bool:
    """Tell whether the challenge of this browser was answered; each can be tried once."""
    challenge = session.pop(CHALLENGE, None)
    if challenge is None or not form.ok:
        return False
    solved, answer = form.values["solved"], form.values["answer"]
    return rules.puzzle_solved(challenge, solved) or rules.sum_right(challenge, answer)


def _room(found: Standing, form: Form, status: int | None = None) -> Response:
    challenge = ""
    asks = found.opening is not None and found.opening.check is Check.PUZZLE
    if asks and found.stand in rules.LEFT_OUT:
        challenge = session[CHALLENGE] = secrets.token_hex(12)
    return page(
        "waiting_room/room.html",
        title=_(TITLES[found.stand]),
        form=form,
        status=status,
        found=found,
        opening=found.opening,
        challenge=challenge,
        numbers=rules.numbers_of(challenge) if challenge else None,
        bits=rules.PUZZLE_BITS,
        wait=wait_text(found),
        again=again_s(found),
    )


@bp.get("/manage/waiting-room")
@access(Permission.OPENING_WRITE)
def manage() -> Response:
    """Show the waiting rooms that are on or to come, and how the line moves."""
    return _manage(blank_form(schemas.OpeningForm(), per_minute="60", check="none"))


@bp.post("/manage/waiting-room")
@access(Permission.OPENING_WRITE)
def switch_on() -> Response:
    """Switch a waiting room on for an opening moment."""
    form, actor, instant = read_form(schemas.OpeningForm()), current_actor(), now()
    if not form.ok:
        return _manage(form)
    zone, times = _timezone(), form.values

    def at(name: str) -> datetime:
        return datetime.combine(times["day"], times[name], ZoneInfo(zone))

    try:
        with transaction(db.session()) as store:
            services.switch_on(
                store,
                gathers_at=at("gathers"),
                opens_at=at("opens"),
                until_at=at("ends"),
                per_minute=times["per_minute"],
                check=Check(times["check"]),
                timezone=zone,
                actor=actor,
                now=instant,
            )
    except RefusedAct as refused:
        field = FIELDS.get(Reason(refused.decision.reason), "day")
        form.fail(field, explain(refused.sentence, refuse_detail(refused)))
        return _manage(form)
    return redirect(url_for("waiting_room.manage"))


@bp.post("/manage/waiting-room/<int:opening_id>/rate")
@access(Permission.OPENING_WRITE)
def change_rate(opening_id: int) -> Response:
    """Let more or fewer in from now on."""
    form, actor, instant = read_form(schemas.RateForm()), current_actor(), now()
    if form.ok:
        with transaction(db.session()) as store:
            services.change_rate(
                store,
                opening_id=opening_id,
                per_minute=form.values["per_minute"],
                actor=actor,
                now=instant,
            )
    return redirect(url_for("waiting_room.manage"))


@bp.post("/manage/waiting-room/<int:opening_id>/end")
@access(Permission.OPENING_WRITE)
def end(opening_id: int) -> Response:
    """Take the waiting room away."""
    actor, instant = current_actor(), now()
    with transaction(db.session()) as store:
        services.end(store, opening_id=opening_id, actor=actor, now=instant)
    return redirect(url_for("waiting_room.manage"))


def _timezone() -> str:
    """Return the clock by which a manager plans: that of the first of their sites."""
    mine = sites.permitted(db.session(), actor=current_actor(), permission=Permission.OPENING_WRITE)
    return mine[0].timezone


def _manage(form: Form) -> Response:
    instant = now()
    found = queries.coming(db.session(), now=instant)
    chinese = current_language() == "zh"
    return page(
        "waiting_room/manage.html",
        title=_("Waiting room before booking"),
        form=form,
        back="/manage",
        openings=[(one, queries.figures(db.session(), one, now=instant)) for one in found],
        labels={state: label[chinese] for state, label in OPENINGS.labels.items()},
    )
