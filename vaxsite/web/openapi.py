"""What a view of /api/v1 says about itself, and the one document that is made from all of them.

The document is OpenAPI 3.1. It is made from the routes and from the schemas that read the requests,
so it cannot describe anything else; a route without a description stops the start.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from marshmallow import Schema, fields
from werkzeug.routing import Rule

View = TypeVar("View", bound=Callable[..., Any])  # Any: a view takes what its address holds.
Shape = type[Schema] | Mapping[str, Any]  # Any: a schema of OpenAPI, written as it stands there.
ATTRIBUTE = "vaxsite_openapi"
PREFIX = "/api/v1/"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
BEARER = "bearer"
CONVERTED: Mapping[str, Mapping[str, str]] = {
    "IntegerConverter": {"type": "integer"},
    "UUIDConverter": {"type": "string", "format": "uuid"},
}


class Undescribed(Exception):
    """Views of /api/v1 do not say what they take and give: write `@describe(...)` at the route."""


class Fault(Schema):
    """What is wrong with one part of a request."""

    pointer = fields.String(required=True, metadata={"description": "JSON pointer (RFC 6901)"})
    detail = fields.String(required=True)


class ProblemSchema(Schema):
    """A refusal or a fault (RFC 9457): `detail` is for people, `reason` for programs."""

    type = fields.String(required=True)
    status = fields.Integer(required=True)
    title = fields.String(required=True)
    detail = fields.String(required=True)
    reason = fields.String()
    rule = fields.String()
    errors = fields.List(fields.Nested(Fault))


@dataclass(frozen=True, kw_only=True)
class Described:
    """What one operation takes, and what it answers by status; None is an answer without a body."""

    summary: str
    answers: Mapping[int, Shape | None]
    body: Shape | None = None
    query: type[Schema] | None = None
    headers: type[Schema] | None = None
    bearer: bool = False  # A machine is known by its token.
    problems: tuple[int, ...] = field(default=())


def describe(described: Described) -> Callable[[View], View]:
    """Say what the view takes and gives."""

    def declare(view: View) -> View:
        setattr(view, ATTRIBUTE, described)
        return view

    return declare


def routes(app: Flask) -> Iterator[Rule]:
    """Give every route of the API."""
    return (rule for rule in app.url_map.iter_rules() if rule.rule.startswith(PREFIX))


def check_described(app: Flask) -> None:
    """Raise `Undescribed`, naming every route of the API that does not say what it does."""
    silent = [rule.rule for rule in routes(app) if _of(app, rule) is None]
    if silent:
        raise Undescribed(", ".join(silent))


def document(app: Flask, *, version: str, about: str) -> dict[str, Any]:
    """Return the document of every route of the API. Any: JSON."""
    spec = APISpec(
        title="vaxsite",
        version=version,
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=_name)],
        info={"description": about, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
    )
    spec.components.security_scheme(BEARER, {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", schema=ProblemSchema)
    for rule in sorted(routes(app), key=lambda one: one.rule):
        described = _of(app, rule)
        if described is not None:
            spec.path(_path(rule), operations=_operations(rule, described))
    return dict(spec.to_dict())


def _of(app: Flask, rule: Rule) -> Described | None:
    return getattr(app.view_functions[rule.endpoint], ATTRIBUTE, None)


def _name(schema: Any) -> str:  # Any: a schema, its class or its name, as apispec asks.
    kind = schema if isinstance(schema, type) else type(schema)
    return str(kind.__name__).removesuffix("Schema")


def _path(rule: Rule) -> str:
    """Return the address with its places as OpenAPI writes them."""
    parts = (f"{{{part}}}" if is_place else part for is_place, part in _parts(rule))
    return "".join(parts)


def _parts(rule: Rule) -> Iterator[tuple[bool, str]]:
    """Give the parts of the address, and for each whether it is a place."""
    for number, part in enumerate(rule.rule.replace("<", "\0").replace(">", "\0").split("\0")):
        yield number % 2 == 1, part.rpartition(":")[2] if number % 2 else part


def _operations(rule: Rule, said: Described) -> dict[str, Any]:  # Any: parts of the document.
    operation: dict[str, Any] = {
        "summary": said.summary,
        "operationId": rule.endpoint.replace(".", "_"),
        "parameters": [*_places(rule), *_asked(said)],
        "responses": _responses(said),
    }
    if said.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(said.body)}
    if said.bearer:
        operation["security"] = [{BEARER: []}]
    return {one.lower(): operation for one in METHODS if one in (rule.methods or ())}


def _places(rule: Rule) -> list[dict[str, Any]]:  # Any: parts of the document.
    kinds = {name: type(one).__name__ for name, one in rule._converters.items()}  # noqa: SLF001 - werkzeug has no other way
    return [
        {
            "in": "path",
            "name": name,
            "required": True,
            "schema": dict(CONVERTED.get(kinds[name], {"type": "string"})),
        }
        for is_place, name in _parts(rule)
        if is_place
    ]


def _asked(said: Described) -> list[dict[str, Any]]:  # Any: parts of the document.
    by_place = {"query": said.query, "header": said.headers}
    return [{"in": place, "schema": schema} for place, schema in by_place.items() if schema]


def _responses(said: Described) -> dict[str, Any]:  # Any: parts of the document.
    found: dict[str, Any] = {}
    for status, shape in said.answers.items():
        found[str(status)] = {"description": HTTPStatus(status).phrase}
        if shape is not None:
            found[str(status)]["content"] = _content(shape)
    for status in said.problems:
        found[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": "Problem"}},
        }
    return found


def _content(shape: Shape) -> dict[str, Any]:  # Any: parts of the document.
    return {"application/json": {"schema": shape}}
