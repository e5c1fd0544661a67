"""What the acts on draws share: the lock, the refusal, the row of the audit."""

from datetime import datetime

from sqlalchemy.orm import Session

from sensors.store.moves import move
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Detail, Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Permission
from vaxsite.draws.models import Draw
from vaxsite.draws.rules.states import DRAWS, SENTENCES, DrawState, Reason


def lock(session: Session, draw_id: int, actor: Actor | None = None) -> Draw:
    """Return the draw, kept from every other act until the commit.

    With *actor* only where they manage its site; anything else is `NotFound`.
    """
    row = session.get(Draw, draw_id, with_for_update=True, populate_existing=True)
    if row is None or (actor is not None and not actor.may(Permission.DRAW_WRITE, row.site_id)):
        raise NotFound
    return row


def refused(reason: Reason, **detail: str | int | datetime) -> RefusedAct:
    """Return the refusal to raise."""
    return RefusedAct(Refused(reason, "draw", detail=detail), SENTENCES)


def record(
    session: Session, action: str, subject: str, actor: Actor, now: datetime, **detail: object
) -> None:
    """Write the act into the audit."""
    told: dict[str, object] = detail
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=told)


def advance(
    session: Session,
    row: Draw,
    target: DrawState,
    *,
    actor: Actor,
    now: datetime,
    told: Detail,
    **values: object,
) -> None:
    """Move the draw and write it into the audit; raise `AlreadyMoved` where it cannot."""
    step = move(session, Draw, row.id, DRAWS, source=DrawState(row.state), target=target, **values)
    record(session, step.audit, f"draw:{row.id}", actor, now, **told)
