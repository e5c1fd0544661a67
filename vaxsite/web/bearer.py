"""Machines are known by `Authorization: Bearer <token>` and by nothing else."""

from flask import Response, request

from vaxsite.core.decisions import N_
from vaxsite.web import errors
from vaxsite.web.language import gettext

BEARER = "Bearer "


def bearer_token() -> str | None:
    """Return the token that the request carries; None without one."""
    header = request.headers.get("Authorization", "")
    return (header.removeprefix(BEARER).strip() if header.startswith(BEARER) else "") or None


def unknown_bearer(sentence: str) -> Response:
    """Answer 401 with the *sentence* that says which token is asked for."""
    response = errors.answer(401, gettext(N_("Nobody that we know")), sentence)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response
