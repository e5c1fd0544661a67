"""The language of a request: asked for in the address, remembered in a cookie, or the browser's.

Any kind of Chinese (`zh`, `zh-CN`, `zh-Hans-SG`, ...) is answered in simplified Chinese.
"""

from urllib.parse import quote

from flask import Blueprint, Flask, Response, current_app, g, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from vaxsite.core.decisions import Detail
from vaxsite.web import catalogs
from vaxsite.web.access import public
from vaxsite.web.catalogs import Language
from vaxsite.web.links import own_path, readable_path

COOKIE = "language"
A_YEAR_S = 365 * 24 * 3600
HTML_LANG: dict[Language, str] = {"en": "en-GB", "zh": "zh-Hans"}

bp = Blueprint("language", __name__)


def match(tag: str | None) -> Language | None:
    """Return our language for a language *tag*, or None for one that we do not speak."""
    primary = (tag or "").lower().replace("_", "-").split("-")[0]
    return {"zh": "zh", "en": "en"}.get(primary)  # type: ignore[return-value]  # The two literals.


def current_language() -> Language:
    """Return the language of this request."""
    if "language" not in g:
        g.language = _choose()
    language: Language = g.language
    return language


def _choose() -> Language:
    tags = [
        request.args.get("lang"),
        request.cookies.get(COOKIE),
        *request.accept_languages.values(),
    ]
    return next((language for tag in tags if (language := match(tag))), "en")


def gettext(text: str, /, **values: object) -> str:
    """Return *text* in the language of this request, its places filled with *values*."""
    return catalogs.translate(text, current_language(), **values)


def ngettext(singular: str, plural: str, number: int, /, **values: object) -> str:
    """Return the form for *number*, which also fills the place `%(num)d`."""
    chosen = catalogs.translations(current_language()).ngettext(singular, plural, number)
    return chosen % {"num": number, **values}


def explain(sentence: str, detail: Detail, timezone: str | None = None) -> str:
    """Return the *sentence* of a refusal in the language of this request."""
    return catalogs.explain(sentence, detail, current_language(), timezone)


@bp.get("/language/<code>")
@public
def switch(code: str) -> AnyResponse:
    """Remember the language and show the page again that the person was on."""
    response = redirect(own_path(request.args.get("next")) or "/")
    language = match(code)
    if language is not None:
        remember(response, language)
    return response


def remember(response: AnyResponse, language: Language) -> None:
    """Keep *language* in the browser for a year."""
    response.set_cookie(
        COOKIE,
        language,
        max_age=A_YEAR_S,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )


def switch_url(language: Language) -> str:
    """Return the address that shows this page in *language*."""
    return f"/language/{language}?next={quote(readable_path(), safe='/')}"


def _keep_asked_language(response: Response) -> Response:
    asked = match(request.args.get("lang"))
    if asked is not None and asked != request.cookies.get(COOKIE):
        remember(response, asked)
    return response


def init_app(app: Flask) -> None:
    """Make texts of templates follow the language of the request."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # Added by the extension.
        gettext=lambda text: catalogs.translations(current_language()).gettext(text),
        ngettext=lambda one, many, number: catalogs.translations(current_language()).ngettext(
            one, many, number
        ),
        newstyle=True,
    )
    app.after_request(_keep_asked_language)
    app.register_blueprint(bp)
