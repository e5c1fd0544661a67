"""Security headers of every answer: a strict content policy, nothing framed, nothing kept."""

import secrets

from flask import Flask, Response, current_app, g, request

POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
A_YEAR_S = 365 * 24 * 3600


def csp_nonce() -> str:
    """Return the value that marks this page's own scripts; new for every answer."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def _set_headers(response: Response) -> Response:
    for name, value in FIXED.items():
        response.headers.setdefault(name, value)
    response.headers["Content-Security-Policy"] = POLICY.format(nonce=csp_nonce())
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = f"max-age={A_YEAR_S}"
    _set_caching(response)
    return response


def _set_caching(response: Response) -> None:
    """Keep nothing of a page, unless it says so; keep a file of ours under its hashed name."""
    if request.endpoint and request.endpoint.endswith(".static"):
        lasting = "v" in request.args and response.status_code < 400
        response.headers["Cache-Control"] = (
            f"public, max-age={A_YEAR_S}, immutable" if lasting else "no-cache"
        )
    elif not response.cache_control.public:  # What is public is the same for everybody.
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.update(("Cookie", "Accept-Language"))


def init_app(app: Flask) -> None:
    """Set the headers on every answer of *app*."""
    app.after_request(_set_headers)
    app.jinja_env.globals["csp_nonce"] = csp_nonce
