"""Acts on readings by people: one is written down when it is seen; a note may come late."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from sensors.store.dialect import insert_if_absent
from vaxsite.coldchain import daily_checks
from vaxsite.coldchain.daily_checks import CheckReason, Made
from vaxsite.coldchain.models import LateNote, UnitCheck
from vaxsite.coldchain.queries import daily_checks as queries
from vaxsite.coldchain.queries import places, wall
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound, RefusedAct
from vaxsite.core.permissions import Permission


def check(
    session: Session, *, unit_id: int, shown_centi: int, note: str, actor: Actor, now: datetime
) -> None:
    """Write down what *actor* reads on the unit's display now; refused when it is not due.

    The probe's temperature of the moment is kept beside it.
    """
    unit = _unit(session, unit_id, actor)
    local = now.astimezone(ZoneInfo(unit.timezone))
    day = local.date()
    rule = _due(session, unit, local)
    part = daily_checks.part_of(local)
    stored = insert_if_absent(
        session,
        UnitCheck,
        unit_id=unit_id,
        day=day,
        part=part.value,
        checked_at=now,
        checked_by=actor.id,
        shown_centi=shown_centi,
        probe_centi=_probe(session, unit_id, actor, now),
        note=note,
        rule=rule,
    )
    if not stored:  # Somebody at another tablet was faster.
        raise RefusedAct(Refused(CheckReason.ALREADY_DONE, rule), daily_checks.SENTENCES)
    audit.record(
        session,
        actor=actor,
        action="unit:check",
        subject=f"unit:{unit_id}",
        now=now,
        detail={"day": day.isoformat(), "part": part.value, "shown_centi": shown_centi},
    )


def note_late(
    session: Session, *, unit_id: int, day: date, note: str, actor: Actor, now: datetime
) -> None:
    """Keep a note about a day that is over or goes on; it is shown as written afterwards."""
    unit = _unit(session, unit_id, actor)
    if day > now.astimezone(ZoneInfo(unit.timezone)).date():
        raise NotFound
    session.add(LateNote(unit_id=unit_id, day=day, written_at=now, written_by=actor.id, note=note))
    audit.record(
        session,
        actor=actor,
        action="unit:note-late",
        subject=f"unit:{unit_id}",
        now=now,
        detail={"day": day.isoformat()},
    )


def _unit(session: Session, unit_id: int, actor: Actor) -> UnitName:
    unit = places.get_unit(session, actor=actor, unit_id=unit_id)
    if not actor.may(Permission.UNIT_CHECK, unit.site_id):
        raise NotFound
    return unit


def _due(session: Session, unit: UnitName, local: datetime) -> str:
    """Return the id of the rule by which a reading is due at *local*; raise `RefusedAct` if not."""
    day = local.date()
    found = queries.of_days(
        session, unit_ids=[unit.unit_id], since=day - timedelta(days=1), until=day
    )
    made = [Made(one.day, one.part, one.at) for one in found.get(unit.unit_id, [])]
    verdict = daily_checks.may_check(local, made, unit.timezone)
    if isinstance(verdict, Refused):
        raise RefusedAct(verdict, daily_checks.SENTENCES)
    return verdict.rule


def _probe(session: Session, unit_id: int, actor: Actor, now: datetime) -> int | None:
    """Return what the unit's first probe that is not silent tells now."""
    (view,) = wall.read_wall(session, actor=actor, now=now, unit_id=unit_id).units
    told = [probe.centi for probe in view.probes if not probe.stale and probe.centi is not None]
    return told[0] if told else None
