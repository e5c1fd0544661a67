"""A decision is never a bare yes or no: it carries the reason that a person will read.

A reason is a code. Its sentence stands in the `rules.py` that decides, as an English template with
named places (`%(date)s`); the catalogues beside the feature translate it. Page, API, message and
audit all show the same reason.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

Detail = Mapping[str, str | int | date | datetime]


def N_(sentence: str) -> str:  # noqa: N802 - gettext's own name for "translate later".
    """Mark *sentence* for the catalogues and return it unchanged."""
    return sentence


@dataclass(frozen=True)
class Allowed:
    """Yes, by *rule*."""

    rule: str


@dataclass(frozen=True)
class Refused:
    """No, because of *reason*, by *rule*, in force since *since*.

    *detail* fills the places of the reason's sentence: dates, names, numbers.
    """

    reason: StrEnum
    rule: str
    since: date | datetime | None = None
    detail: Detail = field(default_factory=dict)


Decision = Allowed | Refused
