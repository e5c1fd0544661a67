"""Builders of clinics with seats, and of people who book them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from sensors.store.places import Site
from tests.build.sites import a_site
from tests.build.stock import a_vaccine, staff_of
from vaxsite.booking import hold_queries, rules
from vaxsite.booking.services import confirmations, holds
from vaxsite.core.actor import RESIDENT, Actor
from vaxsite.core.clinics import Clinic
from vaxsite.core.permissions import Role
from vaxsite.eligibility import services as eligibility
from vaxsite.eligibility.rules import Reach
from vaxsite.record import queries as record
from vaxsite.record.rules import Source
from vaxsite.record.services import Told, add_earlier
from vaxsite.residents.rules import IdKind, Sex, check_character
from vaxsite.residents.services import PersonDetails, find_or_add_person
from vaxsite.slots import queries as slot_queries
from vaxsite.slots import services as slots
from vaxsite.slots.rules import SessionPlan

NOW = datetime(2026, 1, 12, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai, a Monday.
TOMORROW = date(2026, 1, 13)
URL = "https://vaccination.example/my-booking"


@dataclass(frozen=True)
class OpenClinic:
    """A clinic where everybody from 18 can book."""

    site_id: int
    product_id: int
    session_id: int
    slot_ids: list[int]
    manager: Actor


def a_clinic(session: Session, *, code: str = "riverside", timezone: str = "Asia/Shanghai") -> Site:
    """Return a stored site that receives the public."""
    site = a_site(session, code=code, timezone=timezone)
    session.add(
        Clinic(
            site_id=site.id,
            address_en="1 River Road, Binhu",
            address_zh="滨湖区滨河路1号",
            district_en="Binhu",
            district_zh="滨湖区",
            phone="0510-82700000",
        )
    )
    session.flush()
    return site


def a_published_session(
    session: Session,
    *,
    site_id: int,
    product_id: int,
    day: date = TOMORROW,
    slots_count: int = 2,
    seats: int = 5,
    starts: time = time(9, 0),
    overbook: int = 0,
) -> int:
    """Return a session of half-hour slots that the public can book."""
    manager = staff_of(site_id, Role.MANAGER)
    ends = (datetime.combine(day, starts) + timedelta(minutes=30 * slots_count)).time()
    plan = SessionPlan(
        day=day, starts=starts, ends=ends, minutes=30, seats=seats, overbook=overbook
    )
    session_id = slots.plan_session(
        session, site_id=site_id, product_id=product_id, plan=plan, actor=manager, now=NOW
    )
    slots.publish_session(session, session_id=session_id, actor=manager, now=NOW)
    return session_id


def an_open_clinic(
    session: Session,
    *,
    code: str = "riverside",
    slots_count: int = 2,
    seats: int = 5,
    product_id: int | None = None,
    group: str = "everyone-from-18",
    overbook: int = 0,
) -> OpenClinic:
    """Return a clinic with a published session tomorrow and an open phase; the caller commits."""
    site = a_clinic(session, code=code)
    product_id = product_id or a_vaccine(session)
    manager = staff_of(site.id, Role.MANAGER)
    eligibility.open_phase(
        session,
        reach=Reach(site_id=site.id),
        group_code=group,
        opens_on=NOW.astimezone(ZoneInfo("Asia/Shanghai")).date(),
        closes_on=None,
        actor=manager,
        now=NOW,
    )
    session_id = a_published_session(
        session,
        site_id=site.id,
        product_id=product_id,
        slots_count=slots_count,
        seats=seats,
        overbook=overbook,
    )
    found = [slot.id for slot in slot_queries.slots_of_session(session, session_id)]
    return OpenClinic(site.id, product_id, session_id, found, manager)


def person_number(index: int, *, born_on: date = date(1985, 5, 5)) -> str:
    """Return the *index*th valid number of made-up people."""
    first = f"990101{born_on:%Y%m%d}{index:03d}"
    return first + check_character(first)


def details_of(
    name: str = "陈安娜",
    *,
    index: int = 1,
    born_on: date = date(1985, 5, 5),
    email: str | None = None,
    language: str = "zh",
    occupation: str = "other",
) -> PersonDetails:
    """Return what a resident typed, already read; each *index* is another person."""
    return PersonDetails(
        name=name,
        born_on=born_on,
        sex=Sex.FEMALE,
        id_kind=IdKind.RESIDENT_ID,
        id_number=person_number(index, born_on=born_on),
        phone=f"+86139{12345677 + index}",
        email=email,
        address=None,
        language=language,
        occupation=occupation,
        conditions=False,
    )


def holder(secret: str) -> bytes:
    """Return the hash of the secret that a browser holds."""
    return rules.holder_hash(secret)


def confirmed(
    session: Session,
    *,
    held: hold_queries.HoldView,
    secret: str,
    details: PersonDetails | None = None,
    given_on: Sequence[date] = (),
    now: datetime = NOW,
) -> confirmations.Confirmed:
    """Confirm the hold for somebody whose card says doses on the days of *given_on*."""
    who = details or details_of()
    if given_on:
        slot = slot_queries.get_slot(session, held.slot_id)
        person_id = find_or_add_person(session, details=who, actor=RESIDENT, now=now)
        code = record.engine_code(slot.product)
        for day in given_on:
            an_earlier_dose(session, person_id, day, code=code, site_id=slot.site_id)
    return confirmations.confirm(
        session,
        hold_id=held.id,
        holder=holder(secret),
        people=[who],
        my_booking_url=URL,
        actor=RESIDENT,
        now=now,
    )


def an_earlier_dose(
    session: Session, person_id: UUID, day: date, *, site_id: int, code: str = "511"
) -> UUID:
    """A dose that a nurse of the site entered from a card."""
    return add_earlier(
        session,
        person_id=person_id,
        told=Told(given_on=day, code=code, source=Source.PAPER_CARD),
        site_id=site_id,
        actor=staff_of(site_id, Role.NURSE),
        now=NOW,
    )


def a_booked_resident(
    session: Session,
    *,
    slot_id: int,
    secret: str = "ana",
    details: PersonDetails | None = None,
    now: datetime = NOW,
) -> UUID:
    """Return the appointment of somebody who held a seat of the slot and confirmed it."""
    held = holds.hold(session, slot_id=slot_id, holder=holder(secret), now=now)
    return confirmed(session, held=held, secret=secret, details=details, now=now).appointment_id
