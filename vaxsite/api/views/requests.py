"""Reads a request of the API: a small JSON object, known parameters, headers; nothing else."""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Literal  # Any: JSON, before and after its schema.

from flask import abort, request
from marshmallow import Schema, ValidationError

from vaxsite.api import rules
from vaxsite.api.people import Fault, Faulty
from vaxsite.api.rules import Reason
from vaxsite.api.schemas import BornHeaders
from vaxsite.web.forms import plain

MOST_BYTES = 16 * 1024  # Six people are some 2 kB.


def read_body(schema: Schema) -> dict[str, Any]:
    """Return the body as *schema* reads it; raise `Faulty` with everything that is wrong."""
    if not request.is_json:
        abort(415)
    request.max_content_length = MOST_BYTES
    return _load(schema, _parsed(request.get_data(cache=True)), "")


def read_query(schema: Schema) -> dict[str, Any]:
    """Return the parameters of the address; a name that is not known is refused."""
    return _load(schema, request.args.to_dict(), "/query")


def read_headers(schema: Schema) -> dict[str, Any]:
    """Return the headers that *schema* names."""
    return _load(schema, dict(request.headers), "/headers", unknown="exclude")


def read_birth_date() -> date:
    """Return the birth date that proves whose appointment it is."""
    born_on: date = read_headers(BornHeaders())["born_on"]
    return born_on


def read_key() -> str:
    """Return the key of the request; raise `RefusedAct`."""
    key = request.headers.get(rules.HEADER_KEY)
    if not key:
        raise rules.refused(Reason.KEY_MISSING)
    if not rules.KEY.fullmatch(key):
        raise rules.refused(Reason.KEY_SHAPE)
    return key


def _parsed(body: bytes) -> Any:
    try:
        found = json.loads(body)
        # Half of a character in two halves is no text that a database stores.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        abort(400)
    return found


def _load(
    schema: Schema, found: Any, place: str, unknown: Literal["exclude"] | None = None
) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = schema.load(found, unknown=unknown)
    except ValidationError as err:
        raise Faulty(list(_faults(err.messages, place))) from err
    return loaded


def _faults(messages: Any, place: str) -> Iterator[Fault]:
    """Give what marshmallow says, which it nests as the request is nested."""
    if isinstance(messages, Mapping):
        for name, one in messages.items():
            part = str(name).replace("~", "~0").replace("/", "~1")
            yield from _faults(one, place if name == "_schema" else f"{place}/{part}")
    else:
        yield Fault(place, plain(messages[0]))
