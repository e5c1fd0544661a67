"""The excursions of a unit's month, the lots that were in them, and what was decided about these.

An excursion that late readings withdrew is not told: it never was.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from sensors.store.episodes import ExcursionRow
from sensors.store.places import Sensor
from vaxsite.coldchain.follow_up import FollowUpState
from vaxsite.coldchain.models import FollowUp
from vaxsite.logbook.facts import ExcursionFact, LotFact
from vaxsite.logbook.queries import probes
from vaxsite.stock import queries as stock
from vaxsite.stock.queries import AffectedLot


def of_unit(
    session: Session, *, unit_id: int, bounds: tuple[datetime, datetime]
) -> list[ExcursionFact]:
    """Return the excursions that touch the month, the earliest first."""
    since, until = bounds
    rows = session.execute(
        select(ExcursionRow, Sensor, FollowUp)
        .join(Sensor, Sensor.id == ExcursionRow.sensor_id)
        .outerjoin(FollowUp, FollowUp.id == ExcursionRow.id)
        .where(
            ExcursionRow.unit_id == unit_id,
            ExcursionRow.withdrawn_at.is_(None),
            ExcursionRow.began_at < until,
            or_(ExcursionRow.ended_at.is_(None), ExcursionRow.ended_at > since),
        )
        .order_by(ExcursionRow.began_at, ExcursionRow.id)
    )
    return [_fact(row[0], row[1], row[2]) for row in rows]


def _fact(row: ExcursionRow, sensor: Sensor, kept: FollowUp | None) -> ExcursionFact:
    return ExcursionFact(
        excursion_id=row.id,
        probe=probes.name(sensor),
        rule=row.rule,
        direction=row.direction,
        began_at=row.began_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        peak_centi=row.peak_centi,
        follow_up=kept.state if kept else FollowUpState.OPEN.value,
        cause=kept.cause if kept else None,
        action=kept.action if kept else None,
        signed_by=kept.signed_by if kept else None,
        signed_at=kept.signed_at if kept else None,
    )


def lots_of(
    session: Session, excursions: Iterable[ExcursionFact], *, now: datetime
) -> Iterator[LotFact]:
    """Give each lot that was in one of *excursions*, once for each decision about it."""
    for one in excursions:
        for lot in stock.affected_lots(session, excursion_id=one.excursion_id, at=now):
            yield from _lot(one.excursion_id, lot)


def _lot(excursion_id: int, affected: AffectedLot) -> Iterator[LotFact]:
    name, held = affected.lot.number, affected.held
    if not affected.dispositions:
        yield LotFact(excursion_id, name, held, 0, None, None, None, None)
    decided = sorted(affected.dispositions, key=lambda one: one.decided_at)
    for number, one in enumerate(decided, start=1):
        yield LotFact(
            excursion_id,
            name,
            held,
            number,
            one.decision.value,
            one.decided_by,
            one.decided_at,
            one.note,
        )
