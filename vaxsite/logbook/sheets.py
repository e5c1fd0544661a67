"""A sheet: what page, PDF and CSV all show, so that they cannot say different things.

Whoever fills it has translated everything; whoever draws it knows no rule and no record.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """A text in a table; *path* is the address of our page about it."""

    text: str
    path: str | None = None


@dataclass(frozen=True)
class Column:
    """A column with its share of the width of the paper."""

    label: str
    width: int


@dataclass(frozen=True)
class Table:
    """A table under a heading; *empty* is what stands there where it has no rows."""

    heading: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str


@dataclass(frozen=True)
class Sheet:
    """One paper: its title, facts above, what must not be overlooked, tables, last lines."""

    title: str
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    tables: tuple[Table, ...]
    closing: tuple[str, ...]


def cells(*texts: str) -> tuple[Cell, ...]:
    """Return a row of texts without addresses."""
    return tuple(Cell(text) for text in texts)
