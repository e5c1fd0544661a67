"""When may the log of a month be signed? When it is over, as it was seen, not twice the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sensors.domain.rules import MAX_GAP_S
from vaxsite.core.decisions import N_, Allowed, Decision, Detail, Refused

RULE = "logbook:month"
# A gap at the end of a month can be told apart from a probe that is between two readings only
# after the longest time for which one reading may speak.
SETTLES_AFTER = timedelta(seconds=MAX_GAP_S)


class MonthReason(StrEnum):
    """Why a signature is refused."""

    NOT_OVER = "not_over"
    CHANGED_MEANWHILE = "changed_meanwhile"
    SIGNED_ALREADY = "signed_already"


SENTENCES: Mapping[StrEnum, str] = {
    MonthReason.NOT_OVER: N_("The month goes on. It can be signed from %(from_at)s."),
    MonthReason.CHANGED_MEANWHILE: N_(
        "The log has changed since you opened it. Read it again, then sign."
    ),
    MonthReason.SIGNED_ALREADY: N_("The log is signed as it is, and nothing has changed since."),
}


@dataclass(frozen=True)
class Standing:
    """What the decision about a signature needs to know: digests, and when the month ends."""

    ends_at: datetime
    timezone: str
    digest: bytes
    signed: bytes | None  # That of the newest signature.


def may_open(standing: Standing, now: datetime) -> Decision:
    """Decide whether the log may be signed at all, for whoever looks at it now."""
    from_at = standing.ends_at + SETTLES_AFTER
    if now < from_at:
        detail: Detail = {"from_at": from_at, "timezone": standing.timezone}
        return Refused(MonthReason.NOT_OVER, RULE, detail=detail)
    if standing.signed == standing.digest:
        return Refused(MonthReason.SIGNED_ALREADY, RULE)
    return Allowed(RULE)


def may_sign(standing: Standing, seen: bytes, now: datetime) -> Decision:
    """Decide whether the log may be signed by somebody who has *seen* the content of a digest."""
    verdict = may_open(standing, now)
    if isinstance(verdict, Allowed) and seen != standing.digest:
        return Refused(MonthReason.CHANGED_MEANWHILE, RULE)
    return verdict
