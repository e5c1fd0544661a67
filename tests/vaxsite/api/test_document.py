"""The document describes every route, is OpenAPI 3.1, and every answer is as it says."""

from typing import Any

import pytest
from flask import Blueprint, Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from werkzeug.test import TestResponse

from tests.build.booking import OpenClinic
from tests.build.programs import BORN, Program
from vaxsite.web import openapi
from vaxsite.web.access import public

ADDRESS = "/api/v1/openapi.json"


@pytest.fixture
def document(program: Program) -> dict[str, Any]:
    """Return the document. Any: JSON."""
    found: dict[str, Any] = program.send("GET", ADDRESS).json
    return found


def test_it_is_openapi(document: dict[str, Any]) -> None:
    """A validator that is not ours accepts it."""
    validate(document)
    assert document["openapi"] == "3.1.0"


def test_every_route_is_in_it(app: Flask, document: dict[str, Any]) -> None:
    """No route below /api/v1 is left out, and no method of one."""
    described = {
        (path, method.upper()) for path, found in document["paths"].items() for method in found
    }
    routed = {
        (openapi._path(rule), method)  # noqa: SLF001 - the address as the document writes it
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in rule.methods or ()
        if method not in {"HEAD", "OPTIONS"}
    }

    assert described == routed
    assert ("/api/v1/appointments/{reference}", "PATCH") in described


def test_a_route_that_says_nothing_stops_the_start(app: Flask) -> None:
    """A forgotten description is found when the application is made."""
    forgetful = Blueprint("forgetful", __name__)

    @forgetful.get("/api/v1/nothing")
    @public
    def nothing() -> str:
        return ""

    app.register_blueprint(forgetful)

    with pytest.raises(openapi.Undescribed, match="/api/v1/nothing"):
        openapi.check_described(app)


def test_what_makes_something_needs_a_key(document: dict[str, Any]) -> None:
    """Every POST of a resident has the header; no request names a cookie."""
    for path in ("/api/v1/holds", "/api/v1/appointments", "/api/v1/queue"):
        headers = {
            one["name"]: one["required"]
            for one in document["paths"][path]["post"]["parameters"]
            if one["in"] == "header"
        }
        assert headers["Idempotency-Key"] is True


def test_answers_are_as_the_document_says(
    program: Program, clinic: OpenClinic, document: dict[str, Any]
) -> None:
    """Each answer of a whole booking, and a refusal, fits its schema."""
    slot = clinic.slot_ids[0]
    held = program.hold(slot)
    done = program.book(held.json)
    address = done.json["appointments"][0]["href"]
    found = program.send("GET", address, Birth_Date=BORN)
    fits(
        document,
        "/api/v1/availability",
        "get",
        program.send("GET", "/api/v1/availability?site=riverside"),
    )
    fits(document, "/api/v1/holds", "post", held)
    fits(document, "/api/v1/holds", "post", program.hold(slot, people=6))
    fits(document, "/api/v1/holds", "post", program.hold(slot, people=7))
    fits(document, "/api/v1/appointments", "post", done)
    fits(document, "/api/v1/appointments/{reference}", "get", found)
    fits(document, "/api/v1/queue", "get", program.send("GET", "/api/v1/queue"))
    fits(document, "/api/v1/queue", "post", program.send("POST", "/api/v1/queue", {}))


def fits(document: dict[str, Any], path: str, method: str, answer: TestResponse) -> None:
    """Hold the answer against its schema, without a field that the schema does not name."""
    told = document["paths"][path][method]["responses"][str(answer.status_code)]
    schema = told["content"][answer.mimetype]["schema"]
    whole = {**closed(schema), "components": closed(document["components"])}
    if answer.status_code >= 400:
        whole = {**schema, "components": document["components"]}
    wrong = [one.message for one in Draft202012Validator(whole).iter_errors(answer.json)]
    assert wrong == []


def closed(schema: Any) -> Any:
    """Return the schema with no other fields than those that it names. Any: JSON."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(one) for name, one in schema.items()}
    return {**found, "additionalProperties": False} if "properties" in found else found
