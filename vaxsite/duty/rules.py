"""Words and limits of on-call duty, of the chain, and of the report on answered alerts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sensors.domain.alerts import Severity
from sensors.domain.escalation import Whom
from vaxsite.core.decisions import N_, Allowed, Decision, Refused
from vaxsite.core.permissions import Role

LONGEST_COVER = timedelta(days=14)
FURTHEST_COVER = timedelta(days=180)  # How far ahead one can be planned.
MOST_STEPS = 4

WHOM: Mapping[Whom, str] = {
    Whom.ON_CALL: N_("Who is on call"),
    Whom.SECOND: N_("The second person on call"),
    Whom.ROLE: N_("All managers of the clinic"),
    Whom.EVERYBODY: N_("Everybody of the clinic"),
}
PLACES: Mapping[int, str] = {1: N_("First"), 2: N_("Second")}
ROLES: Mapping[Role, str] = {
    Role.PHARMACIST: N_("Pharmacist"),
    Role.NURSE: N_("Nurse"),
    Role.MANAGER: N_("Manager"),
}
SEVERITIES: Mapping[Severity, str] = {
    Severity.CRITICAL: N_("Act now"),
    Severity.WARNING: N_("Look soon"),
}
CHANNELS: Mapping[str, str] = {
    "email": N_("E-mail"),
    "apprise": N_("Text message or chat (apprise address)"),
    "voice": N_("Telephone call"),
    "webhook": N_("Webhook (signed message)"),
    "console": N_("Screen of the server"),
}


class DutyReason(StrEnum):
    """Why an act on duty is refused."""

    NOTE_MISSING = "note_missing"
    TOO_LONG = "too_long"
    NO_STEP = "no_step"
    HALF_HOURS = "half_hours"
    HALF_BEGINNING = "half_beginning"
    NOT_AHEAD = "not_ahead"
    NOTHING_TO_TEST = "nothing_to_test"


SENTENCES: Mapping[StrEnum, str] = {
    DutyReason.NOTE_MISSING: N_("Write down why."),
    DutyReason.TOO_LONG: N_("Somebody can stand in for at most 14 days."),
    DutyReason.NO_STEP: N_("A chain needs at least one step."),
    DutyReason.HALF_HOURS: N_("Give both ends of the hours, or neither."),
    DutyReason.HALF_BEGINNING: N_("Give both the day and the time, or neither."),
    DutyReason.NOT_AHEAD: N_("Give a beginning that is still to come, at most 180 days ahead."),
    DutyReason.NOTHING_TO_TEST: N_("This fridge has no sensor, so nothing could raise an alarm."),
}


def may_cover(note: str, length: timedelta, ahead: timedelta = timedelta()) -> Decision:
    """Decide whether somebody may stand in for *length*, with a *note* that says why.

    It begins *ahead* of now: a planned one is for what is to come.
    """
    if not note.strip():
        return Refused(DutyReason.NOTE_MISSING, "duty:cover")
    if not timedelta() < length <= LONGEST_COVER:
        return Refused(DutyReason.TOO_LONG, "duty:cover")
    if not timedelta() <= ahead <= FURTHEST_COVER:
        return Refused(DutyReason.NOT_AHEAD, "duty:cover")
    return Allowed("duty:cover")


class Bucket(StrEnum):
    """How long something took; the limits are those that platforms of this field report."""

    HALF_HOUR = "30"
    HOUR = "60"
    TWO_HOURS = "120"
    MORE = "more"
    NEVER = "never"


BUCKETS: Mapping[Bucket, str] = {
    Bucket.HALF_HOUR: N_("up to 30 min"),
    Bucket.HOUR: N_("up to 60 min"),
    Bucket.TWO_HOURS: N_("up to 120 min"),
    Bucket.MORE: N_("longer"),
    Bucket.NEVER: N_("not yet"),
}


def bucket(took: timedelta | None) -> Bucket:
    """Return where *took* belongs; a limit belongs to the shorter side, None is not yet."""
    if took is None:
        return Bucket.NEVER
    for limit in (Bucket.HALF_HOUR, Bucket.HOUR, Bucket.TWO_HOURS):
        if took <= timedelta(minutes=int(limit)):
            return limit
    return Bucket.MORE


@dataclass(frozen=True)
class Counts:
    """How many alerts took how long, in the order of `Bucket`."""

    by_bucket: Mapping[Bucket, int]

    @property
    def total(self) -> int:
        """Count all of them."""
        return sum(self.by_bucket.values())


def count(times: list[timedelta | None]) -> Counts:
    """Sort *times* into their buckets."""
    found = [bucket(one) for one in times]
    return Counts({one: found.count(one) for one in Bucket})


def mask(address: str) -> str:
    """Return enough of an address to know it again, and not more."""
    return f"···{address[-4:]}" if len(address) > 4 else "···"
