"""Seats set aside for a priority group: by a manager, and on to the next group by the worker.

A slot is set aside as a whole; `seats.exchange` refuses it to everybody else in its statement.
Whoever has a seat there keeps it, whoever holds one may still confirm it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from vaxsite.core import audit
from vaxsite.core.actor import Actor, system
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.eligibility import queries as eligibility
from vaxsite.slots import queries, spilling
from vaxsite.slots.models import ClinicSession, SeatRelease, Slot, SlotGroup
from vaxsite.slots.rules import SessionState

SPILLER = system("free-seats")


@dataclass(frozen=True, slots=True)
class Release:
    """Seats that went on: how many of which slot were free, from whom, to whom, when and why."""

    slot_id: int
    starts_at: datetime
    from_group: str
    to_group: str | None
    seats: int
    rule: str
    released_at: datetime


@cache
def steps() -> tuple[spilling.Step, ...]:
    """Return the steps in force; they are part of a release and read once."""
    text = resources.files("vaxsite.slots").joinpath("spill.toml").read_text("utf-8")
    return spilling.read_steps(text)


def set_aside(
    session: Session,
    *,
    session_id: int,
    slot_ids: Collection[int],
    group_code: str | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Set these slots of the session aside for the group, or open them to everybody with None."""
    held = queries.get_session(session, session_id)
    if not actor.may(Permission.SESSION_WRITE, held.site_id):
        raise NotFound
    known = {slot.id for slot in queries.slots_of_session(session, session_id)}
    unknown_group = group_code and eligibility.groups().find(group_code) is None
    if not set(slot_ids) <= known or unknown_group:
        raise NotFound
    _keep(session, sorted(slot_ids), group_code, now)
    detail = {"slots": sorted(slot_ids), "group": group_code}
    _record(session, "session:set-aside", f"session:{session_id}", actor, now, detail)


def free_due(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """Let all seats go on whose step has come, one slot a transaction; return how many slots."""
    with sessions() as session:
        slot_ids = list(session.scalars(_kept(now).order_by(Slot.id)))
    done = 0
    for slot_id in slot_ids:
        with sessions() as session, transaction(session):
            done += free_one(session, slot_id=slot_id, now=now)
    return done


def free_one(session: Session, *, slot_id: int, now: datetime) -> bool:
    """Let the seats of one slot go on if its step has come and was not taken yet; tell whether."""
    locked = session.scalar(_kept(now).where(Slot.id == slot_id).with_for_update(of=Slot))
    if locked is None:
        return False
    slot = queries.get_slot(session, slot_id)
    step = spilling.due_step(steps(), starts_at=slot.starts_at, day=slot.day, now=now)
    if slot.kept_for is None or step is None or _was_taken(session, slot_id, step):
        return False
    target = None
    if step.to is spilling.To.NEXT:
        phases = eligibility.phases(session, site_ids=[slot.site_id])
        target = spilling.next_group(
            eligibility.groups(), phases, current=slot.kept_for, day=slot.day
        )
    session.add(
        SeatRelease(
            slot_id=slot_id,
            from_group=slot.kept_for,
            to_group=target,
            seats=slot.capacity - slot.taken,
            rule=step.name,
            released_at=now,
        )
    )
    _keep(session, [slot_id], target, now)
    detail = {
        "from": slot.kept_for,
        "to": target,
        "seats": slot.capacity - slot.taken,
        "rule": step.name,
    }
    _record(session, "slot:free", f"slot:{slot_id}", SPILLER, now, detail)
    session.flush()
    return True


def kept_for_at(session: Session, slot: queries.SlotView, at: datetime) -> str | None:
    """Return the group for which the slot was set aside at *at*; None where for everybody."""
    return session.scalar(
        select(SlotGroup.group_code)
        .where(SlotGroup.slot_id == slot.id, SlotGroup.since <= at)
        .order_by(SlotGroup.since.desc(), SlotGroup.id.desc())
        .limit(1)
    )


def releases(session: Session, *, session_id: int) -> list[Release]:
    """Return what went on of the session's seats, the newest first."""
    query = (
        select(SeatRelease, Slot.starts_at)
        .join(Slot, Slot.id == SeatRelease.slot_id)
        .where(Slot.session_id == session_id)
        .order_by(SeatRelease.released_at.desc(), Slot.starts_at)
    )
    return [
        Release(
            row.slot_id,
            starts_at,
            row.from_group,
            row.to_group,
            row.seats,
            row.rule,
            row.released_at,
        )
        for row, starts_at in session.execute(query)
    ]


def _keep(
    session: Session, slot_ids: Collection[int], group_code: str | None, now: datetime
) -> None:
    session.execute(
        update(Slot)
        .where(Slot.id.in_(slot_ids))
        .values(kept_for=group_code)
        .execution_options(synchronize_session=False)
    )
    session.add_all(SlotGroup(slot_id=one, group_code=group_code, since=now) for one in slot_ids)


def _kept(now: datetime) -> Select[int]:
    """Select the slots to come that are set aside and may be due."""
    furthest = timedelta(hours=max(step.hours_before for step in steps()))
    return (
        select(Slot.id)
        .join(ClinicSession, ClinicSession.id == Slot.session_id)
        .where(
            Slot.kept_for.is_not(None),
            Slot.starts_at > now,
            Slot.starts_at <= now + furthest,
            ClinicSession.state == SessionState.PUBLISHED,
        )
    )


def _was_taken(session: Session, slot_id: int, step: spilling.Step) -> bool:
    found = select(SeatRelease.id).where(
        SeatRelease.slot_id == slot_id, SeatRelease.rule == step.name
    )
    return session.scalar(found) is not None


def _record(
    session: Session,
    action: str,
    subject: str,
    actor: Actor,
    now: datetime,
    detail: Mapping[str, object],
) -> None:
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)
