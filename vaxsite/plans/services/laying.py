"""Sessions follow the template of their plan, but for those in which somebody has a seat."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound
from vaxsite.plans import queries
from vaxsite.plans.models import PlannedSession
from vaxsite.plans.queries import PlanSession
from vaxsite.plans.rules.layout import Skipped, Wanted, wanted
from vaxsite.plans.rules.texts import RULE, Reason
from vaxsite.plans.services import checks
from vaxsite.slots import bulk
from vaxsite.slots.models import ClinicSession
from vaxsite.slots.rules import Doses, SessionState


@dataclass(frozen=True, slots=True)
class Difference:
    """What the template wants beside what there is.

    *differing* sessions have seats that somebody owns: a person decides about each of them.
    """

    new: tuple[Wanted, ...]
    obsolete: tuple[PlanSession, ...]
    differing: tuple[PlanSession, ...]
    skipped: tuple[Skipped, ...]
    unchanged: int

    @property
    def nothing(self) -> bool:
        """Tell whether the sessions are as the template wants them."""
        return not self.new and not self.obsolete


def difference(session: Session, plan: queries.PlanView, *, now: datetime) -> Difference:
    """Return what laying the plan out would change, without changing it."""
    wants, skipped = _wants(session, plan, now)
    have = [one for one in queries.plan_sessions(session, plan.id, since=now) if not one.kept]
    shapes = {one.shape for one in wants}
    as_wanted = {one.shape for one in have if one.shape in shapes}
    other = [one for one in have if one.shape not in shapes]
    stays = [one for one in other if one.taken]
    leaving = {one.id for one in other if not one.taken}
    occupied = _occupied(session, plan, leaving, now)
    new: list[Wanted] = []
    for one in wants:
        if one.shape in as_wanted:
            continue
        if _clashes(one, occupied[(one.site_id, one.doses)]):
            why = Refused(Reason.OTHER_SESSION, RULE)
            skipped.append(Skipped(one.site_id, one.plan.day, why))
        else:
            new.append(one)
    gone = tuple(one for one in other if not one.taken)
    return Difference(tuple(new), gone, tuple(stays), tuple(skipped), len(as_wanted))


def lay_out(session: Session, *, plan_id: int, actor: Actor, now: datetime) -> Difference:
    """Make the sessions as the template wants them, not yet offered; return what was changed.

    A session that was offered and in which nobody has a seat follows too, and must be published
    anew: what it offers has changed. Raise `RefusedAct` where somebody takes a seat meanwhile.
    """
    plan = checks.own_plan(session, plan_id, actor)
    checks.lock(session, plan)
    found = difference(session, plan, now=now)
    if found.obsolete:
        states = {one.id: one.state for one in found.obsolete}
        taken = bulk.call_off(session, states=states, actor=actor, now=now)
        if taken:
            raise checks.refused(Reason.SEATS_TAKEN, {"seats": taken, "sessions": 1})
    laid_out = [(one.site_id, one.doses, one.planned) for one in found.new]
    ids = bulk.store(session, product_id=plan.product.id, laid_out=laid_out, actor=actor, now=now)
    session.add_all(PlannedSession(session_id=one, plan_id=plan_id) for one in ids)
    detail = {"new": len(found.new), "gone": len(found.obsolete), "left": len(found.differing)}
    checks.record(session, "plan:lay-out", plan_id, actor, now, detail)
    session.flush()
    return found


def keep(session: Session, *, plan_id: int, session_id: int, actor: Actor, now: datetime) -> None:
    """Leave a session as it is although the template wants another one; it follows no more."""
    checks.own_plan(session, plan_id, actor)
    row = session.get(PlannedSession, session_id)
    if row is None or row.plan_id != plan_id:
        raise NotFound
    session.execute(
        update(PlannedSession)
        .where(PlannedSession.session_id == session_id)
        .values(kept_by=actor.id)
        .execution_options(synchronize_session="fetch")
    )
    checks.record(session, "plan:keep-session", plan_id, actor, now, {"session": session_id})


def _wants(
    session: Session, plan: queries.PlanView, now: datetime
) -> tuple[list[Wanted], list[Skipped]]:
    found: list[Wanted] = []
    skipped: list[Skipped] = []
    for calendar in queries.calendars(session, plan.template.site_ids).values():
        more, less = wanted(plan.template, calendar, now=now)
        found += more
        skipped += less
    return found, skipped


Times = list[tuple[datetime, datetime]]


def _occupied(
    session: Session, plan: queries.PlanView, leaving: Iterable[int], now: datetime
) -> dict[tuple[int, Doses], Times]:
    """Return when the sites have sessions for which doses, but for those that are *leaving*."""
    rows = session.execute(
        select(
            ClinicSession.id,
            ClinicSession.site_id,
            ClinicSession.doses,
            ClinicSession.starts_at,
            ClinicSession.ends_at,
        ).where(
            ClinicSession.site_id.in_(plan.template.site_ids),
            ClinicSession.product_id == plan.product.id,
            ClinicSession.state != SessionState.CANCELLED,
            ClinicSession.ends_at > now,
        )
    )
    gone = set(leaving)
    found: dict[tuple[int, Doses], Times] = defaultdict(list)
    for session_id, site_id, doses, starts_at, ends_at in rows:
        if session_id not in gone:
            found[(site_id, Doses(doses))].append((starts_at, ends_at))
    return found


def _clashes(one: Wanted, times: Times) -> bool:
    begin, end = one.planned.starts_at, one.planned.ends_at
    return any(starts < end and begin < ends for starts, ends in times)
