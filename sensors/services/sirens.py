"""Where a siren must sound: a critical alert stands and nobody has answered it."""

from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.alerts import AlertState, Severity
from sensors.store.episodes import AlertRow
from sensors.store.places import Site, StorageUnit


class Siren(Protocol):
    """A way to the sirens of the sites."""

    def sound(self, site: str, *, on: bool) -> None:
        """Turn the siren of *site*, named by its code, on or off."""
        ...


def wanted(session: Session) -> dict[str, bool]:
    """Return for every site, by its code, whether its siren must sound."""
    sounding = set(
        session.scalars(
            select(StorageUnit.site_id)
            .join(AlertRow, AlertRow.unit_id == StorageUnit.id)
            .where(
                AlertRow.state == AlertState.OPEN,
                AlertRow.severity == Severity.CRITICAL,
                AlertRow.cleared_at.is_(None),
            )
        )
    )
    sites = session.execute(select(Site.id, Site.code).order_by(Site.id))
    return {code: site_id in sounding for site_id, code in sites}
