"""Builders of places and stock: a site with its fridge, a vaccine, a lot in it, an excursion."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from sensors.store.episodes import ExcursionRow
from sensors.store.places import Sensor, Site, StorageUnit
from vaxsite.core.actor import Actor, ActorKind, system
from vaxsite.core.permissions import ROLES, Role
from vaxsite.stock import services

MORNING = datetime(2026, 1, 12, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai, a Monday.
STOCKED = MORNING - timedelta(days=3)
BUILDER = system("test")


def a_site(session: Session, *, code: str = "east", timezone: str = "Asia/Shanghai") -> int:
    """A clinic's place."""
    names = {"east": ("East Clinic", "城东门诊"), "west": ("West Clinic", "城西门诊")}
    name_en, name_zh = names.get(code, (f"Clinic {code}", f"{code}门诊"))
    site = Site(code=code, name_en=name_en, name_zh=name_zh, timezone=timezone)
    session.add(site)
    session.flush()
    return site.id


def a_fridge(session: Session, *, site_id: int, code: str = "F1") -> int:
    """A vaccine fridge between +2 and +8."""
    fridge = StorageUnit(
        site_id=site_id,
        code=code,
        name_en=f"Fridge {code}",
        name_zh=f"冰箱{code}",
        profile="fridge",
        rule_set="cn-clinic",
    )
    session.add(fridge)
    session.flush()
    return fridge.id


def a_vaccine(
    session: Session,
    *,
    code: str = "CORONAVAC",
    gtin: str | None = "06970000000017",
    doses: int = 2,
    interval: int | None = 21,
) -> int:
    """An inactivated vaccine of two doses, at least 21 days apart, in single-dose vials."""
    return services.add_product(
        session,
        actor=BUILDER,
        now=STOCKED,
        code=code,
        name_en=f"Vaccine {code}",
        name_zh=f"疫苗{code}",
        maker="Maker",
        cvx=None,
        gtin=gtin,
        doses_in_series=doses,
        doses_per_vial=1,
        interval_min_days=interval,
        interval_max_days=56 if interval else None,
        interval_source="Technical guidance for COVID-19 vaccination, 1st edition, March 2021",
    )


def a_lot(
    session: Session,
    *,
    product_id: int,
    unit_id: int,
    number: str = "L2026A",
    expires_on: date = date(2026, 12, 31),
    trace_codes: tuple[str, ...] = (),
    at: datetime = STOCKED,
) -> int:
    """A lot of 50 vials that has stood in a fridge for three days."""
    return services.receive_lot(
        session,
        product_id=product_id,
        number=number,
        expires_on=expires_on,
        unit_id=unit_id,
        vials=50,
        trace_codes=trace_codes,
        actor=BUILDER,
        now=at,
    )


def an_excursion(
    session: Session,
    *,
    unit_id: int,
    began_at: datetime = MORNING - timedelta(hours=2),
    ended_at: datetime | None = None,
    peak_centi: int = 1340,
    withdrawn_at: datetime | None = None,
) -> int:
    """A confirmed time above +8 in a fridge; it still lasts unless *ended_at* says otherwise."""
    sensor = Sensor(device=f"probe-{uuid4()}", unit_id=unit_id)
    session.add(sensor)
    session.flush()
    excursion = ExcursionRow(
        sensor_id=sensor.id,
        unit_id=unit_id,
        rule="cn-clinic-hot@1",
        direction="hot",
        began_at=began_at,
        confirmed_at=began_at + timedelta(minutes=30),
        ended_at=ended_at,
        end_reason="recovered" if ended_at else None,
        peak_centi=peak_centi,
        recorded_at=began_at + timedelta(minutes=30),
        withdrawn_at=withdrawn_at,
    )
    session.add(excursion)
    session.flush()
    return excursion.id


def staff_of(site_id: int, role: Role, *, name: str = "") -> Actor:
    """Somebody who holds one role at one site."""
    return Actor(ActorKind.STAFF, name or f"{role}-{site_id}", {site_id: ROLES[role]})
