"""Reads of doses: a person's history, and the facts for the checks, read in this second."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from sensors.store.places import Sensor, Site, StorageUnit
from sensors.store.readings import SensorState
from vaxsite.booking.models import Appointment
from vaxsite.core.actor import Actor
from vaxsite.core.decisions import Refused
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.doses.rules import VALID, BodySite, Facts, HoldFact, LotFact
from vaxsite.record import queries as record
from vaxsite.record.models import Dose
from vaxsite.record.rules import NOT_GIVEN, Turn, next_dose, number_of, verdict
from vaxsite.record.rules import Reason as DoseReason
from vaxsite.residents.models import Person
from vaxsite.schedule.history import Observation
from vaxsite.stock import queries as stock
from vaxsite.stock.models import Lot, Product, Vial
from vaxsite.stock.queries import FoundLot, LotHold, LotView, lot_view
from vaxsite.visits.models import Visit
from vaxsite.visits.queries import Entry
from vaxsite.visits.rules import observed


@dataclass(frozen=True)
class DoseView:
    """A dose as it stands now, its corrections applied."""

    id: UUID
    person_id: UUID
    visit_id: UUID | None
    site_id: int
    site_name_en: str
    site_name_zh: str
    timezone: str
    lot: LotView
    vial_id: int | None
    dose_number: int
    given_at: datetime
    body_site: BodySite
    verdict: str
    vaccinator_id: str
    correction_reason: str | None

    def site_name(self, language: str) -> str:
        """Return the name of the place in *language*."""
        return self.site_name_zh if language == "zh" else self.site_name_en


def history(session: Session, *, person_id: UUID) -> list[DoseView]:
    """Return the doses of a person, newest first; rows that were corrected are hidden."""
    query = _doses().where(Dose.person_id == person_id, ~record.is_corrected())
    found = [_view(row) for row in session.execute(query.order_by(Dose.given_at.desc(), Dose.id))]
    return [dose for dose in found if dose.verdict != NOT_GIVEN]


def get_dose(session: Session, *, dose_id: UUID, actor: Actor) -> DoseView:
    """Return a dose given at a site of *actor*; `NotFound` for every other one."""
    row = session.execute(_doses().where(Dose.id == dose_id)).one_or_none()
    if row is None or not actor.may(Permission.VISIT_READ, row[0].site_id):
        raise NotFound
    return _view(row)


def references_of_lots(
    session: Session, *, lot_ids: Collection[int], site_id: int, since: datetime
) -> list[str | None]:
    """Return the booking reference of every dose of the lots given at a site since an instant.

    A dose without an appointment has none. What was corrected or turned out not given is left out.
    """
    query = (
        select(Appointment.reference)
        .select_from(Dose)
        .outerjoin(Visit, Visit.id == Dose.visit_id)
        .outerjoin(Appointment, Appointment.id == Visit.appointment_id)
        .where(
            Dose.lot_id.in_(lot_ids),
            Dose.site_id == site_id,
            Dose.given_at >= since,
            Dose.judged != NOT_GIVEN,
            ~record.is_corrected(),
        )
        .order_by(Dose.given_at, Dose.id)
    )
    return list(session.scalars(query))


def is_corrected(session: Session, *, dose_id: UUID) -> bool:
    """Tell whether a newer row stands in for the dose."""
    return session.scalar(select(Dose.id).where(Dose.corrects_id == dose_id)) is not None


def dose_of_visit(session: Session, *, visit_id: UUID) -> DoseView | None:
    """Return the dose that stands for a visit now, or None."""
    query = _doses().where(
        Dose.visit_id == visit_id, ~record.is_corrected(), Dose.judged != NOT_GIVEN
    )
    row = session.execute(query.order_by(Dose.recorded_at.desc()).limit(1)).one_or_none()
    return _view(row) if row else None


def lock_needle(session: Session, *, person_id: UUID, vial_id: int | None) -> None:
    """Let two needles for one person, or from one package, come one after the other.

    They may be of two visits; the checks of the later one then see the dose of the earlier one.
    """
    person = select(Person.id).where(Person.id == person_id)
    session.execute(person.with_for_update(key_share=True))
    if vial_id is not None:
        session.execute(select(Vial.id).where(Vial.id == vial_id).with_for_update(key_share=True))


@dataclass(frozen=True)
class FridgeView:
    """Where a lot stands now, with the newest temperature that is known of the place."""

    name_en: str
    name_zh: str
    centi: int | None
    measured_at: datetime | None

    def name(self, language: str) -> str:
        """Return the name in *language*."""
        return self.name_zh if language == "zh" else self.name_en


def fridges_of(session: Session, *, lot_id: int, site_id: int, at: datetime) -> list[FridgeView]:
    """Return the units of a site in which a lot stands, with their newest good reading."""
    units = {
        placed.unit_id
        for placed in stock.lots_at_site(session, site_id=site_id, at=at)
        if placed.lot.id == lot_id
    }
    query = (
        select(StorageUnit, SensorState.centi, SensorState.measured_at)
        .outerjoin(Sensor, Sensor.unit_id == StorageUnit.id)
        .outerjoin(SensorState, SensorState.sensor_id == Sensor.id)
        .where(StorageUnit.id.in_(units))
        .order_by(StorageUnit.code, SensorState.measured_at)
    )
    newest = {
        unit.id: FridgeView(unit.name_en, unit.name_zh, centi, measured_at)
        for unit, centi, measured_at in session.execute(query)
    }
    return list(newest.values())


def stop_facts(
    session: Session,
    *,
    entry: Entry,
    found: FoundLot,
    presented_id: UUID | None,
    at: datetime,
    language: str,
    happened: bool = False,
    correcting: UUID | None = None,
) -> Facts:
    """Gather what the checks look at, as the database knows it in this second.

    *at* is the time of the needle. Of a dose that *happened*, what the fridge did afterwards says
    nothing. *correcting* is the row that is judged anew, which is no earlier dose of its own.
    """
    visit = entry.visit
    turn = _turn(session, entry, found, at, correcting)
    return Facts(
        timezone=entry.site.timezone,
        visit_state=visit.state if visit else None,
        person_id=entry.person.id,
        presented_id=presented_id,
        screened_at=visit.screened_at if visit else None,
        booked_product_id=entry.product.id,
        booked_product_name=entry.product.name(language),
        lot=_lot_fact(session, entry, found, at, language, happened, correcting),
        turn=_as_given(turn) if happened else turn.planned,
    )


@dataclass(frozen=True)
class _Said:
    """What the schedule says of a dose to be given, and which rule one breaks that was given."""

    planned: Turn | Refused
    broken: DoseReason | None


def _turn(
    session: Session, entry: Entry, found: FoundLot, at: datetime, correcting: UUID | None
) -> _Said:
    before = [
        dose
        for dose in record.given_here(session, person_id=entry.person.id)
        if _counts_before(dose, entry, at, correcting)
    ]
    day, answers = entry.site.day(at), entry.visit.answers if entry.visit else {}
    seen = tuple(Observation(code, day) for code in observed(answers))
    history = record.history(
        session, person_id=entry.person.id, at=at, given=before, observations=seen
    )
    code = record.engine_code(found.lot.product)
    return _Said(next_dose(history, code, day=day), verdict(history, code, day=day))


def _as_given(said: _Said) -> Turn | Refused:
    """Return what a dose counts for that happened: a little early may count all the same."""
    planned = said.planned
    if said.broken is not None:
        detail = planned.detail if isinstance(planned, Refused) else {}
        return Refused(said.broken, "dose:given", detail=detail)
    return Turn(number_of(planned), "", "") if isinstance(planned, Refused) else planned


def _counts_before(dose: record.Given, entry: Entry, at: datetime, correcting: UUID | None) -> bool:
    """Tell whether a dose stands before the one that is judged.

    A second dose of one visit is a mistake, whatever the minutes on paper say; correcting the good
    one of them is not judged by the mistake.
    """
    if entry.visit is None or dose.visit_id != entry.visit.id:
        return dose.given_at <= at
    return correcting is None or (dose.id != correcting and dose.judged == VALID)


def _lot_fact(
    session: Session,
    entry: Entry,
    found: FoundLot,
    at: datetime,
    language: str,
    happened: bool,
    correcting: UUID | None,
) -> LotFact:
    lot, began_by = found.lot, at if happened else None
    held = stock.held_lots(session, lot_ids=[lot.id], at=at, began_by=began_by).get(lot.id, [])
    rejected = stock.rejected_lots(session, lot_ids=[lot.id], began_by=began_by).get(lot.id)
    placed = stock.lots_at_site(session, site_id=entry.site.id, at=at)
    return LotFact(
        number=lot.number,
        product_id=lot.product.id,
        product_name=lot.product.name(language),
        expires_on=lot.expires_on,
        in_stock=any(there.lot.id == lot.id for there in placed),
        holds=_holds(session, held, language),
        rejected_at=rejected.decided_at if rejected else None,
        package_used=_package_used(session, found, correcting),
    )


def _holds(session: Session, held: Collection[LotHold], language: str) -> tuple[HoldFact, ...]:
    ids = {hold.unit_id for hold in held}
    rows = session.scalars(select(StorageUnit).where(StorageUnit.id.in_(ids))) if ids else ()
    names = {unit.id: unit.name_zh if language == "zh" else unit.name_en for unit in rows}
    return tuple(
        HoldFact(names[hold.unit_id], hold.began_at, hold.ended_at, hold.peak_centi)
        for hold in held
    )


def _package_used(session: Session, found: FoundLot, correcting: UUID | None) -> bool:
    """A single-dose package holds one dose. How many were drawn from a larger one, nobody knows."""
    if found.vial_id is None or found.lot.product.doses_per_vial != 1:
        return False
    query = select(Dose.id).where(
        Dose.vial_id == found.vial_id, ~record.is_corrected(), Dose.judged != NOT_GIVEN
    )
    if correcting is not None:
        query = query.where(Dose.id != correcting)
    return session.scalar(query.limit(1)) is not None


def _doses() -> Select[Dose, Lot, Product, Site]:
    return (
        select(Dose, Lot, Product, Site)
        .join(Lot, Lot.id == Dose.lot_id)
        .join(Product, Product.id == Dose.product_id)
        .join(Site, Site.id == Dose.site_id)
    )


def _view(row: Row[Dose, Lot, Product, Site]) -> DoseView:
    dose, lot, product, site = row
    return DoseView(
        id=dose.id,
        person_id=dose.person_id,
        visit_id=dose.visit_id,
        site_id=site.id,
        site_name_en=site.name_en,
        site_name_zh=site.name_zh,
        timezone=site.timezone,
        lot=lot_view(lot, product),
        vial_id=dose.vial_id,
        dose_number=dose.dose_number,
        given_at=dose.given_at,
        body_site=BodySite(dose.body_site),
        verdict=dose.judged,
        vaccinator_id=dose.vaccinator_id,
        correction_reason=dose.correction_reason,
    )
