"""Acts on the follow-up of an excursion: first checks, an action with its cause, a signature."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from sensors.store.dialect import insert_if_absent
from sensors.store.episodes import ExcursionRow
from sensors.store.moves import move
from vaxsite.coldchain import follow_up
from vaxsite.coldchain.follow_up import (
    FOLLOW_UPS,
    Action,
    Cause,
    Check,
    Finding,
    FollowUpState,
    Standing,
)
from vaxsite.coldchain.models import FollowUp
from vaxsite.coldchain.queries import places
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Decision, Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Permission
from vaxsite.stock import queries as stock_queries


def check(
    session: Session,
    *,
    excursion_id: int,
    checks: Mapping[Check, Finding],
    note: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down what the first checks found."""
    _judge(follow_up.may_step(_standing(session, excursion_id, actor, now)))
    insert_if_absent(session, FollowUp, id=excursion_id, state=FollowUpState.OPEN.value)
    found = {one.value: finding.value for one, finding in checks.items()}
    _move(
        session,
        excursion_id,
        FollowUpState.OPEN,
        FollowUpState.CHECKED,
        actor,
        now,
        detail=found,
        checks=found,
        check_note=note,
        checked_by=actor.id,
        checked_at=now,
    )


def act(
    session: Session,
    *,
    excursion_id: int,
    action: Action,
    action_note: str,
    cause: Cause,
    cause_note: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down what was done and why it came about."""
    _judge(follow_up.may_step(_standing(session, excursion_id, actor, now)))
    _move(
        session,
        excursion_id,
        FollowUpState.CHECKED,
        FollowUpState.ACTED,
        actor,
        now,
        detail={"action": action.value, "cause": cause.value},
        action=action.value,
        action_note=action_note,
        cause=cause.value,
        cause_note=cause_note,
        acted_by=actor.id,
        acted_at=now,
    )


def sign(session: Session, *, excursion_id: int, actor: Actor, now: datetime) -> None:
    """Sign an excursion off; refused while it lasts or a lot waits for a decision."""
    _judge(follow_up.may_sign(_standing(session, excursion_id, actor, now)))
    _move(
        session,
        excursion_id,
        FollowUpState.ACTED,
        FollowUpState.SIGNED,
        actor,
        now,
        detail={},
        signed_by=actor.id,
        signed_at=now,
    )


def _standing(session: Session, excursion_id: int, actor: Actor, now: datetime) -> Standing:
    """Return where the excursion stands; raise `NotFound` where *actor* may not act on it."""
    row = session.get(ExcursionRow, excursion_id)
    if row is None:
        raise NotFound
    unit = places.get_unit(session, actor=actor, unit_id=row.unit_id)
    if not actor.may(Permission.LOT_DISPOSE, unit.site_id):
        raise NotFound
    lots = stock_queries.affected_lots(session, excursion_id=excursion_id, at=now)
    return Standing(
        withdrawn=row.withdrawn_at is not None,
        ended=row.ended_at is not None,
        undecided=sum(lot.held for lot in lots),
    )


def _judge(verdict: Decision) -> None:
    if isinstance(verdict, Refused):
        raise RefusedAct(verdict, follow_up.SENTENCES)


def _move(
    session: Session,
    excursion_id: int,
    source: FollowUpState,
    target: FollowUpState,
    actor: Actor,
    now: datetime,
    *,
    detail: Mapping[str, str],
    **values: Any,  # Any: the named columns of the follow-up.
) -> None:
    step = move(session, FollowUp, excursion_id, FOLLOW_UPS, source=source, target=target, **values)
    audit.record(
        session,
        actor=actor,
        action=step.audit,
        subject=f"excursion:{excursion_id}",
        now=now,
        detail=detail,
    )
