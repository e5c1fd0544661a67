"""What the source of a rule is called in Chinese; the original title stays with the rule."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

BETWEEN = "; "  # Between the sources of one rule.


@dataclass(frozen=True)
class SourceTitle:
    """One title in Chinese, and the day on which it was written."""

    original: str
    zh: str
    written_on: date


@cache
def titles() -> Mapping[str, SourceTitle]:
    """Return the titles that are known, by the original."""
    text = resources.files("vaxsite.core").joinpath("source_titles.toml").read_text("utf-8")
    rows = [SourceTitle(**row) for row in tomllib.loads(text)["title"]]
    return {row.original: row for row in rows}


def in_chinese(source: str) -> str:
    """Return *source* in Chinese, each of its parts; a part without a title stays as it is."""
    if whole := titles().get(source):
        return whole.zh
    known = [titles().get(part) for part in source.split(BETWEEN)]
    parts = [
        row.zh if row else part for row, part in zip(known, source.split(BETWEEN), strict=True)
    ]
    return "；".join(parts)


def cited_in_chinese(source: str) -> str:
    """Return *source* in Chinese with the original, so that it can be found and compared."""
    shown = in_chinese(source)
    return source if shown == source else f"{shown}（原文：{source}）"
