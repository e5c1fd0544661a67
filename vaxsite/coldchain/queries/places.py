"""Which units an actor may see, and what they are called. Not visible is the same as absent."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from sensors.domain.units import BANDS, Band, Profile
from sensors.store.places import Site, StorageUnit
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission


@dataclass(frozen=True)
class UnitName:
    """A unit as people call it, where it stands, and its safe band."""

    unit_id: int
    code: str
    name_en: str
    name_zh: str
    band: Band
    site_id: int
    site_en: str
    site_zh: str
    timezone: str
    profile: Profile = Profile.FRIDGE
    retired_at: datetime | None = None  # Since when it is out of use.

    def name(self, language: str) -> str:
        """Return the unit's name in *language*."""
        return self.name_zh if language == "zh" else self.name_en

    def site(self, language: str) -> str:
        """Return the site's name in *language*."""
        return self.site_zh if language == "zh" else self.site_en


@dataclass(frozen=True)
class Span:
    """A period [began_at, ended_at); it lasts when *ended_at* is None."""

    began_at: datetime
    ended_at: datetime | None

    def lasted_s(self, now: datetime) -> int:
        """Return how many seconds it lasted, or has lasted at *now*."""
        return int(((self.ended_at or now) - self.began_at).total_seconds())


def visible_units(actor: Actor) -> Select[StorageUnit, Site]:
    """Select the units of the sites whose cold chain *actor* may read."""
    return (
        select(StorageUnit, Site)
        .join(Site, Site.id == StorageUnit.site_id)
        .where(Site.id.in_(actor.sites(Permission.COLDCHAIN_READ)))
        .order_by(Site.code, StorageUnit.code)
    )


def visible_ids(actor: Actor, unit_id: int | None = None) -> Select[int]:
    """Select the ids of the units that *actor* may read: all, or one unit.

    For a condition. A list of five hundred numbers costs a statement more time to be sent than to
    be answered, and is sent anew each time.
    """
    wanted = visible_units(actor).with_only_columns(StorageUnit.id).order_by(None)
    return wanted if unit_id is None else wanted.where(StorageUnit.id == unit_id)


def unit_name(unit: StorageUnit, site: Site) -> UnitName:
    """Return what pages need to know of *unit* at *site*."""
    return UnitName(
        unit_id=unit.id,
        code=unit.code,
        name_en=unit.name_en,
        name_zh=unit.name_zh,
        band=BANDS[Profile(unit.profile)],
        site_id=site.id,
        site_en=site.name_en,
        site_zh=site.name_zh,
        timezone=site.timezone,
        profile=Profile(unit.profile),
        retired_at=unit.retired_at,
    )


def units_by_id(
    session: Session, *, actor: Actor, unit_id: int | None = None
) -> dict[int, UnitName]:
    """Return what *actor* may see, by its id, in the order of site and code: all, or one unit."""
    wanted = visible_units(actor)
    rows = session.execute(wanted if unit_id is None else wanted.where(StorageUnit.id == unit_id))
    return {unit.id: unit_name(unit, site) for unit, site in rows}


def units_in_use(
    session: Session, *, actor: Actor, unit_id: int | None = None
) -> dict[int, UnitName]:
    """Return as `units_by_id` what is not out of use; one unit that is asked for in any case."""
    units = units_by_id(session, actor=actor, unit_id=unit_id)
    return {one: unit for one, unit in units.items() if unit_id or unit.retired_at is None}


def get_unit(session: Session, *, actor: Actor, unit_id: int) -> UnitName:
    """Return one unit; raise `NotFound` when *actor* may not see it."""
    row = session.execute(visible_units(actor).where(StorageUnit.id == unit_id)).one_or_none()
    if row is None:
        raise NotFound
    return unit_name(row[0], row[1])
