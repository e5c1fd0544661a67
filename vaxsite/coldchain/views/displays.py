"""Displays on walls: make this browser one, see them, take the wall from one."""

from flask import Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from sensors.store.transaction import transaction
from vaxsite.accounts.views import end_sign_in
from vaxsite.coldchain import displays, schemas
from vaxsite.coldchain.views.blueprint import bp, namer
from vaxsite.core.permissions import Permission
from vaxsite.web import ui
from vaxsite.web.access import SignedIn, access, current_actor
from vaxsite.web.clock import now
from vaxsite.web.db import db
from vaxsite.web.forms import Form, blank_form, read_form
from vaxsite.web.language import current_language, gettext
from vaxsite.web.page import page

# All that a display may ask for.
SHOWN = frozenset({"coldchain.wall", "coldchain.wall_units", "coldchain.live"})
LASTS_S = 400 * 24 * 3600  # The longest that browsers keep a cookie; each look begins it anew.


def identify() -> SignedIn | None:
    """Return the display that asks, where it asks for the wall; nobody anywhere else."""
    token = request.cookies.get(_cookie())
    if token is None or request.endpoint not in SHOWN:
        return None
    found = displays.find_actor(db.session(), token=token)
    return SignedIn(found[0], found[1], frozenset()) if found else None


def remember(response: Response, token: str | None = None) -> None:
    """Keep *token*, or the one that the browser has already, for as long as browsers do."""
    kept = token or request.cookies.get(_cookie())
    if kept is not None:
        response.set_cookie(
            _cookie(),
            kept,
            max_age=LASTS_S,
            secure=_is_secure(),
            httponly=True,
            samesite="Lax",
        )


@bp.get("/coldchain/displays")
@access(Permission.DISPLAY_WRITE)
def wall_displays() -> Response:
    """List the displays, and offer to make this browser one."""
    return _page(blank_form(schemas.DisplaySchema()))


@bp.post("/coldchain/displays")
@access(Permission.DISPLAY_WRITE)
def keep_display() -> AnyResponse:
    """Make this browser a display: the person is signed out of it, the wall stays."""
    form = read_form(schemas.DisplaySchema())
    if not form.ok:
        return _page(form)
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        token = displays.keep(
            session,
            site_id=form.values["site"],
            name=form.values["name"],
            actor=actor,
            now=instant,
        )
    end_sign_in()
    response = current_app.make_response(redirect(url_for("coldchain.wall"), 303))
    remember(response, token)
    return response


@bp.post("/coldchain/displays/<int:display_id>/revoke")
@access(Permission.DISPLAY_WRITE)
def revoke_display(display_id: int) -> AnyResponse:
    """Take the wall from a display that was moved, sold or stolen."""
    actor, instant = current_actor(), now()
    with transaction(db.session()) as session:
        displays.revoke(session, display_id=display_id, actor=actor, now=instant)
    return redirect(url_for("coldchain.wall_displays"), 303)


def _page(form: Form) -> Response:
    actor = current_actor()
    sites = displays.list_sites(db.session(), actor=actor)
    found = displays.list_displays(db.session(), actor=actor)
    return page(
        "coldchain/displays.html",
        title=gettext("Wall displays"),
        back=url_for("coldchain.wall"),
        form=form,
        displays=found,
        sites=[ui.option(one.id, one.name(current_language())) for one in sites],
        named=namer([one.made_by for one in found]),
    )


def _is_secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


def _cookie() -> str:
    return "__Host-vax-display" if _is_secure() else "vax-display"
