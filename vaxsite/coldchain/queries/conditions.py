"""What warns of a unit, or did of late, without being an excursion: door, power, early warmth."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sensors.domain.rules import Signal
from sensors.rulebook import RULES
from sensors.store.conditions import ConditionRow

RECENT = timedelta(hours=24)
SHOWN = 20


@dataclass(frozen=True)
class ConditionView:
    """One condition; `ended_at` is None while it stands, `end_reason` says how it ended."""

    rule: str
    label: tuple[str, str]
    signal: Signal
    began_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    peak_centi: int | None  # Of an early warning; a door and a supply have none.


def list_conditions(session: Session, *, unit_id: int, now: datetime) -> list[ConditionView]:
    """Return what stands in a unit and what ended within 24 hours, newest first."""
    rows = session.scalars(
        select(ConditionRow)
        .where(
            ConditionRow.unit_id == unit_id,
            ConditionRow.withdrawn_at.is_(None),
            or_(ConditionRow.ended_at.is_(None), ConditionRow.ended_at > now - RECENT),
        )
        .order_by(ConditionRow.began_at.desc())
        .limit(SHOWN)
    )
    return [_view(row) for row in rows]


def _view(row: ConditionRow) -> ConditionView:
    rule, signal = RULES.get(row.rule), Signal(row.signal)
    return ConditionView(
        rule=row.rule,
        label=rule.label if rule else (row.rule, row.rule),
        signal=signal,
        began_at=row.began_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        peak_centi=row.peak_centi if signal is Signal.EARLY else None,
    )
