"""Who depends on vaccine that an excursion touched: seats still to come, doses already given.

Counts for everybody who may read the cold chain; references only for those who may see bookings.
"""

import itertools
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from vaxsite.booking import counting
from vaxsite.core.actor import Actor
from vaxsite.core.permissions import Permission
from vaxsite.doses import queries as doses


@dataclass(frozen=True)
class Seats:
    """Appointments at a site that need one of the products, by day there."""

    today: int
    tomorrow: int


@dataclass(frozen=True)
class GivenDoses:
    """Doses of affected lots given since the excursion began. No references without the right."""

    count: int
    references: tuple[str, ...]


def seats_of_today_and_tomorrow(
    session: Session,
    *,
    site_id: int,
    timezone: str,
    product_ids: Collection[int],
    now: datetime,
) -> Seats:
    """Count the appointments of the site's own today and tomorrow."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    midnights = [
        datetime.combine(today + timedelta(days=days), time(), tzinfo=zone) for days in range(3)
    ]
    first, second = (
        counting.count_awaited(
            session, site_id=site_id, product_ids=product_ids, since=since, until=until
        )
        for since, until in itertools.pairwise(midnights)
    )
    return Seats(today=first, tomorrow=second)


def doses_given(
    session: Session,
    *,
    actor: Actor,
    site_id: int,
    lot_ids: Collection[int],
    since: datetime,
) -> GivenDoses:
    """Return the doses of the lots given at the site since an instant."""
    found = doses.references_of_lots(session, lot_ids=lot_ids, site_id=site_id, since=since)
    shown = found if actor.may(Permission.BOOKING_READ, site_id) else []
    return GivenDoses(len(found), tuple(one for one in shown if one is not None))
