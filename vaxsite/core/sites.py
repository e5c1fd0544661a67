"""A site as people call it, and the sites at which somebody may do something."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.store.places import Site
from vaxsite.core.actor import Actor
from vaxsite.core.permissions import Permission


@dataclass(frozen=True, slots=True)
class SiteName:
    """A site, for choosing it and for telling its time."""

    id: int
    code: str
    name_en: str
    name_zh: str
    timezone: str

    def day(self, instant: datetime) -> date:
        """Return the day of *instant* on the clock of the site."""
        return instant.astimezone(ZoneInfo(self.timezone)).date()

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """Return the instants [begin, end) of *day* on the clock of the site."""
        zone = ZoneInfo(self.timezone)
        return (
            datetime.combine(day, time(), zone),
            datetime.combine(day + timedelta(days=1), time(), zone),
        )

    def name(self, language: str) -> str:
        """Return the name in *language*."""
        return self.name_zh if language == "zh" else self.name_en


def named(row: Site) -> SiteName:
    """Return a row as pages show it."""
    return SiteName(row.id, row.code, row.name_en, row.name_zh, row.timezone)


def permitted(session: Session, *, actor: Actor, permission: Permission) -> list[SiteName]:
    """Return the sites where *actor* holds *permission*, by code."""
    rows = session.scalars(
        select(Site).where(Site.id.in_(actor.sites(permission))).order_by(Site.code)
    )
    return [named(row) for row in rows]
