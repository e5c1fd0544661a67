"""The CDC's supporting data and official cases, which lie beside the project and never in it."""

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from tests.groups import BESIDE
from vaxsite.schedule import supporting_data
from vaxsite.schedule.data import Release

CDSI = BESIDE / "cdsi"
Case = Mapping[str, Any]  # Any: one JSON object of the official suite.


def texts() -> dict[str, bytes]:
    """Return the files of the supporting data."""
    return {file.name: file.read_bytes() for file in (CDSI / "supporting-data").glob("*.xml")}


@cache
def us_release() -> Release:
    """Return the CDC's release, read once."""
    return supporting_data.read(texts())


def cases() -> list[Case]:
    """Return the official cases."""
    lines = (CDSI / "cases-visible.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def day(text: str | None) -> date | None:
    """Return the date of *text*, None for none."""
    return date.fromisoformat(text) if text else None
