"""Every route says who may use it, and gives each role what it says."""

import pytest
from flask import Blueprint, Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from tests.build.sites import a_site
from tests.web_client import PageClient
from vaxsite.core.actor import RESIDENT
from vaxsite.core.permissions import ROLES, Permission, Role
from vaxsite.web import access
from vaxsite.web.access import Declaration, Door

NOBODY = "nobody"
# What fills the places of an address: nothing that exists, so a page behind an open door is 404.
FILLED = {"IntegerConverter": 0, "UUIDConverter": "018f0000-0000-7000-8000-000000000000"}


def _address(app: Flask, rule: Rule) -> str:
    values = {
        name: FILLED.get(type(converter).__name__, "none")
        for name, converter in rule._converters.items()  # noqa: SLF001 - werkzeug has no other way
    }
    with app.test_request_context():
        return str(app.url_map.bind("localhost").build(rule.endpoint, values, method=_method(rule)))


def _method(rule: Rule) -> str:
    return "GET" if "GET" in (rule.methods or ()) else "POST"


@pytest.mark.parametrize("role", [NOBODY, *Role])
def test_every_route_gives_each_role_what_it_declares(
    app: Flask, client: PageClient, session: Session, role: str
) -> None:
    """Nobody is sent to sign in, the wrong role is refused, the right one passes the door."""
    a_site(session)
    session.commit()
    app.config["WTF_CSRF_ENABLED"] = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    wrong: list[str] = []
    for rule in app.url_map.iter_rules():
        declared = access.declaration(app, rule.endpoint)
        assert declared is not None
        if rule.endpoint.endswith(".static") or declared.door is Door.PUBLIC:
            continue
        if role != NOBODY:
            client.sign_in(role)
        response = client.open(_address(app, rule), method=_method(rule), check=False)
        response.close()
        said = _said(response.status_code, response.location)
        if said != _expected(declared, role):
            wrong.append(f"{_method(rule)} {rule.rule} for {role}: {said} ({response.status})")

    assert wrong == []


def _said(status: int, location: str | None) -> str:
    if status == 302 and (location or "").startswith("/sign-in"):
        return "sign in"
    return "refused" if status == 403 else "open"


def _expected(declared: Declaration, role: str) -> str:
    if role == NOBODY:
        return "sign in"
    if declared.door is Door.ANY_STAFF:
        return "open"
    return "open" if set(declared.permissions) & ROLES[Role(role)] else "refused"


def test_a_route_that_says_nothing_stops_the_start(app: Flask) -> None:
    """A forgotten declaration is found when the application is made, by name."""
    forgetful = Blueprint("forgetful", __name__)

    @forgetful.get("/open-to-all")
    def open_to_all() -> str:
        return "secret"

    app.register_blueprint(forgetful)

    with pytest.raises(access.Undeclared, match=r"/open-to-all \(forgetful.open_to_all\)"):
        access.check_declared(app)


def test_a_permission_must_be_named() -> None:
    """`@access()` without a permission would open a door by mistake."""
    with pytest.raises(TypeError):
        access.access()


def test_asking_for_json_without_sign_in_gets_401(client: PageClient) -> None:
    """A program is told in its own language that it must sign in."""
    response = client.get("/gallery/staff/1", headers={"Accept": "application/json"})

    assert response.status_code == 401
    assert response.mimetype == "application/problem+json"


def test_a_fragment_without_sign_in_sends_the_whole_page_there(client: PageClient) -> None:
    """A part of a page that is fetched after the end of the sign-in leads to the sign-in page."""
    response = client.get("/gallery/staff/1", headers={"HX-Request": "true"})

    assert response.status_code == 401
    assert response.headers["HX-Redirect"] == "/sign-in?next=/gallery/staff/1"


def test_residents_act_as_resident(app: Flask) -> None:
    """Who is not signed in acts as a resident without rights."""
    with app.test_request_context("/gallery"):
        assert access.current_actor() == RESIDENT
        assert not access.current_actor().may(Permission.VISIT_READ)
