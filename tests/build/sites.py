"""Builders of places: a site, a unit in it, a probe in that."""

from sqlalchemy.orm import Session

from sensors.store.places import Sensor, Site, StorageUnit


def a_site(session: Session, *, code: str = "riverside", timezone: str = "Asia/Shanghai") -> Site:
    """Return a stored site."""
    site = Site(code=code, name_en=code.title(), name_zh="滨江门诊", timezone=timezone)
    session.add(site)
    session.flush()
    return site


def a_unit(
    session: Session,
    *,
    site: Site | None = None,
    code: str = "F1",
    profile: str = "fridge",
    rule_set: str = "cn-clinic",
) -> StorageUnit:
    """Return a stored storage unit, by default a refrigerator."""
    site = site or a_site(session)
    unit = StorageUnit(
        site_id=site.id,
        code=code,
        name_en=f"Fridge {code}",
        name_zh=f"冰箱 {code}",
        profile=profile,
        rule_set=rule_set,
    )
    session.add(unit)
    session.flush()
    return unit


def a_sensor(
    session: Session,
    *,
    unit: StorageUnit | None = None,
    device: str = "probe-1",
    channel: str = "",
    expected_every_s: int = 300,
    silent_after_s: int = 900,
) -> Sensor:
    """Return a stored probe that hangs in *unit*, or in a unit of its own."""
    unit = unit or a_unit(session)
    sensor = Sensor(
        device=device,
        channel=channel,
        unit_id=unit.id,
        expected_every_s=expected_every_s,
        silent_after_s=silent_after_s,
    )
    session.add(sensor)
    session.flush()
    return sensor
