"""Acts on places, for the shell and the first day: a site, a unit in it, a probe in that."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from sensors.domain.readings import silent_after_s
from sensors.domain.units import Profile
from sensors.services import known
from sensors.store.places import NoticeTarget, Sensor, Site, StorageUnit
from sensors.store.readings import SensorState
from vaxsite.core import audit, units
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import N_
from vaxsite.core.errors import AlreadyThere, DomainError
from vaxsite.core.units import UnitFacts

# Our own choice: a file that is due on a day may come on the next.
FILE_GRACE_S = 86_400


class NoSuchPlace(DomainError):
    """The site or the unit that was named does not exist."""

    sentence = N_("There is no site or unit of this name.")
    status = 404


class UnknownTimezone(DomainError):
    """The name is not one of the IANA time zones."""

    sentence = N_("This is not the name of a time zone, such as Asia/Shanghai.")


def add_site(
    session: Session,
    *,
    code: str,
    name_en: str,
    name_zh: str,
    timezone: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Add a site and return its id."""
    if session.scalar(select(Site.id).where(Site.code == code)) is not None:
        raise AlreadyThere
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as err:
        raise UnknownTimezone from err
    site = Site(code=code, name_en=name_en, name_zh=name_zh, timezone=timezone)
    session.add(site)
    session.flush()
    audit.record(session, actor=actor, action="site:add", subject=f"site:{site.id}", now=now)
    return site.id


def add_unit(
    session: Session,
    *,
    site: str,
    code: str,
    name_en: str,
    name_zh: str,
    profile: Profile,
    rule_set: str | None = None,
    actor: Actor,
    now: datetime,
) -> int:
    """Add a storage unit to the site with the code *site* and return its id.

    Without *rule_set* it is judged by the first rules of its profile. Raises as `units.add_unit`.
    """
    return units.add_unit(
        session,
        site_id=get_site(session, site).id,
        code=code,
        facts=UnitFacts(name_en, name_zh, profile),
        rule_set=rule_set,
        actor=actor,
        now=now,
    )


def add_sensor(
    session: Session,
    *,
    device: str,
    channel: str,
    site: str,
    unit: str,
    expected_every_s: int,
    actor: Actor,
    now: datetime,
    files_every_s: int | None = None,
) -> int:
    """Hang the probe *channel* of *device* into a unit and return its id.

    It counts as silent after two readings that did not come, a USB logger after a file that did
    not come within *files_every_s* and a day.
    """
    unit_id = get_unit(session, site, unit)
    units.check_in_use(session, unit_id)
    sensor_id = register_probe(
        session,
        device=device,
        channel=channel,
        unit_id=unit_id,
        expected_every_s=expected_every_s,
        now=now,
        files_every_s=files_every_s,
    )
    audit.record(session, actor=actor, action="sensor:add", subject=f"sensor:{sensor_id}", now=now)
    return sensor_id


def register_probe(
    session: Session,
    *,
    device: str,
    channel: str,
    unit_id: int | None,
    expected_every_s: int,
    now: datetime,
    files_every_s: int | None = None,
) -> int:
    """Store a probe with its deadline of silence; return its id. Raises `AlreadyThere`.

    A USB logger is not heard live: *files_every_s* is the time between two of its files.
    """
    probe = select(Sensor.id).where(Sensor.device == device, Sensor.channel == channel)
    if session.scalar(probe) is not None:
        raise AlreadyThere
    silent_after = timedelta(seconds=silent_after_s(expected_every_s))
    if files_every_s is not None:
        silent_after = timedelta(seconds=files_every_s + FILE_GRACE_S)
    sensor = Sensor(
        device=device,
        channel=channel,
        unit_id=unit_id,
        expected_every_s=expected_every_s,
        silent_after_s=int(silent_after.total_seconds()),
        files_every_s=files_every_s,
    )
    session.add(sensor)
    session.flush()
    # A probe that never says anything is silent too.
    session.add(SensorState(sensor_id=sensor.id, rules={}, silent_at=now + silent_after))
    session.flush()
    known.changed(session)
    return sensor.id


def add_notice_target(
    session: Session,
    *,
    site: str,
    channel: str,
    address: str,
    language: str,
    actor: Actor,
    now: datetime,
) -> int:
    """Tell *address* about the alerts of a site from now on; return the target's id."""
    target = NoticeTarget(
        site_id=get_site(session, site).id, channel=channel, address=address, language=language
    )
    session.add(target)
    session.flush()
    subject = f"notice_target:{target.id}"
    audit.record(session, actor=actor, action="notice_target:add", subject=subject, now=now)
    return target.id


def get_site(session: Session, code: str) -> Site:
    """Return the site with the code *code*; raise `NoSuchPlace` where there is none."""
    site = session.scalar(select(Site).where(Site.code == code))
    if site is None:
        raise NoSuchPlace
    return site


def get_unit(session: Session, site: str, code: str) -> int:
    """Return the id of the unit *code* at the site *site*; raise `NoSuchPlace` without one."""
    unit_id = _find_unit(session, get_site(session, site).id, code)
    if unit_id is None:
        raise NoSuchPlace
    return unit_id


def _find_unit(session: Session, site_id: int, code: str) -> int | None:
    unit = select(StorageUnit.id).where(StorageUnit.site_id == site_id, StorageUnit.code == code)
    return session.scalar(unit)
