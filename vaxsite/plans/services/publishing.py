"""Sessions of a plan are offered only when everybody's second dose is covered."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Detail
from vaxsite.core.errors import RefusedAct
from vaxsite.plans import coverage, queries
from vaxsite.plans.queries import PlanSession
from vaxsite.plans.rules.check import Situation, Verdict, judge
from vaxsite.plans.rules.texts import Reason
from vaxsite.plans.services import checks
from vaxsite.slots import bulk
from vaxsite.slots.rules import Doses, SessionState

Choice = Callable[[PlanSession], bool]


@dataclass(frozen=True, slots=True)
class Outlook:
    """A part of a plan as it would stand once published, and what then is missing."""

    sessions: tuple[PlanSession, ...]  # Of this part, not offered yet.
    situation: Situation
    verdict: Verdict

    @property
    def covered(self) -> tuple[PlanSession, ...]:
        """Return the sessions of the part that can be published at once.

        Those of second doses all, those of first doses as far as their seats are covered.
        """
        left = Counter(self.verdict.possible)
        offering = Counter(
            {(one.site_id, one.day): 0 for one in self.sessions if one.doses is not Doses.LATER}
        )
        for need in self.situation.needs:
            if need.offered:
                offering[(need.site_id, need.given_on)] += need.count
        for one in self.sessions:  # What is left of the day is offered already.
            if one.doses is not Doses.LATER:
                offering[(one.site_id, one.day)] -= one.capacity
        left.subtract(offering)
        found = []
        for one in self.sessions:
            place = (one.site_id, one.day)
            if one.doses is Doses.LATER:
                found.append(one)
            elif one.capacity <= left[place]:
                left[place] -= one.capacity
                found.append(one)
        return tuple(found)


def everything(_one: PlanSession) -> bool:
    """Choose every session."""
    return True


def preview(
    session: Session, plan: queries.PlanView, *, choice: Choice = everything, now: datetime
) -> Outlook:
    """Return what publishing a part of the plan would come to, without doing it."""
    mine = tuple(
        one
        for one in queries.plan_sessions(session, plan.id, since=now)
        if one.state is SessionState.PLANNED and choice(one)
    )
    found = coverage.situation(session, _scope(plan, {one.id for one in mine}), now=now)
    return Outlook(mine, found, judge(found))


def standing(session: Session, plan: queries.PlanView, *, now: datetime) -> Verdict:
    """Return whether what is offered now is covered."""
    return judge(coverage.situation(session, _scope(plan, ()), now=now))


def publish(
    session: Session,
    *,
    plan_id: int,
    choice: Choice = everything,
    only_covered: bool = False,
    hours: int | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Offer a part of the plan to the public; return how many sessions.

    With *hours* first seats come out in portions within that time (`slots.releasing`).

    Second seats may be offered at any time. Raise `RefusedAct` naming what is missing where the
    part has first seats that are not covered; with *only_covered* leave these out instead.
    """
    plan = checks.own_plan(session, plan_id, actor)
    checks.lock(session, plan)
    outlook = preview(session, plan, choice=choice, now=now)
    chosen = outlook.covered if only_covered else outlook.sessions
    if not chosen:
        raise _why_not(outlook) if outlook.sessions else checks.refused(Reason.NOTHING_TO_PUBLISH)
    first = any(one.doses is not Doses.LATER for one in chosen)
    if first and not only_covered and not outlook.verdict.feasible:
        raise _why_not(outlook)
    ids = [one.id for one in chosen]
    bulk.publish(session, session_ids=ids, actor=actor, now=now, hours=hours)
    detail = {"sessions": len(chosen), "seats": sum(one.capacity for one in chosen)}
    checks.record(session, "plan:publish", plan_id, actor, now, detail)
    return len(chosen)


def withdraw(
    session: Session,
    *,
    plan_id: int,
    choice: Choice = everything,
    actor: Actor,
    now: datetime,
) -> int:
    """Call off the sessions of a part, offered or not; return how many.

    Raise `RefusedAct` with the number of seats that somebody has: these people are moved first.
    """
    plan = checks.own_plan(session, plan_id, actor)
    checks.lock(session, plan)
    mine = [one for one in queries.plan_sessions(session, plan_id, since=now) if choice(one)]
    if not mine:
        raise checks.refused(Reason.NOTHING_TO_PUBLISH)
    states = {one.id: one.state for one in mine}
    taken = bulk.call_off(session, states=states, actor=actor, now=now)
    if taken:
        full = sum(one.taken > 0 for one in mine)
        raise checks.refused(Reason.SEATS_TAKEN, {"seats": taken, "sessions": full})
    checks.record(session, "plan:withdraw", plan_id, actor, now, {"sessions": len(mine)})
    return len(mine)


def _scope(plan: queries.PlanView, adding: Collection[int]) -> coverage.Scope:
    template = plan.template
    return coverage.Scope(
        plan.product,
        template.site_ids,
        template.together,
        template.holidays,
        frozenset(adding),
    )


def _why_not(outlook: Outlook) -> RefusedAct:
    verdict = outlook.verdict
    seats, doses = verdict.seats_missing, verdict.doses_missing
    reason = Reason.NOT_COVERED
    if not doses:
        reason = Reason.NOT_COVERED_SEATS
    elif not seats:
        reason = Reason.NOT_COVERED_DOSES
    weeks = verdict.by_week((*verdict.seats, *verdict.doses))
    detail: Detail = {
        "seats": seats,
        "doses": doses,
        "week": weeks[0].day,
        "possible": verdict.possible_count,
        "offered": verdict.offered,
    }
    return checks.refused(reason, detail)
