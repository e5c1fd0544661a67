"""Who is on call: a weekly pattern in local time, and covers that replace it for a while.

A cover is one person standing in for another, from and until an instant; of several that cover
the same moment the one made last counts. Where nobody is on call, None says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

MINUTES_A_DAY = 24 * 60
MINUTES_A_WEEK = 7 * MINUTES_A_DAY
FIRST, SECOND = 1, 2  # Who is called first, and who next.


@dataclass(frozen=True, slots=True)
class Shift:
    """A part of the week: begins on *weekday* (Monday is 0) at a local minute of the day."""

    contact_id: int
    place: int  # FIRST or SECOND
    weekday: int
    starts_minute: int
    lasts_minutes: int  # May reach into the next day, at most a week.


@dataclass(frozen=True, slots=True)
class Cover:
    """Somebody stands in during [starts_at, ends_at), by an act at *made_at*."""

    contact_id: int
    place: int
    starts_at: datetime
    ends_at: datetime
    made_at: datetime


def on_call(
    shifts: Iterable[Shift], covers: Iterable[Cover], *, place: int, at: datetime
) -> int | None:
    """Return the contact who is on call in *place* at *at*, an instant in the site's zone."""
    standing_in = [
        cover for cover in covers if cover.place == place and cover.starts_at <= at < cover.ends_at
    ]
    if standing_in:
        return max(standing_in, key=lambda cover: cover.made_at).contact_id
    minute = at.weekday() * MINUTES_A_DAY + at.hour * 60 + at.minute
    for shift in shifts:
        begins = shift.weekday * MINUTES_A_DAY + shift.starts_minute
        if shift.place == place and (minute - begins) % MINUTES_A_WEEK < shift.lasts_minutes:
            return shift.contact_id
    return None
