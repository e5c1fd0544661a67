"""Which stretch of time a chart shows, and where its controls lead. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sensors.domain.readings import EARLIEST
from vaxsite.core.decisions import N_

SHORTEST = timedelta(minutes=10)
# What a click on a control goes through, from the closest to the widest.
LENGTHS = (
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
    timedelta(days=7),
    timedelta(days=30),
    timedelta(days=90),
    timedelta(days=365),
    timedelta(days=5 * 366),
)
LONGEST = LENGTHS[-1]


@dataclass(frozen=True)
class Period:
    """A stretch of time [since, until)."""

    since: datetime
    until: datetime

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.until - self.since


class Move(StrEnum):
    """What a control of the chart does."""

    CLOSER = "closer"
    WIDER = "wider"
    EARLIER = "earlier"
    LATER = "later"


MOVE_LABELS: Mapping[Move, str] = {
    Move.CLOSER: N_("Zoom in"),
    Move.WIDER: N_("Zoom out"),
    Move.EARLIER: N_("Earlier"),
    Move.LATER: N_("Later"),
}


def read_period(since: str | None, until: str | None, *, now: datetime) -> Period | None:
    """Return the period between two texts of seconds since 1970; None where they make none."""
    try:
        begin, end = (datetime.fromtimestamp(int(text or ""), UTC) for text in (since, until))
    except (ValueError, OverflowError, OSError):
        return None
    end = min(end, now.replace(microsecond=0))
    begin = max(begin, EARLIEST, end - LONGEST)
    return Period(begin, end) if end - begin >= SHORTEST else None


def moves(shown: Period, *, now: datetime) -> dict[Move, Period]:
    """Return where each control leads from *shown*; a control that leads nowhere is absent."""
    closer = max((one for one in LENGTHS if one < shown.length), default=None)
    wider = min((one for one in LENGTHS if one > shown.length), default=None)
    half = shown.length / 2
    found = {
        Move.CLOSER: _around(shown, closer, now) if closer else None,
        Move.WIDER: _around(shown, wider, now) if wider else None,
        Move.EARLIER: _between(shown.since - half, shown.length, now),
        Move.LATER: _between(shown.since + half, shown.length, now),
    }
    return {
        move: period for move, period in found.items() if period is not None and period != shown
    }


def _around(shown: Period, length: timedelta, now: datetime) -> Period | None:
    """Keep the middle in the middle; a window that ends now goes on ending now."""
    if shown.until >= now - timedelta(minutes=1):
        return _between(now - length, length, now)
    return _between(shown.since + (shown.length - length) / 2, length, now)


def _between(since: datetime, length: timedelta, now: datetime) -> Period | None:
    """Return *length* from *since* on, moved into the time of which there can be readings."""
    until = min(since + length, now).replace(microsecond=0)
    begin = max(until - length, EARLIEST)
    return Period(begin, until) if until - begin >= SHORTEST else None
