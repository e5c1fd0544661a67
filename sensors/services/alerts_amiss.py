"""Alerts that do not stand as they must: about nothing, or that nobody is called about."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import String, cast, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from sensors.domain import grouping
from sensors.domain.alerts import AlertState
from sensors.services import flood, maintenance
from sensors.store.duty import ContactPost
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import NoticeTarget, StorageUnit


def about_nothing(session: Session) -> Iterator[int]:
    """Yield the alerts that are open although their excursion was withdrawn."""
    yield from session.scalars(
        select(AlertRow.id)
        .join(ExcursionRow, ExcursionRow.id == AlertRow.excursion_id)
        .where(AlertRow.state != AlertState.RESOLVED, ExcursionRow.withdrawn_at.is_not(None))
        .order_by(AlertRow.id)
    )


def never_told(session: Session) -> Iterator[int]:
    """Yield the open alerts about news that called nobody and wait for no call either."""
    rows = session.execute(
        select(AlertRow, func.coalesce(ExcursionRow.ended_at, ExcursionRow.confirmed_at))
        .outerjoin(ExcursionRow, ExcursionRow.id == AlertRow.excursion_id)
        .where(
            AlertRow.state == AlertState.OPEN,
            AlertRow.notices == 0,
            AlertRow.next_notice_at.is_(None),
        )
        .order_by(AlertRow.id)
    )
    found: list[tuple[AlertRow, datetime | None]] = [(row[0], row[1]) for row in rows]
    for row, about in found:
        happened_at: datetime = row.opened_at if about is None else about
        old = row.opened_at - happened_at > grouping.NEWS
        if not old and not _was_work(session, row):
            yield row.id


def _was_work(session: Session, row: AlertRow) -> bool:
    """Tell whether it came and went while people worked on the unit: nobody is called then."""
    return row.cleared_at is not None and maintenance.is_under(session, row.unit_id, row.cleared_at)


def told_to_nobody(session: Session) -> Iterator[int]:
    """Yield the open alerts that count a call of which no message exists, alone or in a list.

    A site without anybody to call is the page of coverage's affair.
    """
    own = exists().where(OutboxMessage.about == literal("alert:") + cast(AlertRow.group_id, String))
    listed = exists().where(
        OutboxMessage.kind == flood.DIGEST, OutboxMessage.created_at >= AlertRow.opened_at
    )
    somebody = or_(
        exists().where(NoticeTarget.site_id == StorageUnit.site_id),
        exists().where(ContactPost.site_id == StorageUnit.site_id),
    )
    yield from session.scalars(
        select(AlertRow.id)
        .join(StorageUnit, StorageUnit.id == AlertRow.unit_id)
        .where(AlertRow.state == AlertState.OPEN, AlertRow.notices > 0, ~own, ~listed, somebody)
        .order_by(AlertRow.id)
    )
