"""The made-up world of the demonstration, read from the file beside this module."""

import tomllib
from functools import cache
from importlib import resources
from typing import Any

Table = dict[str, Any]  # Any: a table of TOML; the file ships with the code and is tested.

# Province code 99 stands in no register (GB/T 2260): no real person has such a number.
SAMPLE_AREA = "990101"


@cache
def load() -> Table:
    """Return the tables of `sample.toml`."""
    text = (resources.files("vaxsite.demo") / "sample.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def trace_codes(stem: str, count: int) -> list[str]:
    """Return *count* codes of 20 digits that begin with *stem*."""
    return [f"{stem}{number:02d}" for number in range(1, count + 1)]
