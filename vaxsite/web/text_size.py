"""How large texts are: chosen in the head of every page, remembered in a cookie of its own.

The cookie says nothing but that somebody asked for it, so it needs no consent (article 5(3) of
Directive 2002/58/EC excepts what the user asked for). It works without JavaScript.
"""

from dataclasses import dataclass
from urllib.parse import quote

from flask import Blueprint, Flask, current_app, redirect, request
from werkzeug.wrappers import Response

from vaxsite.web.access import public
from vaxsite.web.language import A_YEAR_S, gettext
from vaxsite.web.links import own_path, readable_path

COOKIE = "text"
LARGE = "large"
NORMAL = "normal"

bp = Blueprint("text_size", __name__)


@dataclass(frozen=True)
class TextSize:
    """Whether this browser shows large type, and the link that changes it."""

    large: bool
    url: str
    label: str


@bp.get("/text-size/<size>")
@public
def switch(size: str) -> Response:
    """Remember the size and show the page again that the person was on."""
    response = redirect(own_path(request.args.get("next")) or "/")
    response.set_cookie(
        COOKIE,
        LARGE if size == LARGE else "",
        max_age=A_YEAR_S if size == LARGE else 0,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )
    return response


def current() -> TextSize:
    """Return the size of this request and the way to the other."""
    large = request.cookies.get(COOKIE) == LARGE
    other = NORMAL if large else LARGE
    url = f"/text-size/{other}?next={quote(readable_path(), safe='/')}"
    return TextSize(large, url, gettext("Normal type") if large else gettext("Large type"))


def init_app(app: Flask) -> None:
    """Let the templates of *app* follow the size."""
    app.register_blueprint(bp)
    app.context_processor(lambda: {"text_size": current()})
