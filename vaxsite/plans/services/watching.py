"""The hourly look at what was published: is every second dose still covered?

Sessions are called off, lots are held, deliveries come late. Managers are told once, before the
second seats run out; the plan's page says it until it is mended.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from vaxsite.accounts.models import Staff, StaffRole
from vaxsite.core.actor import system
from vaxsite.core.permissions import ROLES, Permission
from vaxsite.messages import services as messages
from vaxsite.messages.rules import Text
from vaxsite.plans import queries
from vaxsite.plans.models import Plan, PlannedSession, PlanShortage
from vaxsite.plans.queries import PlanView
from vaxsite.plans.rules.check import Verdict
from vaxsite.plans.services import checks, publishing
from vaxsite.slots.models import ClinicSession
from vaxsite.slots.rules import SessionState
from vaxsite.web import catalogs

WATCHER = system("plans")
KIND = "plan:short"


def watch_due(sessions: sessionmaker[Session], *, url: str, now: datetime) -> int:
    """Check every plan that offers something; return how many became short or covered again.

    Each plan is a transaction of its own, and a second run at the same time changes nothing.
    """
    with sessions() as session:
        ids = list(session.scalars(_offering(now)))
    changed = 0
    for plan_id in ids:
        with sessions() as session, transaction(session):
            changed += _watch(session, plan_id, url, now)
    return changed


def _offering(now: datetime) -> Select[int]:
    published = (
        select(PlannedSession.plan_id)
        .join(ClinicSession, ClinicSession.id == PlannedSession.session_id)
        .where(ClinicSession.state == SessionState.PUBLISHED, ClinicSession.ends_at > now)
    )
    short = select(PlanShortage.plan_id)
    return select(Plan.id).where(Plan.id.in_(published.union(short))).order_by(Plan.id)


def _watch(session: Session, plan_id: int, url: str, now: datetime) -> int:
    plan = queries.get_plan(session, plan_id)
    verdict = publishing.standing(session, plan, now=now)
    if verdict.feasible:
        if plan.shortage is None:
            return 0
        session.execute(delete(PlanShortage).where(PlanShortage.plan_id == plan_id))
        checks.record(session, "plan:covered-again", plan_id, WATCHER, now, {})
        return 1
    if not _differs(plan, verdict):
        return 0
    _write(session, plan, verdict, now)
    if plan.shortage is None:
        _tell(session, plan, verdict, url, now)
    return 1


def _differs(plan: PlanView, verdict: Verdict) -> bool:
    known = plan.shortage
    return known is None or (known.seats, known.doses) != (
        verdict.seats_missing,
        verdict.doses_missing,
    )


def _write(session: Session, plan: PlanView, verdict: Verdict, now: datetime) -> None:
    weeks = verdict.by_week((*verdict.seats, *verdict.doses))
    found_at = plan.shortage.found_at if plan.shortage else now
    session.merge(
        PlanShortage(
            plan_id=plan.id,
            seats=verdict.seats_missing,
            doses=verdict.doses_missing,
            first_on=weeks[0].day,
            found_at=found_at,
            checked_at=now,
        )
    )
    session.flush()
    detail = {"seats": verdict.seats_missing, "doses": verdict.doses_missing}
    checks.record(session, "plan:short", plan.id, WATCHER, now, detail)


def _tell(session: Session, plan: PlanView, verdict: Verdict, url: str, now: datetime) -> None:
    week = verdict.by_week((*verdict.seats, *verdict.doses))[0].day
    for person in _managers(session, plan):
        said = _text(plan, verdict, catalogs.show_date(week, _language(person), None), url, person)
        messages.send(
            session,
            kind=KIND,
            about=f"plan:{plan.id}",
            delivery_key=f"{KIND}:{plan.id}:{person.id}:{now.isoformat()}",
            text=said,
            email=person.email,
            language=_language(person),
            now=now,
        )


def _managers(session: Session, plan: PlanView) -> Iterator[Staff]:
    roles = [role.value for role, may in ROLES.items() if Permission.SESSION_WRITE in may]
    query = (
        select(Staff)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .where(
            StaffRole.site_id.in_(plan.template.site_ids),
            StaffRole.role.in_(roles),
            Staff.active.is_(True),
        )
        .order_by(Staff.id)
    )
    yield from session.scalars(query).unique()


def _language(person: Staff) -> catalogs.Language:
    return "zh" if person.language == "zh" else "en"


def _text(plan: PlanView, verdict: Verdict, week: str, url: str, person: Staff) -> Text:
    seats, doses, name = verdict.seats_missing, verdict.doses_missing, plan.template.name
    link = f"{url}/manage/plans/{plan.id}"
    if _language(person) == "zh":
        return Text(
            f"第二剂有缺口：{name}",
            f"已发布的排期“{name}”不再有保障：缺第二剂名额{seats}个、疫苗{doses}剂，"
            f"最早出现在{week}所在的一周。\n请增加名额或到货，或撤回首剂名额：\n{link}",
        )
    return Text(
        f"Second doses are short: {name}",
        f"What is published of the plan “{name}” is no longer covered: {seats} second seats and "
        f"{doses} doses are missing, the first in the week of {week}.\n"
        f"Add seats or deliveries, or withdraw first seats:\n{link}",
    )
