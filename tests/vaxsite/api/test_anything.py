"""Whatever is sent, the answer is one that the document names: never a fault of ours."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.build.booking import an_open_clinic
from tests.build.programs import Program

TRIES = 150
# What is near to right, and what is far from it.
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.dates(date(1, 1, 1), date(9999, 12, 31)).map(lambda one: one.isoformat()),
    st.uuids().map(str),
    st.sampled_from(["", "\0", "𝟙", "resident_id", "none", "health-care", "E00000001", "+86139"]),
)
ANY_JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
PLACES = st.uuids().map(str) | st.text(st.characters(categories=["L", "N"]), min_size=1)
VALUES = st.sampled_from(["riverside", "2026-01-13", "true"]) | st.text(max_size=12)
HEADERS = st.one_of(
    st.sampled_from(["1985-05-05", "a key that is long".replace(" ", "-")]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40),
)


def like(schema: dict[str, Any], components: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return what the schema describes, with anything else now and then. Any: JSON."""
    if "$ref" in schema:
        return like(components[schema["$ref"].rpartition("/")[2]], components)
    if "properties" in schema:
        parts = {name: like(one, components) for name, one in schema["properties"].items()}
        named = st.fixed_dictionaries({}, optional=parts)
        return st.one_of(named, named, st.fixed_dictionaries(parts), ANY_JSON)
    if "items" in schema:
        return st.one_of(st.lists(like(schema["items"], components), max_size=4), ANY_JSON)
    if "enum" in schema:
        return st.one_of(st.sampled_from(schema["enum"]), LEAVES)
    return st.one_of(st.integers(1, 3), LEAVES, ANY_JSON)


@pytest.fixture
def program(app: Flask, session: Session) -> Program:
    """Return a program that asks an application whose faults are answers."""
    an_open_clinic(session)
    session.commit()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return Program(app)


@dataclass(frozen=True)
class Operation:
    """One method of one address, as the document has it. Any: JSON."""

    method: str
    path: str
    said: dict[str, Any]
    components: dict[str, Any]

    def asked(self, place: str) -> list[str]:
        """Return the names of what is asked for in one place of the request."""
        return [one["name"] for one in self.said["parameters"] if one["in"] == place]

    def body(self) -> st.SearchStrategy[Any]:
        """Return bodies like those that the document describes. Any: JSON."""
        if "requestBody" not in self.said:
            return st.none()
        schema = self.said["requestBody"]["content"]["application/json"]["schema"]
        return like(schema, self.components)


def operations(program: Program) -> list[Operation]:
    """Return everything that the document describes."""
    document = program.send("GET", "/api/v1/openapi.json").json
    components = document["components"]["schemas"]
    return [
        Operation(method.upper(), path, said, components)
        for path, methods in document["paths"].items()
        for method, said in methods.items()
    ]


@st.composite
def requests(draw: st.DrawFn, choices: list[Operation]) -> tuple[Operation, str, Any, Any]:
    """Return an operation, an address with its places filled, a body and headers. Any: JSON."""
    one, address = draw(st.sampled_from(choices)), ""
    for part in one.path.split("/")[1:]:
        address += "/" + (draw(PLACES) if part.startswith("{") else part)
    query = {name: draw(VALUES) for name in one.asked("query")}
    if query and draw(st.booleans()):
        address += f"?{urlencode(query)}"
    headers = {name.replace("-", "_"): draw(HEADERS) for name in one.asked("header")}
    return one, address, draw(one.body()), headers


def test_nothing_that_is_sent_is_a_fault_of_ours(program: Program) -> None:
    """Bodies, parameters and headers like those of the document, and unlike them: never a 500."""

    @settings(max_examples=TRIES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(requests(operations(program)))
    def send(request: tuple[Operation, str, Any, Any]) -> None:
        one, address, body, headers = request
        status = program.send(one.method, address, body, **headers).status_code
        assert status < 500, status
        # An address whose places are filled with anything may be no address of ours.
        assert f"{status}" in one.said["responses"] or status in {400, 404, 405}, status

    send()
