"""The examples beside the decoders, as tests and other tests read them."""

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from sensors.domain.readings import Decoded, Fault, Source
from sensors.payloads.registry import KINDS


@dataclass(frozen=True)
class Example:
    """One payload and what must come of it: readings, or a refusal that begins like this."""

    kind: str
    name: str
    topic: str
    payload: bytes
    readings: list[Decoded]
    refusal: str | None


def of(kind: str) -> list[Example]:
    """Return the examples of one decoder."""
    text = resources.files("sensors.payloads").joinpath(f"examples/{kind}.toml").read_text()
    return [
        Example(
            kind=kind,
            name=one["name"],
            topic=one["topic"],
            payload=one["payload"].encode(),
            readings=[expected(fields) for fields in one.get("readings", [])],
            refusal=one.get("refusal"),
        )
        for one in tomllib.loads(text)["example"]
    ]


def expected(fields: dict[str, Any]) -> Decoded:  # Any: as the example gives it.
    """Return the reading of an example; what it leaves out must be absent."""
    given = {"channel": "", "at": None, "centi": None, **fields}
    if "fault" in given:
        given["fault"] = Fault(given["fault"])
    if "source" in given:
        given["source"] = Source(given["source"])
    return Decoded(**given)


def every() -> list[Example]:
    """Return the examples of all decoders."""
    return [example for kind in KINDS for example in of(kind)]
