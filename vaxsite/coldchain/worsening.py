"""When did an excursion get worse? In steps of a degree, so that its story stays short. Pure."""

from collections.abc import Iterable
from datetime import datetime

from sensors.domain.rules import Direction

STEP_CENTI = 100
# An excursion of many degrees is told in larger steps.
STEPS_AT_MOST = 8


def worse_steps(
    points: Iterable[tuple[datetime, int]], direction: str
) -> list[tuple[datetime, int]]:
    """Return when, and to which centi-degrees, *points* in order of time went further beyond.

    The first point begins the story and is not told; the furthest always is. A point that comes
    back tells nothing, nor does one that is less than a step further than what was told last.
    """
    sign = -1 if direction == Direction.COLD else 1
    worse = _records(points, sign)
    if len(worse) < 2:
        return []
    whole = sign * (worse[-1][1] - worse[0][1])
    step = max(STEP_CENTI, -(-whole // STEPS_AT_MOST))
    told, last = [], worse[0][1]
    for at, centi in worse[1:]:
        if sign * (centi - last) >= step:
            told.append((at, centi))
            last = centi
    return told if told and told[-1] == worse[-1] else [*told, worse[-1]]


def _records(points: Iterable[tuple[datetime, int]], sign: int) -> list[tuple[datetime, int]]:
    """Return the points that are further beyond than all before them."""
    found: list[tuple[datetime, int]] = []
    for at, centi in points:
        if not found or sign * centi > sign * found[-1][1]:
            found.append((at, centi))
    return found
