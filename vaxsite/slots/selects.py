"""Statements of clinics and slots, written once so that they are compiled once."""

from sqlalchemy import case, func, select

from sensors.store.lists import one_of
from sensors.store.places import Site
from sensors.store.written import Written, constant
from vaxsite.core.clinics import Clinic
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.slots.rules import SessionState
from vaxsite.stock.models import Product
from vaxsite.stock.queries import PRODUCT_COLUMNS

# Free seats that the public can book. Staff may have given some away that were not out yet.
OPEN_SEATS = case(
    (Slot.taken + Slot.withheld < Slot.capacity, Slot.capacity - Slot.taken - Slot.withheld),
    else_=0,
)
# The columns of a `ClinicView`, in its order.
CLINIC_COLUMNS = (
    Site.id,
    Site.code,
    Site.name_en,
    Site.name_zh,
    Clinic.address_en,
    Clinic.address_zh,
    Clinic.district_en,
    Clinic.district_zh,
    Clinic.phone,
    Site.timezone,
)
# The columns of a `SlotView` in its order, then those of its `ProductView`.
SLOTS = (
    select(
        Slot.id,
        Slot.session_id,
        ClinicSession.site_id,
        Slot.starts_at,
        ClinicSession.ends_at,
        Slot.capacity,
        OPEN_SEATS,
        ClinicSession.state == constant(SessionState.PUBLISHED),
        Site.timezone,
        Slot.overbook_limit,
        Slot.overbooked,
        ClinicSession.doses,
        Slot.kept_for,
        Slot.taken,
        Slot.withheld,
        *PRODUCT_COLUMNS,
    )
    .join(ClinicSession, ClinicSession.id == Slot.session_id)
    .join(Site, Site.id == ClinicSession.site_id)
    .join(Product, Product.id == ClinicSession.product_id)
)
SLOT_COLUMNS = 15  # Before those of the product.
SLOT_WIDTH = SLOT_COLUMNS + len(PRODUCT_COLUMNS)
SLOTS_BY_ID = Written(SLOTS.where(one_of(Slot.id, "slots")))
_CLINICS = (
    select(*CLINIC_COLUMNS)
    .join(Clinic, Clinic.site_id == Site.id)
    .order_by(Clinic.district_en, Site.name_en)
)
CLINICS = Written(_CLINICS)
CLINICS_OF = Written(_CLINICS.where(one_of(Clinic.site_id, "sites")))
# How many slots and seats each session has, and how many seats somebody has.
SEATS_OF_SESSIONS = (
    select(
        Slot.session_id.label("session_id"),
        func.count().label("slots"),
        func.sum(Slot.capacity).label("capacity"),
        func.sum(Slot.taken + Slot.overbooked).label("taken"),
        func.sum(Slot.withheld).label("withheld"),
    )
    .group_by(Slot.session_id)
    .subquery()
)
