"""Who may use a view: declared on the view, enforced here, checked when the application is made.

A declaration decides about the door only. Whether the record behind it is theirs to see is
decided by the query, whether the act is allowed by the rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import quote

from flask import Flask, abort, current_app, g, redirect, request
from werkzeug.wrappers import Response

from vaxsite.core.actor import RESIDENT, Actor, ActorKind
from vaxsite.core.permissions import Permission, Role
from vaxsite.web.links import readable_path

View = TypeVar("View", bound=Callable[..., Any])  # Any: a view takes what its address holds.
ATTRIBUTE = "vaxsite_access"
EXTENSION = "vaxsite.identify"
SIGN_IN = "/sign-in"


class Door(StrEnum):
    """The three kinds of view."""

    PUBLIC = "public"
    ANY_STAFF = "any_staff"
    PERMISSION = "permission"


@dataclass(frozen=True)
class Declaration:
    """What a view says about who may use it; of several permissions one is enough."""

    door: Door
    permissions: tuple[Permission, ...] = ()

    def admits(self, actor: Actor) -> bool:
        """Tell whether *actor* may use the view."""
        match self.door:
            case Door.PUBLIC:
                return True
            case Door.ANY_STAFF:
                return actor.kind is ActorKind.STAFF
            case Door.PERMISSION:
                return any(actor.may(permission) for permission in self.permissions)


@dataclass(frozen=True)
class SignedIn:
    """The member of staff whose browser asks."""

    actor: Actor
    name: str
    roles: frozenset[Role]


Identify = Callable[[], SignedIn | None]


class Undeclared(Exception):
    """Views do not say who may use them: write `@public` or `@access(...)` below the route."""


def public(view: View) -> View:
    """Declare that anybody may use the view."""
    setattr(view, ATTRIBUTE, Declaration(Door.PUBLIC))
    return view


def any_staff(view: View) -> View:
    """Declare that everybody who is signed in may use the view, whatever their role."""
    setattr(view, ATTRIBUTE, Declaration(Door.ANY_STAFF))
    return view


def access(*permissions: Permission) -> Callable[[View], View]:
    """Declare that the view needs one of *permissions* at any site."""
    if not permissions:
        raise TypeError("name a permission; for everybody signed in there is @any_staff")

    def declare(view: View) -> View:
        setattr(view, ATTRIBUTE, Declaration(Door.PERMISSION, permissions))
        return view

    return declare


def declaration(app: Flask, endpoint: str) -> Declaration | None:
    """Return what the view of *endpoint* declares; files of the page are public."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return Declaration(Door.PUBLIC)
    return getattr(app.view_functions[endpoint], ATTRIBUTE, None)


def check_declared(app: Flask) -> None:
    """Raise `Undeclared`, naming every view of *app* that does not say who may use it."""
    missing = [
        f"{rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        if declaration(app, rule.endpoint) is None
    ]
    if missing:
        raise Undeclared(", ".join(missing))


def signed_in() -> SignedIn | None:
    """Return who is signed in, or None; asks the database once a request."""
    if "signed_in" not in g:
        identify: Identify = current_app.extensions[EXTENSION]
        g.signed_in = identify()
    found: SignedIn | None = g.signed_in
    return found


def current_actor() -> Actor:
    """Return who acts in this request: a member of staff, or a resident without an account."""
    found = signed_in()
    return found.actor if found else RESIDENT


def _enforce() -> Response | None:
    if request.endpoint is None:
        return None
    if request.endpoint.endswith(".static"):
        return None
    declared = declaration(current_app, request.endpoint)
    if declared is None:
        abort(403)
    signed_in()  # Asked here, before a view reads anything or opens a transaction.
    if declared.door is Door.PUBLIC or declared.admits(current_actor()):
        return None
    if signed_in() is not None:
        abort(403)
    address = f"{SIGN_IN}?next={quote(readable_path(), safe='/')}"
    if request.headers.get("HX-Request"):
        return Response(status=401, headers={"HX-Redirect": address})
    if not request.accept_mimetypes.accept_html:
        abort(401)
    return redirect(address)


def init_app(app: Flask, identify: Identify) -> None:
    """Enforce the declarations in *app*; *identify* finds who is signed in."""
    app.extensions[EXTENSION] = identify
    app.before_request(_enforce)
