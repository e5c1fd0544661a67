"""From when on the readings of a probe may go; everything that is not certain stays. Pure.

The Vaccine Law of China of 2019, articles 39, 40 and 46, wants records of storage and of doses kept
for at least five years after the vaccine's expiry. To be checked by a qualified person against the
official text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

RULE = "Vaccine Law of China (2019), articles 39, 40 and 46"
KEPT_YEARS = 5
# GSP annex 3: records of storage are kept for five years, whatever the goods were.
YOUNGEST_YEARS = 5
# Around an excursion the readings stay for good: they are what it was judged by.
EVIDENCE_AROUND = timedelta(days=2)


@dataclass(frozen=True)
class Stay:
    """A lot was where the probe read during [since, until); it is there still when None."""

    lot: str
    expires_on: date
    since: datetime
    until: datetime | None

    def covers(self, at: datetime) -> bool:
        """Tell whether the lot was there at *at*."""
        return self.since <= at and (self.until is None or at < self.until)


class KeptReason(StrEnum):
    """Why readings from an instant on stay."""

    NO_LOT_KNOWN = "no_lot_known"  # Nobody can say which vaccine they are of: kept.
    LOT_NEEDS_THEM = "lot_needs_them"  # Five years after its expiry are not over.
    TOO_YOUNG = "too_young"


@dataclass(frozen=True)
class Retention:
    """Readings before `goes_before` may go; those from then on stay, for `reason`.

    `lot` is the one whose term ends last of those that keep them, `until` the day on which it ends.
    """

    goes_before: datetime
    reason: KeptReason
    lot: str | None = None
    until: date | None = None


def kept_until(expires_on: date) -> date:
    """Return the last day on which the readings of a lot must be there."""
    return _later(expires_on, KEPT_YEARS)


def judge(stays: Sequence[Stay], *, first: datetime, today: date) -> Retention:
    """Decide about the readings of a probe from *first* on, in the order of their time.

    Goes from one change of what stood there to the next, and stops at the first stretch that is
    not certain to be over.
    """
    at = first
    while True:
        if _later(at.date(), YOUNGEST_YEARS) >= today:
            return Retention(at, KeptReason.TOO_YOUNG)
        here = [stay for stay in stays if stay.covers(at)]
        if not here:
            return Retention(at, KeptReason.NO_LOT_KNOWN)
        last = max(here, key=lambda stay: stay.expires_on)
        if kept_until(last.expires_on) >= today:
            until = kept_until(last.expires_on)
            return Retention(at, KeptReason.LOT_NEEDS_THEM, last.lot, until)
        at = min([*_changes(stays, after=at), _youngest(at, today)])


def evidence(spans: Iterable[tuple[datetime, datetime | None]]) -> list[tuple[datetime, datetime]]:
    """Return the stretches of readings that stay for good; an excursion that lasts keeps all."""
    return [
        (
            began - EVIDENCE_AROUND,
            (ended + EVIDENCE_AROUND) if ended else datetime.max.replace(tzinfo=began.tzinfo),
        )
        for began, ended in spans
    ]


def goes(
    day: datetime,
    *,
    before: datetime,
    kept: Iterable[tuple[datetime, datetime]],
    newest: datetime,
) -> bool:
    """Tell whether the readings of the day of UTC that begins at *day* may go, as a whole.

    *before* is where the rule of retention ends, *kept* are stretches of evidence, both bounds
    included. The day of the *newest* reading stays: it says what was known last.
    """
    ends = day + timedelta(days=1)
    if ends > before or newest < ends:
        return False
    return all(until < day or since >= ends for since, until in kept)


def _changes(stays: Iterable[Stay], *, after: datetime) -> list[datetime]:
    moments = [moment for stay in stays for moment in (stay.since, stay.until) if moment]
    return [moment for moment in moments if moment > after]


def _youngest(at: datetime, today: date) -> datetime:
    """Return the instant of the day from which on readings are too young to go."""
    days = (today - _later(at.date(), YOUNGEST_YEARS)).days
    return (at + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)


def _later(day: date, years: int) -> date:
    """Return the same day *years* later; of a 29 February the 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
