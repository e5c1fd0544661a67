"""Builders of a clinic's day: a stocked clinic, and people on their way through it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from sensors.store.places import Sensor, Site, StorageUnit
from tests.build import booking, places, stock
from vaxsite.booking.services import holds
from vaxsite.core.actor import Actor
from vaxsite.core.ids import new_id
from vaxsite.core.permissions import Role
from vaxsite.doses import services as doses
from vaxsite.doses.rules import BodySite
from vaxsite.stock.queries import FoundLot, get_lots
from vaxsite.visits import rules, services
from vaxsite.visits.rules import Identity

TODAY = booking.TOMORROW  # The day of the session that `an_open_clinic` plans.
OPENED = datetime(2026, 1, 13, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai.
MINUTE = timedelta(minutes=1)


@dataclass
class Clinic:
    """An open clinic with a fridge, its probe, a lot inside, a nurse and a pharmacist."""

    site: Site
    fridge: StorageUnit
    probe: Sensor
    product_id: int
    lot_id: int
    slot_ids: list[int]
    nurse: Actor
    pharmacist: Actor


def a_stocked_clinic(session: Session, *, code: str = "riverside") -> Clinic:
    """A clinic that is open today; lot L2026A has stood in its fridge since yesterday."""
    product_id = stock.a_vaccine(session, code=f"CORONAVAC-{code}", gtin=None)
    opened = booking.an_open_clinic(session, code=code, product_id=product_id, seats=50)
    site = session.get_one(Site, opened.site_id)
    fridge = places.a_fridge(session, site=site)
    lot_id = stock.a_lot(session, product_id=product_id, unit=fridge)
    return Clinic(
        site=site,
        fridge=fridge,
        probe=places.a_probe(session, unit=fridge, device=f"probe-{code}"),
        product_id=product_id,
        lot_id=lot_id,
        slot_ids=opened.slot_ids,
        nurse=stock.staff_of(site.id, Role.NURSE),
        pharmacist=stock.staff_of(site.id, Role.PHARMACIST),
    )


def booked(
    session: Session,
    clinic: Clinic,
    *,
    name: str = "陈安娜",
    index: int = 1,
    given_on: Sequence[date] = (),
) -> UUID:
    """Somebody with an appointment today; the next dose after those of *given_on*."""
    held = holds.hold(
        session,
        slot_id=clinic.slot_ids[0],
        holder=booking.holder(name + str(index)),
        now=booking.NOW,
    )
    return booking.confirmed(
        session,
        held=held,
        secret=name + str(index),
        details=booking.details_of(name, index=index),
        given_on=given_on,
    ).appointment_id


def arrived(
    session: Session, clinic: Clinic, appointment_id: UUID, *, at: datetime = OPENED
) -> UUID:
    """The visit of somebody who was asked who they are."""
    return services.check_in(
        session,
        appointment_id=appointment_id,
        confirmed=set(Identity),
        actor=clinic.nurse,
        now=at,
    )


def well(sex: str = "female", on: date = TODAY, **answers: str) -> dict[str, str]:
    """No to every question, but for *answers*."""
    return {question.code: "no" for question in rules.questions_for(sex, on)} | answers


def screened(
    session: Session, clinic: Clinic, appointment_id: UUID, *, at: datetime = OPENED
) -> UUID:
    """The visit of somebody who is well."""
    visit_id = arrived(session, clinic, appointment_id, at=at)
    services.answer_questions(
        session, visit_id=visit_id, answers=well(), actor=clinic.nurse, now=at
    )
    return visit_id


def needle(
    session: Session,
    clinic: Clinic,
    *,
    at: datetime = OPENED + 5 * MINUTE,
    lot_id: int | None = None,
    presented_id: UUID | None = None,
) -> doses.Needle:
    """A dose in the left arm from the clinic's lot."""
    lot_id = lot_id or clinic.lot_id
    return doses.Needle(
        dose_id=new_id(at),
        found=FoundLot(get_lots(session, lot_ids=[lot_id])[lot_id]),
        body_site=BodySite.LEFT_ARM,
        given_at=at,
        vaccinator_id=clinic.nurse.id,
        presented_id=presented_id,
    )


def given(
    session: Session, clinic: Clinic, visit_id: UUID, *, at: datetime = OPENED + 5 * MINUTE
) -> UUID:
    """A dose that was given after every check said yes."""
    return doses.give(
        session,
        visit_id=visit_id,
        needle=needle(session, clinic, at=at),
        actor=clinic.nurse,
        now=at,
        language="en",
    )
