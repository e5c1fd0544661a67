"""Refusals and faults, shown once for everybody: a page, or problem+json where JSON is asked for.

What we expected is a `DomainError`. Everything else is a fault of ours: it is logged by its name,
and the person learns that it was not theirs.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, jsonify, request
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, InternalServerError

from sensors.domain.states import AlreadyMoved
from vaxsite.core.decisions import N_
from vaxsite.core.errors import DomainError, RefusedAct, refuse_detail
from vaxsite.web.csrf import CSRFError
from vaxsite.web.language import explain, gettext
from vaxsite.web.links import back_path
from vaxsite.web.page import page

log = structlog.get_logger(__name__)
RETRY_AFTER_S = 5


@dataclass(frozen=True)
class Notice:
    """What a person reads about a refusal or a fault."""

    title: str
    sentence: str


NOTICES: dict[int, Notice] = {
    400: Notice(N_("We did not understand that"), N_("Go back and try it again.")),
    401: Notice(N_("Sign in first"), N_("This is only for staff who are signed in.")),
    403: Notice(
        N_("You may not open this"),
        N_("Your role does not include it. Your manager can change that."),
    ),
    404: Notice(
        N_("We cannot find that"),
        N_("If you typed the address, check it. If you followed a link, it may have ended."),
    ),
    405: Notice(N_("That cannot be done here"), N_("Go back and use the buttons of the page.")),
    409: Notice(N_("This cannot be done"), N_("Go back and look at how it stands now.")),
    413: Notice(N_("That is too large"), N_("Send something smaller.")),
    429: Notice(N_("Too many tries"), N_("Wait a little, then try again.")),
    500: Notice(
        N_("Something went wrong on our side"),
        N_("It is not your fault and we have been told. Nothing was half saved. Try again."),
    ),
    503: Notice(
        N_("We cannot be reached right now"),
        N_("What you sent was not saved. Try again in a minute."),
    ),
}
MOVED = Notice(
    N_("This changed while you were looking"),
    N_("Somebody else was first. Go back, see how it stands now, and decide again."),
)
STALE = Notice(
    N_("This page was open too long"),
    N_("Nothing was saved. Go back, load the page again, and send it once more."),
)


def wants_json() -> bool:
    """Tell whether the answer should be JSON: what was sent is, or what is asked for is."""
    if request.is_json or request.path.startswith("/api/"):
        return True
    accepted = request.accept_mimetypes
    best = accepted.best_match(["text/html", "application/problem+json", "application/json"])
    return best is not None and best != "text/html" and not accepted.accept_html


def answer(status: int, title: str, detail: str, **extra: Any) -> Response:  # Any: JSON values.
    """Answer *status* with a page, or with problem+json (RFC 9457) that also holds *extra*."""
    if wants_json():
        response = jsonify(
            {"type": "about:blank", "status": status, "title": title, "detail": detail, **extra}
        )
        response.status_code = status
        response.mimetype = "application/problem+json"
        return response
    return page("web/error.html", title=title, status=status, sentence=detail, back=back_path())


def _notice(status: int, notice: Notice) -> Response:
    return answer(status, gettext(notice.title), gettext(notice.sentence))


def _domain_error(error: DomainError) -> Response:
    extra: dict[str, str] = {}
    if isinstance(error, RefusedAct):
        extra = {"reason": error.decision.reason.value, "rule": error.decision.rule}
    title = NOTICES.get(error.status, NOTICES[409]).title
    detail = explain(error.sentence, refuse_detail(error))
    return answer(error.status, gettext(title), detail, **extra)


def _already_moved(_error: AlreadyMoved) -> Response:
    return _notice(409, MOVED)


def _csrf(_error: CSRFError) -> Response:
    return _notice(400, STALE)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if error.response is not None or status < 400:
        return error.get_response()  # type: ignore[return-value]  # Flask's own class of it.
    fallback = 500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400
    response = _notice(status, NOTICES.get(status, NOTICES[fallback]))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = ", ".join(getattr(error, "valid_methods", None) or ())
    return response


def _fault(error: InternalServerError) -> Response:
    _forget_who()
    log.error("request_failed", endpoint=request.endpoint, exc_info=error.original_exception)
    return _notice(500, NOTICES[500])


def _database_away(error: DBAPIError | PoolTimeout) -> Response:
    _forget_who()
    log.error("database_unavailable", endpoint=request.endpoint, error=type(error).__name__)
    response = _notice(503, NOTICES[503])
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _out_of_range(error: DataError | OverflowError) -> Response:
    """No number of ours is that large, no date that late: what was sent is not ours."""
    log.warning("value_out_of_range", endpoint=request.endpoint, error=type(error).__name__)
    return _notice(400, NOTICES[400])


def _forget_who() -> None:
    """Show the page as to a stranger: asking who is signed in may be what failed."""
    g.setdefault("signed_in", None)


def init_app(app: Flask) -> None:
    """Answer every refusal and fault of *app* here."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(AlreadyMoved, _already_moved)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(InterfaceError, _database_away)
    app.register_error_handler(PoolTimeout, _database_away)
    app.register_error_handler(DataError, _out_of_range)
    app.register_error_handler(OverflowError, _out_of_range)  # The same, from SQLite's driver.
    app.register_error_handler(500, _fault)
    app.register_error_handler(HTTPException, _http)
