"""What a draw may be and who may enter it: numbers, windows, and the decision about an entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from vaxsite.core.decisions import Refused
from vaxsite.draws.rules.lottery import Spill
from vaxsite.draws.rules.states import Reason
from vaxsite.eligibility.rules import Group, birthday

RULE = "draw"
PLACES_MAX = 1_000_000
HOUSEHOLD_MAX = 6
BOOK_DAYS_MAX = 30
ENTRIES_A_CONTACT = 3  # A phone may be that of a family or of a neighbour who helps.
ENTRIES_A_NETWORK = 60  # In 15 minutes; a network may be a whole school.
# How long the first source may be silent before the second one counts.
FALLBACK_AFTER = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawPlan:
    """What a manager announces. Instants are UTC; registration is [opens_at, closes_at)."""

    site_id: int
    product_id: int
    places: int
    opens_at: datetime
    closes_at: datetime
    randomness_at: datetime
    result_at: datetime
    randomness_source: str
    fallback_source: str
    quotas: tuple[tuple[str, int], ...]
    spill: Spill
    days_to_book: int
    session_ids: tuple[int, ...] = ()


def check_plan(plan: DrawPlan, *, now: datetime) -> Refused | None:
    """Return why the plan cannot be announced, or None."""
    if not 1 <= plan.places <= PLACES_MAX:
        return _refused(Reason.PLACES_RANGE, most=PLACES_MAX)
    if any(most < 1 for _, most in plan.quotas):
        return _refused(Reason.PLACES_RANGE, most=PLACES_MAX)
    if sum(most for _, most in plan.quotas) > plan.places:
        return _refused(Reason.QUOTAS_TOO_MANY, places=plan.places)
    if not 1 <= plan.days_to_book <= BOOK_DAYS_MAX:
        return _refused(Reason.DAYS_RANGE, most=BOOK_DAYS_MAX)
    return _check_times(plan, now)


def _check_times(plan: DrawPlan, now: datetime) -> Refused | None:
    if plan.opens_at <= now:
        return _refused(Reason.OPENS_IN_PAST)
    if plan.closes_at <= plan.opens_at:
        return _refused(Reason.WINDOW_ORDER)
    if plan.randomness_at <= plan.closes_at:
        return _refused(Reason.RANDOMNESS_EARLY)
    return _refused(Reason.RESULT_EARLY) if plan.result_at < plan.randomness_at else None


def may_enter(*, opens_at: datetime, closes_at: datetime, now: datetime) -> Refused | None:
    """Return why nobody can enter or withdraw at *now*, or None."""
    if now < opens_at:
        return Refused(Reason.NOT_OPEN_YET, RULE, detail={"opens": opens_at})
    return Refused(Reason.CLOSED, RULE) if now >= closes_at else None


def unit_group(members: Sequence[str], quotas: Sequence[str]) -> str:
    """Return the group in which a unit draws: the first quota that all of its people belong to.

    *members* holds for each person the group that they said, or an empty text.
    """
    said = set(members)
    return next(iter(said)) if len(said) == 1 and said <= set(quotas) else ""


def age_fits(group: Group, born_on: date, *, day: date) -> bool:
    """Tell whether somebody born on *born_on* has on *day* the age that the group asks for."""
    old_enough = group.from_age is None or birthday(born_on, group.from_age) <= day
    return old_enough and (group.below_age is None or day < birthday(born_on, group.below_age))


def _refused(reason: Reason, **detail: int) -> Refused:
    return Refused(reason, RULE, detail=detail)
