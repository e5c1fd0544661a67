"""What everybody sees of draws: the list, one draw, and its files to save and recompute."""

from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from vaxsite.draws import queries
from vaxsite.draws.rules.states import DRAWS, DrawState
from vaxsite.draws.views.blueprint import bp
from vaxsite.eligibility import queries as eligibility
from vaxsite.web.access import public
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.language import current_language
from vaxsite.web.language import gettext as _
from vaxsite.web.page import page

COLOURS = {
    DrawState.ANNOUNCED: "blue",
    DrawState.CLOSED: "yellow",
    DrawState.DRAWN: "yellow",
    DrawState.PUBLISHED: "green",
    DrawState.WITHDRAWN: "grey",
}


def state_label(draw: queries.DrawView) -> str:
    """Return how far the draw came, as people read it now."""
    if draw.open_at(now()):
        return _("Registration is open")
    if draw.state is DrawState.ANNOUNCED and now() >= draw.closes_at:
        return _("Registration is closed")
    shown = DrawState.CLOSED if draw.state is DrawState.DRAWN else draw.state
    return DRAWS.labels[shown][current_language() == "zh"]


def group_names(draw: queries.DrawView) -> dict[str, str]:
    """Return the names of the groups that have a quota."""
    found = {code: eligibility.groups().find(code) for code in queries.quotas_told(draw.told)}
    language = current_language()
    return {code: one.name(language) if one else code for code, one in found.items()}


@bp.get("/draws")
@public
def draws() -> Response:
    """List the draws."""
    found = queries.draws(db.session())
    return page(
        "draws/draws.html",
        title=_("Draws for vaccination places"),
        back="/",
        draws=found,
        labels={one.id: state_label(one) for one in found},
        colours=COLOURS,
    )


@bp.get("/draws/<int:draw_id>")
@public
def draw(draw_id: int) -> Response:
    """Show one draw: what, when, how many, the commitment, the files."""
    found = queries.get_draw(db.session(), draw_id)
    return page(
        "draws/draw.html",
        title=_("Draw: %(vaccine)s", vaccine=found.product_name[current_language()]),
        back="/draws",
        draw=found,
        label=state_label(found),
        colour=COLOURS[found.state],
        groups=group_names(found),
        open=found.open_at(now()),
        coming=found.state is DrawState.ANNOUNCED and now() < found.opens_at,
        counts=queries.counts(db.session(), draw_id) if found.entries_digest else None,
    )


@bp.get("/draws/<int:draw_id>/announcement.json")
@public
def announcement(draw_id: int) -> Response:
    """Give the announcement, byte for byte as its digest was made."""
    return _file(queries.announcement(db.session(), draw_id), "application/json")


@bp.get("/draws/<int:draw_id>/entries.csv")
@public
def entries(draw_id: int) -> Response:
    """Give the closed list."""
    return _file(queries.published_list(db.session(), draw_id), "text/csv")


@bp.get("/draws/<int:draw_id>/result.json")
@public
def result(draw_id: int) -> Response:
    """Give the signed result."""
    return _file(queries.published_result(db.session(), draw_id), "application/json")


def _file(text: str, kind: str) -> FlaskResponse:
    response = FlaskResponse(text, mimetype=kind)
    response.headers["Content-Disposition"] = "attachment"
    return response
