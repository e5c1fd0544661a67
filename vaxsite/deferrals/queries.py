"""Reads of deferrals. Why one was set is health data: for the person and their clinic only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound
from vaxsite.deferrals.models import Deferral
from vaxsite.deferrals.rules import reasons as rules
from vaxsite.deferrals.rules.reasons import ReasonRule, Why
from vaxsite.deferrals.rules.states import DeferralState


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferralView:
    """A deferral as its person and the clinic read it."""

    id: UUID
    person_id: UUID
    product_id: int
    site_id: int
    group_code: str
    why: Why
    until: date
    state: DeferralState
    phone: str | None
    email: str | None
    set_by: str
    created_at: datetime

    @property
    def rule(self) -> ReasonRule:
        """What the reason means."""
        return reasons()[self.why]


@cache
def reasons() -> dict[Why, ReasonRule]:
    """Return the reasons in force; they are part of a release and read once."""
    text = resources.files("vaxsite.deferrals").joinpath("reasons.toml").read_text("utf-8")
    return rules.read_reasons(text)


def find_open(session: Session, *, person_id: UUID, product_id: int) -> DeferralView | None:
    """Return until when the person's vaccination is put off, if it is."""
    query = select(Deferral).where(
        Deferral.person_id == person_id,
        Deferral.product_id == product_id,
        Deferral.state == DeferralState.OPEN,
    )
    row = session.scalar(query.execution_options(populate_existing=True))
    return view(row) if row is not None else None


def get(session: Session, deferral_id: UUID) -> DeferralView:
    """Return the deferral, whatever became of it; raise `NotFound`."""
    row = session.get(Deferral, deferral_id, populate_existing=True)
    if row is None:
        raise NotFound
    return view(row)


def open_at(session: Session, *, site_id: int, limit: int) -> list[DeferralView]:
    """Return who waits for a date by a clinic's word, the earliest date first."""
    query = select(Deferral).where(
        Deferral.site_id == site_id, Deferral.state == DeferralState.OPEN
    )
    rows = session.scalars(query.order_by(Deferral.until, Deferral.id).limit(limit))
    return [view(row) for row in rows]


def latest(session: Session, *, person_id: UUID, product_id: int) -> DeferralView | None:
    """Return the last deferral, whatever became of it."""
    query = (
        select(Deferral)
        .where(Deferral.person_id == person_id, Deferral.product_id == product_id)
        .order_by(Deferral.created_at.desc(), Deferral.id.desc())
        .limit(1)
    )
    row = session.scalar(query.execution_options(populate_existing=True))
    return view(row) if row is not None else None


def refusal(
    session: Session, *, person_id: UUID, product_id: int, days: Sequence[date]
) -> Refused | None:
    """Return why the person cannot have the product on one of *days*; an own wish refuses none."""
    found = find_open(session, person_id=person_id, product_id=product_id)
    if found is None:
        return None
    return rules.check_day(found.why, found.until, min(days), refuses=found.rule.refuses)


def waiting_until(
    session: Session, *, person_ids: Collection[UUID], product_id: int
) -> dict[UUID, date]:
    """Return the first day of each of the people who must wait; an own wish makes nobody wait."""
    query = select(Deferral).where(
        Deferral.person_id.in_(person_ids),
        Deferral.product_id == product_id,
        Deferral.state == DeferralState.OPEN,
    )
    found = [view(row) for row in session.scalars(query)]
    return {one.person_id: one.until for one in found if one.rule.refuses}


def due(session: Session, *, site_id: int, day: date, limit: int) -> list[UUID]:
    """Return whose date has come at a site by its *day*, the earliest first."""
    query = (
        select(Deferral.id)
        .where(
            Deferral.state == DeferralState.OPEN,
            Deferral.site_id == site_id,
            Deferral.until <= day,
        )
        .order_by(Deferral.until, Deferral.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def view(row: Deferral) -> DeferralView:
    """Return the row as pages read it."""
    return DeferralView(
        id=row.id,
        person_id=row.person_id,
        product_id=row.product_id,
        site_id=row.site_id,
        group_code=row.group_code,
        why=Why(row.why),
        until=row.until,
        state=DeferralState(row.state),
        phone=row.phone,
        email=row.email,
        set_by=row.set_by,
        created_at=row.created_at,
    )
