"""Addresses inside this site: nobody is sent elsewhere by a parameter of ours."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect


def own_path(address: str | None) -> str | None:
    """Return *address* where it is a path of this site, else None."""
    if not address or not address.startswith("/") or "\\" in address:
        return None
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or address.startswith("//"):
        return None
    return address


def readable_path() -> str:
    """Return the address of this page as a link can open it, without `lang`.

    The answer to a form may stand at an address that has no page to read: then the front page.
    """
    if not answers_get(request.path):
        return "/"
    query = [(name, value) for name, value in parse_qsl(_query()) if name != "lang"]
    return f"{request.path}?{urlencode(query)}" if query else request.path


def _query() -> str:
    return request.query_string.decode("utf-8", "replace")


def answers_get(path: str) -> bool:
    """Tell whether this site has a page at *path*."""
    try:
        current_app.url_map.bind("").match(path, method="GET")
    except RequestRedirect:
        return True
    except HTTPException:
        return False
    return True


def back_path() -> str | None:
    """Return the page of this site that the person came from, if the browser says so."""
    referrer = urlsplit(request.referrer or "")
    if referrer.netloc != request.host:
        return None
    path = own_path(referrer.path)
    if path is None or path == request.path:
        return None
    return f"{path}?{referrer.query}" if referrer.query else path
