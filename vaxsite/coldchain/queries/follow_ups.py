"""What is owed to excursions, by whom and until when; and what people have done about one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sensors.store.episodes import ExcursionRow
from vaxsite.coldchain import follow_up
from vaxsite.coldchain.follow_up import FollowUpState
from vaxsite.coldchain.models import FollowUp
from vaxsite.coldchain.queries import alerts, places
from vaxsite.coldchain.queries.alerts import ExcursionFacts
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.core.actor import Actor

LIMIT = 200


@dataclass(frozen=True)
class FollowUpView:
    """How far people have come with one excursion."""

    state: FollowUpState
    due_at: datetime | None
    late: bool
    checks: Mapping[str, str]
    check_note: str | None
    checked_by: str | None
    checked_at: datetime | None
    action: str | None
    action_note: str | None
    cause: str | None
    cause_note: str | None
    acted_by: str | None
    acted_at: datetime | None
    signed_by: str | None
    signed_at: datetime | None


@dataclass(frozen=True)
class Task:
    """One excursion that somebody owes a step."""

    facts: ExcursionFacts
    unit: UnitName
    follow_up: FollowUpView


def get_follow_up(session: Session, *, excursion: ExcursionRow, now: datetime) -> FollowUpView:
    """Return how far people have come with *excursion*."""
    return _view(session.get(FollowUp, excursion.id), excursion, now)


def list_tasks(session: Session, *, actor: Actor, now: datetime) -> list[Task]:
    """Return the excursions that *actor* may see and that owe a step, the earliest due first."""
    names = places.units_by_id(session, actor=actor)
    rows = session.execute(
        select(ExcursionRow, FollowUp)
        .outerjoin(FollowUp, FollowUp.id == ExcursionRow.id)
        .where(
            ExcursionRow.unit_id.in_(names),
            ExcursionRow.withdrawn_at.is_(None),
            or_(FollowUp.id.is_(None), FollowUp.state != FollowUpState.SIGNED.value),
        )
        .order_by(ExcursionRow.recorded_at.desc())
        .limit(LIMIT)
    )
    found = [
        Task(alerts.facts(row, now), names[row.unit_id], _view(kept, row, now))
        for row, kept in rows
    ]
    return sorted(found, key=lambda task: (task.follow_up.due_at or now, task.facts.excursion_id))


def _view(kept: FollowUp | None, excursion: ExcursionRow, now: datetime) -> FollowUpView:
    kept = kept or FollowUp(id=excursion.id, state=FollowUpState.OPEN.value)
    state = FollowUpState(kept.state)
    due_at = None
    if excursion.withdrawn_at is None:
        due_at = follow_up.due_at(state, excursion.recorded_at)
    return FollowUpView(
        state=state,
        due_at=due_at,
        late=due_at is not None and due_at < now,
        checks=dict(kept.checks or {}),
        check_note=kept.check_note,
        checked_by=kept.checked_by,
        checked_at=kept.checked_at,
        action=kept.action,
        action_note=kept.action_note,
        cause=kept.cause,
        cause_note=kept.cause_note,
        acted_by=kept.acted_by,
        acted_at=kept.acted_at,
        signed_by=kept.signed_by,
        signed_at=kept.signed_at,
    )
