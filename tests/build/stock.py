"""Builders of stock: a vaccine, a lot in a fridge, and people with a role at a site."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from sensors.store.places import StorageUnit
from vaxsite.core.actor import Actor, ActorKind, system
from vaxsite.core.permissions import ROLES, Role
from vaxsite.stock import services

MORNING = datetime(2026, 1, 12, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai, a Monday.
STOCKED = MORNING - timedelta(days=3)
BUILDER = system("test")
GTIN = "06970000000017"


def a_vaccine(
    session: Session,
    *,
    code: str = "CORONAVAC",
    gtin: str | None = GTIN,
    doses: int = 2,
    interval: int | None = 21,
    cvx: str | None = "511",
) -> int:
    """An inactivated vaccine in single-dose vials; without *cvx* its leaflet judges the doses."""
    return services.add_product(
        session,
        actor=BUILDER,
        now=STOCKED,
        code=code,
        name_en=f"Vaccine {code}",
        name_zh=f"疫苗{code}",
        maker="Maker Biologics 样例生物",
        cvx=cvx,
        gtin=gtin,
        doses_in_series=doses,
        doses_per_vial=1,
        interval_min_days=interval,
        interval_max_days=56 if interval else None,
        target="covid-19" if cvx else code,
        interval_source="Technical guidance for COVID-19 vaccination, 1st edition, March 2021",
    )


def a_lot(
    session: Session,
    *,
    product_id: int,
    unit: StorageUnit,
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
        unit_id=unit.id,
        vials=50,
        trace_codes=trace_codes,
        actor=BUILDER,
        now=at,
    )


def staff_of(site_id: int, role: Role, *, name: str = "") -> Actor:
    """Somebody who holds one role at one site."""
    return Actor(ActorKind.STAFF, name or f"{role}-{site_id}", {site_id: ROLES[role]})
