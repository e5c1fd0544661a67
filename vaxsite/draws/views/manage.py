"""The manager's pages of draws: how they stand, the public number, drawing, publishing."""

from collections.abc import Callable

from flask import current_app, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from sensors.store.transaction import transaction
from vaxsite.core.errors import NotFound, RefusedAct, refuse_detail
from vaxsite.core.permissions import Permission
from vaxsite.draws import queries, schemas
from vaxsite.draws.rules.states import DRAWS, RIGHTS, DrawState, RightState
from vaxsite.draws.services import announcing, drawing
from vaxsite.draws.views.blueprint import bp
from vaxsite.draws.views.public import COLOURS, group_names
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, explain
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page


@bp.get("/manage/draws")
@access(Permission.DRAW_WRITE)
def manage() -> Response:
    """List the draws of the manager's sites."""
    site_ids = current_actor().sites(Permission.DRAW_WRITE)
    return page(
        "draws/manage.html",
        title=_("Draws"),
        back="/manage",
        draws=queries.draws(db.session(), site_ids=site_ids),
        labels=_labels(),
        colours=COLOURS,
    )


@bp.get("/manage/draws/<int:draw_id>")
@access(Permission.DRAW_WRITE)
def manage_draw(draw_id: int) -> Response:
    """Show how the draw stands and what is to be done next."""
    return _draw(_own(draw_id), blank_form(schemas.ValueForm()))


@bp.post("/manage/draws/<int:draw_id>/close")
@access(Permission.DRAW_WRITE)
def close(draw_id: int) -> Response:
    """Close the list now that its time is over; the worker does the same by itself."""
    actor, instant = current_actor(), now()
    return _do(draw_id, lambda s: drawing.close(s, draw_id=draw_id, actor=actor, now=instant))


@bp.post("/manage/draws/<int:draw_id>/value")
@access(Permission.DRAW_WRITE)
def type_value(draw_id: int) -> Response:
    """Keep what this person read at the public source."""
    draw, form = _own(draw_id), read_form(schemas.ValueForm())
    if not form.ok:
        return _draw(draw, form)
    actor, instant = current_actor(), now()
    return _do(
        draw_id,
        lambda session: drawing.type_value(
            session,
            draw_id=draw_id,
            value=form.values["value"],
            source=form.values["source"],
            actor=actor,
            now=instant,
        ),
        form,
    )


@bp.post("/manage/draws/<int:draw_id>/draw")
@access(Permission.DRAW_WRITE)
def draw_now(draw_id: int) -> Response:
    """Draw; only managers see what came of it until it is published."""
    actor, instant = current_actor(), now()
    return _do(draw_id, lambda s: drawing.draw(s, draw_id=draw_id, actor=actor, now=instant))


@bp.post("/manage/draws/<int:draw_id>/publish")
@access(Permission.DRAW_WRITE)
def publish(draw_id: int) -> Response:
    """Sign the result and make it public."""
    actor, instant, key = current_actor(), now(), current_app.config["DRAW_KEY"]
    return _do(
        draw_id,
        lambda s: drawing.publish(s, draw_id=draw_id, signing_key=key, actor=actor, now=instant),
    )


@bp.post("/manage/draws/<int:draw_id>/open-to-all")
@access(Permission.DRAW_WRITE)
def open_to_all(draw_id: int) -> Response:
    """Let everybody book what the people drawn left."""
    actor, instant = current_actor(), now()
    return _do(
        draw_id, lambda s: announcing.open_to_all(s, draw_id=draw_id, actor=actor, now=instant)
    )


@bp.get("/manage/draws/<int:draw_id>/call-off")
@access(Permission.DRAW_WRITE)
def call_off_form(draw_id: int) -> Response:
    """Ask why the draw is called off."""
    return _call_off(_own(draw_id), blank_form(schemas.CallOffForm()))


@bp.post("/manage/draws/<int:draw_id>/call-off")
@access(Permission.DRAW_WRITE)
def call_off(draw_id: int) -> Response:
    """Call the draw off, with a reason that everybody can read."""
    draw, form = _own(draw_id), read_form(schemas.CallOffForm())
    if not form.ok:
        return _call_off(draw, form)
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        announcing.withdraw_draw(
            session, draw_id=draw_id, reason=form.values["reason"], actor=actor, now=instant
        )
    return redirect(url_for("draws.manage_draw", draw_id=draw_id))


def _do(draw_id: int, act: Callable[[Session], object], form: Form | None = None) -> Response:
    """Do *act* in a transaction; a refusal is shown beside the field of the page."""
    _own(draw_id)
    shown = form or blank_form(schemas.ValueForm())
    try:
        with transaction(db.session()) as session:
            act(session)
    except RefusedAct as refused:
        draw = _own(draw_id)
        shown.fail("value", explain(refused.sentence, refuse_detail(refused), draw.timezone))
        return _draw(draw, shown)
    return redirect(url_for("draws.manage_draw", draw_id=draw_id))


def _own(draw_id: int) -> queries.DrawView:
    """Return a draw of a site of the manager; `NotFound` for every other one."""
    found = queries.get_draw(db.session(), draw_id)
    if not current_actor().may(Permission.DRAW_WRITE, found.site_id):
        raise NotFound
    return found


def _draw(draw: queries.DrawView, form: Form) -> Response:
    drawn = draw.state in {DrawState.DRAWN, DrawState.PUBLISHED}
    typed = queries.typed_values(db.session(), draw.id)
    mine = [one for one in typed if one.entered_by == current_actor().id]
    return page(
        "draws/manage_draw.html",
        title=_("Draw: %(vaccine)s", vaccine=draw.product_name[current_language()]),
        form=form,
        back=url_for("draws.manage"),
        draw=draw,
        label=_labels()[draw.state],
        colour=COLOURS[draw.state],
        groups=group_names(draw),
        counts=queries.counts(db.session(), draw.id),
        pools=queries.pool_counts(db.session(), draw.id) if drawn else [],
        right_labels=_right_labels(),
        mine=mine[0] if mine else None,
        typed_count=len(typed),
        closable=draw.state is DrawState.ANNOUNCED and now() >= draw.closes_at,
        readable=draw.state is DrawState.CLOSED and now() >= draw.randomness_at,
        kept=queries.reserved_sessions(db.session(), draw.id),
    )


def _call_off(draw: queries.DrawView, form: Form) -> Response:
    return page(
        "draws/call_off.html",
        title=_("Call this draw off"),
        form=form,
        back=url_for("draws.manage_draw", draw_id=draw.id),
        draw=draw,
    )


def _labels() -> dict[DrawState, str]:
    chinese = current_language() == "zh"
    return {DrawState(state): label[chinese] for state, label in DRAWS.labels.items()}


def _right_labels() -> dict[RightState, str]:
    chinese = current_language() == "zh"
    return {RightState(state): label[chinese] for state, label in RIGHTS.labels.items()}
