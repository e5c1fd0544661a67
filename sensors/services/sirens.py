"""Where a siren must sound: a critical alert stands and nobody has answered it."""

from collections.abc import Mapping
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

    def kept(self) -> Mapping[str, bool]:
        """Return what is kept for each site: what a siren that comes back will do."""
        ...


def to_say(wanted: Mapping[str, bool], said: Mapping[str, bool]) -> dict[str, bool]:
    """Return what must be said where *said* stands, also to a site that is *wanted* no more."""
    gone = {site: False for site, on in said.items() if on and site not in wanted}
    return gone | {site: on for site, on in wanted.items() if said.get(site) != on}


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
