"""Which stretches of readings stay for good because somebody signed the log of their month.

What was signed is kept as it was; the log is computed again all the same whenever it is opened, and
would seem to have changed without its readings.
"""

from collections import defaultdict
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.places import Site, StorageUnit
from vaxsite.logbook import months
from vaxsite.logbook.models import MonthSignature

# A gap at either end of a month is told from the reading beyond it.
AROUND = timedelta(days=1)


def signed_spans(session: Session) -> dict[int, list[tuple[datetime, datetime]]]:
    """Return the signed months of every unit, each from a day before it to a day after."""
    rows = session.execute(
        select(MonthSignature.unit_id, MonthSignature.month, Site.timezone)
        .join(StorageUnit, StorageUnit.id == MonthSignature.unit_id)
        .join(Site, Site.id == StorageUnit.site_id)
        .distinct()
    )
    found: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    for row in rows:
        begins, ends = months.of_day(row.month).bounds(row.timezone)
        found[row.unit_id].append((begins - AROUND, ends + AROUND))
    return dict(found)
