"""Who is offered which seats, in which order, and until when they may answer. Pure.

The numbers are this project's: no law or standard gives any for a waiting list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

HOUSEHOLD_MOST = 6
LAPSES_MOST = 2  # Offers in a row that may stay unanswered; after one more the entry is paused.
# How soon somebody can be at the clinic, in minutes. Coarse on purpose: no home address is kept.
NOTICES = (15, 30, 60, 120, 1_440)
# Nobody is written to or called, and no answer is due, from 21 to 8 o'clock of the clinic.
QUIET_FROM, QUIET_UNTIL = time(21), time(8)
ANSWER_IN_THE_MORNING = time(10)  # An answer that would be due at night is due then.
# Time to answer, by the time that is left before the slot.
ANSWER_WITHIN = (
    (timedelta(hours=72), timedelta(hours=24)),
    (timedelta(hours=24), timedelta(hours=6)),
    (timedelta(hours=6), timedelta(hours=1)),
    (timedelta(hours=1), timedelta(minutes=20)),
)


class Reach(StrEnum):
    """How somebody is told; a clinic without a gateway for text messages calls instead."""

    EMAIL = "email"
    TEXT = "text"
    CALL = "call"


class Part(StrEnum):
    """A part of the day, on the clinic's clock: [from, to) of `HOURS`."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


HOURS: Mapping[Part, tuple[time, time]] = {
    Part.MORNING: (time(0), time(12)),
    Part.AFTERNOON: (time(12), time(17)),
    Part.EVENING: (time(17), time(23, 59, 59)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What people who wait together can do."""

    site_ids: frozenset[int]
    weekdays: frozenset[int]  # 0 is Monday.
    parts: frozenset[Part]
    notice_min: int
    size: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An entry of the list in its order: priority group first, then the time of joining."""

    id: UUID
    rank: int  # Of the group, 0 the highest.
    joined_at: datetime
    product_id: int
    wish: Wish

    @property
    def place(self) -> tuple[int, datetime, UUID]:
        """What the order of the list is made of."""
        return self.rank, self.joined_at, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeSlot:
    """A slot to come with free seats."""

    id: int
    session_id: int
    site_id: int
    product_id: int
    starts_at: datetime
    timezone: str
    free: int


@dataclass(frozen=True, slots=True)
class Planned:
    """Offer this slot to this entry, to be answered by an instant."""

    entry_id: UUID
    slot_id: int
    answer_by: datetime


def in_quiet_hours(at: datetime, timezone: str) -> bool:
    """Tell whether it is night at the clinic."""
    wall = at.astimezone(ZoneInfo(timezone)).time()
    return wall >= QUIET_FROM or wall < QUIET_UNTIL


def answer_by(now: datetime, slot: FreeSlot, notice_min: int) -> datetime | None:
    """Return until when an offer made at *now* may be answered; None where none can be made.

    The answer is due early enough that they can still come, and never at night.
    """
    before = slot.starts_at - timedelta(minutes=notice_min) - now
    within = next((answer for least, answer in ANSWER_WITHIN if before >= least), None)
    if within is None or in_quiet_hours(now, slot.timezone):
        return None
    due = now + within
    if not in_quiet_hours(due, slot.timezone):
        return due
    local = due.astimezone(ZoneInfo(slot.timezone))
    day = local.date() + timedelta(days=local.time() >= QUIET_FROM)
    morning = _at(day, ANSWER_IN_THE_MORNING, slot.timezone)
    return morning if morning <= now + before else None


def _at(day: date, wall: time, timezone: str) -> datetime:
    return datetime.combine(day, wall, ZoneInfo(timezone))


def suits(waiting: Waiting, slot: FreeSlot) -> bool:
    """Tell whether the slot is what they asked for, whatever the number of free seats."""
    local = slot.starts_at.astimezone(ZoneInfo(slot.timezone))
    wish = waiting.wish
    return (
        waiting.product_id == slot.product_id
        and slot.site_id in wish.site_ids
        and local.weekday() in wish.weekdays
        and any(HOURS[part][0] <= local.time() < HOURS[part][1] for part in wish.parts)
    )


def plan(
    waiting: Sequence[Waiting],
    slots: Sequence[FreeSlot],
    *,
    now: datetime,
    may: Callable[[UUID, int], bool],
) -> list[Planned]:
    """Return who is offered what: everybody in the order of the list, the soonest slot that suits.

    A household is passed over where no slot has seats for all of it, and keeps its place. *may*
    says what only the database knows: the phases, the doses before, what was declined.
    """
    free = {slot.id: slot.free for slot in slots}
    soonest = sorted(slots, key=lambda slot: (slot.starts_at, slot.id))
    found = []
    for one in sorted(waiting, key=lambda entry: entry.place):
        for slot in soonest:
            if free[slot.id] < one.wish.size or not suits(one, slot):
                continue
            due = answer_by(now, slot, one.wish.notice_min)
            if due is not None and may(one.id, slot.id):
                free[slot.id] -= one.wish.size
                found.append(Planned(one.id, slot.id, due))
                break
    return found
