"""The one door by which booking asks: may this person book a seat of this session, and they did.

A session that belongs to a draw is for the people drawn, while their right lasts. Every other
session is not this module's business.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sensors.store.moves import move
from vaxsite.core.actor import Actor
from vaxsite.draws import queries
from vaxsite.draws.models import DrawMember, DrawRight, DrawSession
from vaxsite.draws.rules.states import RIGHTS, Reason, RightState
from vaxsite.draws.services import checks
from vaxsite.residents.services import PersonDetails
from vaxsite.slots.models import Slot


def check_slot(session: Session, *, slot_id: int, entry_id: UUID | None, now: datetime) -> None:
    """Raise `RefusedAct` where the slot is kept for a draw and the opened entry has no right.

    Asked before a seat is held, when nobody has said yet who they are.
    """
    kept_for = session.scalar(
        select(DrawSession.draw_id)
        .join(Slot, Slot.session_id == DrawSession.session_id)
        .where(Slot.id == slot_id)
    )
    if kept_for is None:
        return
    right = session.get(DrawRight, entry_id) if entry_id is not None else None
    if right is None or right.draw_id != kept_for or not _lasts(right, now):
        raise checks.refused(Reason.ONLY_DRAWN)


def check_move(session: Session, *, source_id: int, target_id: int) -> None:
    """Raise `RefusedAct` where an appointment would move into a session kept for another draw."""
    kept = session.get(DrawSession, target_id)
    source = session.get(DrawSession, source_id)
    if kept is not None and (source is None or source.draw_id != kept.draw_id):
        raise checks.refused(Reason.ONLY_DRAWN)


def use(
    session: Session, *, kept_for: int, details: PersonDetails, actor: Actor, now: datetime
) -> None:
    """Use the right of the person who books seats kept for a draw; raise `RefusedAct` without one.

    Call it in the transaction that books.
    """
    key = queries.person_key(
        id_kind=details.id_kind,
        id_number=details.id_number,
        name=details.name,
        born_on=details.born_on,
        phone=details.phone or "",
    )
    member = session.scalar(
        select(DrawMember)
        .where(DrawMember.draw_id == kept_for, DrawMember.person_key == key)
        .with_for_update()
    )
    right = session.get(DrawRight, member.entry_id, with_for_update=True) if member else None
    if member is None or right is None or not _lasts(right, now):
        raise checks.refused(Reason.ONLY_DRAWN)
    member.booked_at = member.booked_at or now
    session.flush()
    _use_up(session, right, actor, now)


def _use_up(session: Session, right: DrawRight, actor: Actor, now: datetime) -> None:
    """Write the use down; the right is booked once everybody of the entry has a seat."""
    still_open = session.scalar(
        select(func.count()).where(DrawMember.entry_id == right.id, DrawMember.booked_at.is_(None))
    )
    act = "draw-right:use-part"
    if still_open == 0 and right.state == RightState.INVITED:
        act = move(
            session,
            DrawRight,
            right.id,
            RIGHTS,
            source=RightState.INVITED,
            target=RightState.BOOKED,
            changed_at=now,
        ).audit
    checks.record(session, act, f"draw_entry:{right.id}", actor, now)


def _lasts(right: DrawRight, now: datetime) -> bool:
    """Tell whether the right can be used: a second dose or a new booking too, until its end."""
    usable = right.state in {RightState.INVITED, RightState.BOOKED}
    return usable and right.expires_at is not None and now < right.expires_at
