"""The wall: every fridge on one page, on a display, and live."""

from flask import Response, current_app, render_template, url_for
from sqlalchemy.orm import sessionmaker

from vaxsite.coldchain import live as live_updates
from vaxsite.coldchain.live import Viewers
from vaxsite.coldchain.queries import marks
from vaxsite.coldchain.queries import wall as wall_queries
from vaxsite.coldchain.queries.wall import Wall
from vaxsite.coldchain.views import displays
from vaxsite.coldchain.views.blueprint import VIEWERS, bp
from vaxsite.core.actor import ActorKind
from vaxsite.core.permissions import Permission
from vaxsite.web.access import access, current_actor
from vaxsite.web.clock import current_clock, now
from vaxsite.web.db import db
from vaxsite.web.language import gettext
from vaxsite.web.page import page


def _wall() -> Wall:
    return wall_queries.read_wall(db.session(), actor=current_actor(), now=now())


@bp.get("/coldchain")
@access(Permission.COLDCHAIN_READ)
def home() -> Response:
    """Show every fridge, the worst first."""
    return page("coldchain/home.html", title=gettext("Fridges"), wall=_wall())


@bp.get("/coldchain/units")
@access(Permission.COLDCHAIN_READ)
def units() -> str:
    """Give the list of fridges alone, for the page to renew."""
    return render_template("coldchain/_units.html", wall=_wall())


@bp.get("/coldchain/wall")
@access(Permission.COLDCHAIN_READ)
def wall() -> Response:
    """Show the wall display."""
    actor = current_actor()
    by_hand = actor.kind is ActorKind.STAFF
    response = page(
        "coldchain/wall.html",
        title=gettext("Fridges"),
        wall=_wall(),
        back=url_for("coldchain.home") if by_hand else None,
        by_hand=by_hand,
        may_keep=actor.may(Permission.DISPLAY_WRITE),
    )
    if not by_hand:
        displays.remember(response)
    return response


@bp.get("/coldchain/wall/units")
@access(Permission.COLDCHAIN_READ)
def wall_units() -> str:
    """Give the cards of the wall alone, for the display to renew."""
    by_hand = current_actor().kind is ActorKind.STAFF
    return render_template("coldchain/_wall_units.html", wall=_wall(), by_hand=by_hand)


@bp.get("/coldchain/live")
@access(Permission.COLDCHAIN_READ)
def live() -> Response:
    """Say, as server-sent events, that something changed; never what."""
    viewers: Viewers = current_app.extensions[VIEWERS]
    actor, sessions, clock = current_actor(), sessionmaker(db.engine), current_clock()

    def read_mark() -> str:
        with sessions() as session:
            return marks.read_mark(session, actor=actor, now=clock())

    db.session.remove()  # Its connection is not held for as long as somebody watches.
    if not viewers.enter():
        return Response(status=503, headers={"Retry-After": str(live_updates.RETRY_S)})
    response = Response(live_updates.events(read_mark), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(viewers.leave)
    return response
