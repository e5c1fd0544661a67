"""Acts on a person's record: enter a dose given elsewhere or long ago, take back a wrong entry.

Whatever a card says is kept, also where it cannot be: the rules flag it, nothing refuses it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from vaxsite.core import audit
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.core.ids import new_id
from vaxsite.core.permissions import Permission
from vaxsite.record.models import EarlierDose
from vaxsite.record.rules import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a card or another clinic says about one dose."""

    given_on: date
    code: str
    source: Source
    lot_number: str = ""
    place: str = ""


def add_earlier(
    session: Session,
    *,
    person_id: UUID,
    told: Told,
    site_id: int,
    actor: Actor,
    now: datetime,
    earlier_id: UUID | None = None,
) -> UUID:
    """Keep the dose as it was told; return its id. The same *earlier_id* again adds nothing.

    Raise `NotFound` at a site that is not theirs.
    """
    if not actor.may(Permission.DOSE_RECORD, site_id):
        raise NotFound
    known = session.get(EarlierDose, earlier_id) if earlier_id else None
    if known is not None:
        return known.id
    row = EarlierDose(
        id=earlier_id or new_id(now),
        person_id=person_id,
        given_on=told.given_on,
        code=told.code.strip(),
        source=told.source.value,
        lot_number=told.lot_number.strip().upper(),
        place=told.place.strip(),
        site_id=site_id,
        recorded_by=actor.id,
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    detail = {"code": row.code, "source": row.source, "person": str(person_id)}
    _audit(session, actor, "earlier-dose:add", row.id, now, detail)
    return row.id


def withdraw_earlier(
    session: Session,
    *,
    earlier_id: UUID,
    person_id: UUID,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Take an entry back with a reason; the row stays. Done twice, the first stands."""
    row = session.get(EarlierDose, earlier_id, with_for_update=True)
    if (
        row is None
        or row.person_id != person_id
        or not actor.may(Permission.DOSE_RECORD, row.site_id)
    ):
        raise NotFound
    if row.withdrawn_at is not None:
        return
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = now, actor.id, reason.strip()
    session.flush()
    _audit(session, actor, "earlier-dose:withdraw", row.id, now, {})


def _audit(
    session: Session, actor: Actor, action: str, row_id: UUID, now: datetime, detail: dict[str, str]
) -> None:
    subject = f"earlier_dose:{row_id}"
    audit.record(session, actor=actor, action=action, subject=subject, now=now, detail=detail)
