"""What a probe's certificate corrects: raw readings stay as they came, corrected where read.

A certificate says at one or more points what the reference showed and what the probe read. Between
two points the correction (reference less reading) is on the straight line that joins theirs; below
the lowest and above the highest point it is that point's own, because nothing is known there. That
is this system's own choice: no standard at hand gives a rule. In whole centi-degrees, halves up.

It applies from its instant on until the next certificate's, also after the certificate has run
out: the last thing that is known of a probe is better than nothing, and that it is too old is said
elsewhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple


class Point(NamedTuple):
    """What the probe read and what the reference showed then, in centi-degrees."""

    reading_centi: int
    reference_centi: int

    @property
    def offset_centi(self) -> int:
        """What is added to a reading here."""
        return self.reference_centi - self.reading_centi


@dataclass(frozen=True, slots=True)
class Correction:
    """What corrects a probe's readings from `from_at` on.

    `points` rise in reading and in reference, so that a warmer reading never becomes a colder
    temperature. Without any, `offset_centi` is added everywhere.
    """

    from_at: datetime
    offset_centi: int
    points: tuple[Point, ...] = ()

    def offset_at(self, centi: int) -> int:
        """Return what is added to the raw reading *centi*, in centi-degrees."""
        if not self.points:
            return self.offset_centi
        if centi <= self.points[0].reading_centi:
            return self.points[0].offset_centi
        for low, high in pairwise(self.points):
            if centi < high.reading_centi:
                return _between(low, high, centi)
        return self.points[-1].offset_centi


def _between(low: Point, high: Point, centi: int) -> int:
    width = high.reading_centi - low.reading_centi
    share = (high.offset_centi - low.offset_centi) * (centi - low.reading_centi)
    return low.offset_centi + (2 * share + width) // (2 * width)


def rising(points: Iterable[Point]) -> tuple[Point, ...] | None:
    """Return *points* in the order of their readings; None where they do not rise in both."""
    ordered = tuple(sorted(points))
    rises = all(
        low.reading_centi < high.reading_centi and low.reference_centi < high.reference_centi
        for low, high in pairwise(ordered)
    )
    return ordered if rises else None


def single_offset(points: Sequence[Point]) -> int:
    """Return the offset of the middle one of *points*, in centi-degrees."""
    return points[len(points) // 2].offset_centi


def corrected(centi: int | None, at: datetime, corrections: Sequence[Correction]) -> int | None:
    """Return the temperature that a raw *centi* at *at* means; a fault stays a fault.

    *corrections* are in the order of time. Before the first nothing is known, nothing is added.
    """
    if centi is None:
        return None
    for correction in reversed(corrections):
        if correction.from_at <= at:
            return centi + correction.offset_at(centi)
    return centi
