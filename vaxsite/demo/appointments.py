"""Appointments of made-up people for today, booked through the services, so the day has a list."""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy.orm import Session

from vaxsite.booking import queries as booking
from vaxsite.booking.services import confirmations, holds
from vaxsite.core.actor import RESIDENT, Actor, ActorKind
from vaxsite.core.permissions import ROLES, Role
from vaxsite.demo import sample
from vaxsite.demo.sample import SAMPLE_AREA, Table
from vaxsite.demo.seeding import World
from vaxsite.record.rules import Source
from vaxsite.record.services import Told, add_earlier
from vaxsite.residents.rules import IdKind, Sex, check_character
from vaxsite.residents.services import PersonDetails, find_or_add_person
from vaxsite.slots import queries as slots

SITE, PRODUCT = "liangxi", "covid-inactivated"
PEOPLE_A_SLOT = 2  # The other seats stay free for whoever tries to book for today.


@dataclass(frozen=True)
class Booked:
    """An appointment that can be shown to a nurse or looked up by its owner."""

    name: str
    born_on: date
    reference: str
    at: datetime


def book_today(session: Session, made: World, *, url: str, now: datetime) -> list[Booked]:
    """Book everybody of the sample into the slots nearest to *now*; the soonest first."""
    people = sample.load()["person"]
    offered = slots.slots_of_day(
        session,
        site_id=made.sites[SITE].id,
        day=made.today,
        now=made.planned_at,
        product_id=made.products[PRODUCT],
    )
    near = sorted(offered, key=lambda slot: abs(slot.starts_at - now))
    seats = [slot.id for slot in near for _ in range(PEOPLE_A_SLOT)]
    booked = [
        _book(session, made, slot_id, _arrive_with_card(session, made, table, number), url)
        for number, (table, slot_id) in enumerate(zip(people, seats, strict=False), start=1)
    ]
    return sorted(booked, key=lambda item: item.at)


def _arrive_with_card(session: Session, made: World, table: Table, number: int) -> PersonDetails:
    """Enter what the person's card says; return who they are."""
    details = _details(table, number)
    for earlier in table.get("earlier", ()):
        person_id = find_or_add_person(
            session, details=details, actor=RESIDENT, now=made.planned_at
        )
        told = Told(
            given_on=made.today - timedelta(days=earlier["days_ago"]),
            code=earlier["code"],
            source=Source.PAPER_CARD,
        )
        site = made.sites[SITE].id
        nurse = Actor(ActorKind.STAFF, "demo", {site: ROLES[Role.NURSE]})
        add_earlier(
            session, person_id=person_id, told=told, site_id=site, actor=nurse, now=made.planned_at
        )
    return details


def identity_number(born_on: date, sequence: int) -> str:
    """Return a number of the right form that nobody can have: its province does not exist."""
    first_17 = f"{SAMPLE_AREA}{born_on:%Y%m%d}{sequence:03d}"
    return first_17 + check_character(first_17)


def _details(table: Table, number: int) -> PersonDetails:
    return PersonDetails(
        name=table["name"],
        born_on=table["born_on"],
        sex=Sex.MALE if number % 2 else Sex.FEMALE,
        id_kind=IdKind.RESIDENT_ID,
        id_number=identity_number(table["born_on"], number),
        phone="+8613800000000"[: -len(str(number))] + str(number),
        email=None,
        address=None,
        language=table["language"],
        occupation=table["occupation"],
        conditions=table.get("conditions", False),
    )


def _book(session: Session, made: World, slot_id: int, details: PersonDetails, url: str) -> Booked:
    holder = secrets.token_bytes(32)
    held = holds.hold(session, slot_id=slot_id, holder=holder, now=made.planned_at)
    confirmed = confirmations.confirm(
        session,
        hold_id=held.id,
        holder=holder,
        people=[details],
        my_booking_url=url,
        actor=RESIDENT,
        now=made.planned_at,
    )
    view = booking.get_appointment(session, confirmed.appointment_id)
    return Booked(
        details.name, details.born_on, view.reference, view.slot.starts_at.astimezone(UTC)
    )
