"""Forgery protection: every form carries a token of its session. The only user of Flask-WTF."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask
from flask_wtf.csrf import (  # type: ignore[import-untyped]  # The package ships no types.
    CSRFError,
    CSRFProtect,
    generate_csrf,
)
from markupsafe import Markup

__all__ = ["CSRFError", "exempt", "field", "init_app", "token"]

View = TypeVar("View", bound=Callable[..., Any])  # Any: a view takes what its address holds.
_protect = CSRFProtect()


def exempt(view: View) -> View:
    """Ask for no token: for a view that knows its sender by a header, which no browser adds."""
    exempted: View = _protect.exempt(view)
    return exempted


def token() -> str:
    """Return the token of this session, for the header that htmx sends."""
    return str(generate_csrf())


def field() -> Markup:
    """Return the hidden field that every form with POST holds."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(token())


def init_app(app: Flask) -> None:
    """Refuse every write to *app* without the token of its session."""
    _protect.init_app(app)
    app.jinja_env.globals.update(csrf=field, csrf_token=token)
