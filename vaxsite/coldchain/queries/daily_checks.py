"""What people read on the displays of units, and which reading may be written down now."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from vaxsite.coldchain import daily_checks
from vaxsite.coldchain.daily_checks import Made, PartOfDay
from vaxsite.coldchain.models import LateNote, UnitCheck
from vaxsite.coldchain.queries import wall
from vaxsite.coldchain.queries.places import UnitName
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Decision

# How many days a page looks back for what was missed.
DAYS_BACK = 7


@dataclass(frozen=True)
class CheckView:
    """One reading by a person."""

    day: date
    part: PartOfDay
    at: datetime
    by: str
    shown_centi: int
    probe_centi: int | None
    note: str

    @property
    def differs(self) -> bool:
        """Tell whether the display and the probe did not agree."""
        return daily_checks.differs(self.shown_centi, self.probe_centi)


@dataclass(frozen=True)
class NoteView:
    """What somebody wrote afterwards about a day."""

    day: date
    at: datetime
    by: str
    note: str


@dataclass(frozen=True)
class UnitChecks:
    """One unit on the page of today's readings."""

    unit: UnitName
    day: date
    done: Mapping[PartOfDay, CheckView]
    verdict: Decision
    missed: tuple[tuple[date, PartOfDay], ...]
    notes: tuple[NoteView, ...]


def of_days(
    session: Session, *, unit_ids: Collection[int], since: date, until: date
) -> dict[int, list[CheckView]]:
    """Return the readings of the days [since, until] by unit, the earliest first."""
    rows = session.scalars(
        select(UnitCheck)
        .where(UnitCheck.unit_id.in_(unit_ids), UnitCheck.day.between(since, until))
        .order_by(UnitCheck.checked_at)
    )
    found: dict[int, list[CheckView]] = defaultdict(list)
    for row in rows:
        found[row.unit_id].append(
            CheckView(
                row.day,
                PartOfDay(row.part),
                row.checked_at,
                row.checked_by,
                row.shown_centi,
                row.probe_centi,
                row.note,
            )
        )
    return found


def notes_of_days(
    session: Session, *, unit_ids: Collection[int], since: date, until: date
) -> dict[int, list[NoteView]]:
    """Return the late notes about the days [since, until] by unit, the earliest first."""
    rows = session.scalars(
        select(LateNote)
        .where(LateNote.unit_id.in_(unit_ids), LateNote.day.between(since, until))
        .order_by(LateNote.day, LateNote.id)
    )
    found: dict[int, list[NoteView]] = defaultdict(list)
    for row in rows:
        found[row.unit_id].append(NoteView(row.day, row.written_at, row.written_by, row.note))
    return found


def list_units(session: Session, *, actor: Actor, now: datetime) -> list[UnitChecks]:
    """Return every unit that *actor* may see with its readings of today, by name."""
    units = [view.unit for view in wall.read_wall(session, actor=actor, now=now).units]
    ids = [unit.unit_id for unit in units]
    days = [now.astimezone(ZoneInfo(unit.timezone)).date() for unit in units]
    if not days:
        return []
    since, until = min(days) - timedelta(days=DAYS_BACK), max(days)
    checks = of_days(session, unit_ids=ids, since=since, until=until)
    notes = notes_of_days(session, unit_ids=ids, since=since, until=until)
    found = [_unit(unit, checks[unit.unit_id], notes[unit.unit_id], now) for unit in units]
    return sorted(found, key=lambda one: (one.unit.site_id, one.unit.code))


def _unit(
    unit: UnitName, checks: list[CheckView], notes: list[NoteView], now: datetime
) -> UnitChecks:
    local = now.astimezone(ZoneInfo(unit.timezone))
    made = [Made(one.day, one.part, one.at) for one in checks]
    return UnitChecks(
        unit=unit,
        day=local.date(),
        done={one.part: one for one in checks if one.day == local.date()},
        verdict=daily_checks.may_check(local, made, unit.timezone),
        missed=_missed(made, local),
        notes=tuple(notes),
    )


def _missed(made: list[Made], local: datetime) -> tuple[tuple[date, PartOfDay], ...]:
    """Return what is blank since the first reading of the last days, and can be filled no more."""
    if not made:
        return ()
    first = min(one.day for one in made)
    stands = {(one.day, one.part) for one in made}
    over = [(local.date(), PartOfDay.MORNING)] if local.hour >= daily_checks.NOON else []
    days = [first + timedelta(days=ago) for ago in range((local.date() - first).days)]
    due = [(day, part) for day in days for part in PartOfDay] + over
    return tuple(one for one in due if one not in stands)
