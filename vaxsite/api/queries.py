"""Reads of free seats for everybody: one statement an answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from sensors.store import columns
from sensors.store.places import Site
from vaxsite.api.rules import SLOTS_MOST
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.slots.rules import SessionState
from vaxsite.slots.selects import OPEN_SEATS
from vaxsite.stock.models import Product

OFFERED = (
    select(
        ClinicSession.id,
        Site.code,
        Site.name_en,
        Site.name_zh,
        Site.timezone,
        Product.code,
        Product.name_en,
        Product.name_zh,
        ClinicSession.starts_at,
        ClinicSession.ends_at,
        ClinicSession.doses,
        Slot.id,
        Slot.starts_at,
        OPEN_SEATS,
        Slot.kept_for,
    )
    .join(ClinicSession, ClinicSession.id == Slot.session_id)
    .join(Site, Site.id == ClinicSession.site_id)
    .join(Product, Product.id == ClinicSession.product_id)
    .where(ClinicSession.state == SessionState.PUBLISHED)
    .order_by(ClinicSession.starts_at, ClinicSession.id, Slot.starts_at, Slot.id)
    .limit(SLOTS_MOST + 1)
)
OF_SLOT = 11  # Where the columns of the slot begin.
Found = Row[*tuple[Any, ...]]  # Any: the columns of `OFFERED`.


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of which clinic, vaccine and local day; None is any."""

    site: str | None = None
    product: str | None = None
    day: date | None = None


def availability(session: Session, wanted: Wanted, *, now: datetime) -> dict[str, Any]:
    """Return the offered times to come with their free seats, by session. Any: JSON."""
    query = OFFERED.where(Slot.starts_at > now)
    if wanted.site is not None:
        query = query.where(Site.code == wanted.site)
    if wanted.product is not None:
        query = query.where(Product.code == wanted.product)
    if wanted.day is not None:
        begin, end = _around(wanted.day)
        query = query.where(Slot.starts_at >= begin, Slot.starts_at < end)
    rows = columns.read(session, query).all()
    return {
        "sessions": list(_sessions(rows[:SLOTS_MOST], wanted.day)),
        "complete": len(rows) <= SLOTS_MOST,
    }


def knows_site(session: Session, code: str) -> bool:
    """Tell whether a clinic has this code."""
    return session.scalar(select(Site.id).where(Site.code == code)) is not None


def _around(day: date) -> tuple[datetime, datetime]:
    """Return instants between which *day* lies on every calendar of the world."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return midnight - timedelta(hours=14), midnight + timedelta(hours=36)


def _sessions(rows: Sequence[Found], day: date | None) -> Iterator[dict[str, Any]]:
    """Give each session with its slots; only those of *day* at its clinic. Any: JSON."""
    for session_id, group in groupby(rows, key=lambda row: row[0]):
        found = list(group)
        _, site, site_en, site_zh, timezone, product, product_en, product_zh, *rest = found[0]
        starts_at, ends_at, doses = rest[:3]
        local = starts_at.astimezone(ZoneInfo(timezone)).date()
        if day is not None and local != day:
            continue
        yield {
            "session": session_id,
            "site": {"code": site, "name": {"en": site_en, "zh": site_zh}, "timezone": timezone},
            "product": {"code": product, "name": {"en": product_en, "zh": product_zh}},
            "day": local.isoformat(),
            "starts_at": starts_at.isoformat(),
            "ends_at": ends_at.isoformat(),
            "doses": doses,
            "slots": [_slot(*row[OF_SLOT:]) for row in found],
        }


def _slot(slot_id: int, starts_at: datetime, free: int, group: str | None) -> dict[str, Any]:
    """Return one time as it is told; *group* is the one that its seats are for. Any: JSON."""
    return {"slot": slot_id, "starts_at": starts_at.isoformat(), "free": free, "group": group}
