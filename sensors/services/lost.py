"""An excursion whose probe is lost: its end is unknown, and a person is asked to look.

Nothing comes that could end it, so the watch does: when a silent probe has said nothing for longer
than the rule bridges, the excursion ends as unknown at its last known reading. Its alert is not
cleared by that. It calls until somebody answers, and again if somebody had, because what they
answered was about a unit that was still watched. It clears when the probe is heard again.
"""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from sensors.domain.alerts import QUIET, EventKind
from sensors.domain.excursions import EndReason
from sensors.rulebook import RULES
from sensors.services import alerting, silence
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.readings import ReadingRow, SensorState, standing


def sweep(session: Session, *, now: datetime) -> int:
    """End what lasts at probes that are lost; return how many excursions that were."""
    if not silence.is_listening(session, now=now):
        return 0  # Silence says nothing of the probes while nobody listens.
    rows = session.scalars(
        select(ExcursionRow)
        .join(SensorState, SensorState.sensor_id == ExcursionRow.sensor_id)
        .where(
            ExcursionRow.ended_at.is_(None),
            ExcursionRow.withdrawn_at.is_(None),
            SensorState.silent_since.is_not(None),
        )
        .order_by(ExcursionRow.id)
        .with_for_update(of=SensorState, skip_locked=True)  # One being written is being heard.
    ).all()
    return sum(_end(session, row, now) for row in rows)


def found_again(session: Session, sensor_id: int, *, now: datetime) -> None:
    """Clear the alerts of excursions whose end nobody saw: the unit is watched again."""
    lost = session.scalars(
        select(ExcursionRow.id)
        .join(AlertRow, AlertRow.excursion_id == ExcursionRow.id)
        .where(
            ExcursionRow.sensor_id == sensor_id,
            ExcursionRow.end_reason == EndReason.UNKNOWN,
            AlertRow.cleared_at.is_(None),
        )
        .distinct()
    ).all()
    for excursion_id in lost:
        alerting.clear_excursion(session, excursion_id, cleared_at=now, now=now)


def last_known(session: Session, sensor_id: int) -> datetime | None:
    """Return the instant of the newest reading of a probe that has a temperature."""
    return session.scalar(
        select(func.max(ReadingRow.measured_at)).where(
            ReadingRow.sensor_id == sensor_id, ReadingRow.centi.is_not(None), standing()
        )
    )


def _end(session: Session, row: ExcursionRow, now: datetime) -> bool:
    known_at, rule = last_known(session, row.sensor_id), RULES.get(row.rule)
    if known_at is None or rule is None or now - known_at <= rule.max_gap:
        return False
    row.ended_at, row.end_reason = known_at, EndReason.UNKNOWN
    session.flush()
    session.execute(  # Who had answered is asked again: the watch returns what is due.
        update(AlertRow)
        .where(AlertRow.excursion_id == row.id, AlertRow.state.in_(QUIET))
        .values(returns_at=now)
    )
    alerting.record_event(
        session,
        EventKind.EXCURSION_ENDED,
        unit_id=row.unit_id,
        now=now,
        excursion_id=row.id,
        sensor_id=row.sensor_id,
        rule=row.rule,
        reason=EndReason.UNKNOWN,
    )
    return True
