"""Reads of what a person was given, here and elsewhere, made ready for the dose engine."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from sensors.store.places import Site
from vaxsite.record import rules
from vaxsite.record.models import Dose, EarlierDose
from vaxsite.record.rules import History, Leaflet
from vaxsite.releases.queries import local_release
from vaxsite.residents import queries as residents
from vaxsite.residents.models import Person as PersonRow
from vaxsite.schedule.data import Release, code_of
from vaxsite.schedule.history import Dose as EngineDose
from vaxsite.schedule.history import Observation, Person
from vaxsite.stock import queries as stock
from vaxsite.stock.models import Product
from vaxsite.stock.queries import ProductView


@dataclass(frozen=True)
class Given:
    """A dose that was given here, as it stands now; the day is that of the place."""

    id: UUID
    visit_id: UUID | None
    lot_id: int
    product_code: str
    cvx: str | None
    given_at: datetime
    given_on: date
    judged: str


@dataclass(frozen=True)
class Earlier:
    """A dose that was given elsewhere or long ago."""

    id: UUID
    given_on: date
    code: str
    source: rules.Source
    lot_number: str
    place: str
    site_id: int


def is_corrected() -> ColumnElement[bool]:
    """Return the condition that a newer row stands in for a dose."""
    newer = aliased(Dose)
    return exists().where(newer.corrects_id == Dose.id)


def given_here(session: Session, *, person_id: UUID) -> list[Given]:
    """Return the doses that stand for a person, corrections applied, oldest first."""
    query = (
        select(Dose, Product, Site.timezone)
        .join(Product, Product.id == Dose.product_id)
        .join(Site, Site.id == Dose.site_id)
        .where(Dose.person_id == person_id, Dose.judged != rules.NOT_GIVEN, ~is_corrected())
        .order_by(Dose.given_at, Dose.id)
    )
    return [
        Given(
            dose.id,
            dose.visit_id,
            dose.lot_id,
            product.code,
            product.cvx,
            dose.given_at,
            dose.given_at.astimezone(ZoneInfo(timezone)).date(),
            dose.judged,
        )
        for dose, product, timezone in session.execute(query)
    ]


def earlier_doses(session: Session, *, person_id: UUID) -> list[Earlier]:
    """Return the doses given elsewhere that were not withdrawn, oldest first."""
    rows = session.scalars(
        select(EarlierDose)
        .where(EarlierDose.person_id == person_id, EarlierDose.withdrawn_at.is_(None))
        .order_by(EarlierDose.given_on, EarlierDose.id)
    )
    return [
        Earlier(
            row.id,
            row.given_on,
            row.code,
            rules.Source(row.source),
            row.lot_number,
            row.place,
            row.site_id,
        )
        for row in rows
    ]


def last_site(session: Session, *, person_id: UUID) -> int | None:
    """Return the clinic that knows the person: where they had their last dose, or showed a card."""
    here = select(Dose.site_id).where(Dose.person_id == person_id, Dose.judged != rules.NOT_GIVEN)
    told = select(EarlierDose.site_id).where(
        EarlierDose.person_id == person_id, EarlierDose.withdrawn_at.is_(None)
    )
    found = session.scalar(here.order_by(Dose.given_at.desc(), Dose.id).limit(1))
    if found is not None:
        return found
    last = told.order_by(EarlierDose.recorded_at.desc(), EarlierDose.id).limit(1)
    return session.scalar(last)


def release(session: Session) -> Release:
    """Return the local schedule, with the leaflets of the vaccines that it does not know."""
    return _with_leaflets(stock.products(session))


def _with_leaflets(products: Iterable[ProductView]) -> Release:
    local = local_release()
    leaflets = [
        Leaflet(
            rules.engine_code(each.code, each.cvx, local),
            each.name_en,
            each.name_zh,
            each.doses_in_series,
            each.interval_min_days,
            each.interval_max_days,
            each.interval_source or "",
        )
        for each in products
    ]
    return rules.with_leaflets(local, leaflets)


def engine_code(product: ProductView) -> str:
    """Return the code by which the schedule knows a product."""
    return rules.engine_code(product.code, product.cvx, local_release())


def history(
    session: Session,
    *,
    person_id: UUID,
    at: datetime,
    given: Iterable[Given] | None = None,
    observations: tuple[Observation, ...] = (),
) -> History:
    """Return what the engine is asked about a person, as the database knows it at *at*.

    *given* are the doses given here that are looked at; all of them by default.
    """
    person = residents.get_person(session, person_id)
    here = list(given_here(session, person_id=person_id) if given is None else given)
    products = stock.products(session)
    local = local_release()
    doubtful = {dose.lot_id for dose in here if dose.judged in rules.HELD}
    rejected = set(stock.rejected_lots(session, lot_ids=doubtful)) if doubtful else set()
    held = set(stock.held_lots(session, lot_ids=doubtful, at=at)) if doubtful else set()
    elsewhere = [
        EngineDose(row.given_on, code_of(row.code), id=str(row.id))
        for row in earlier_doses(session, person_id=person_id)
    ]
    return History(
        person=Person(person.born_on, person.sex, observations),
        release=_with_leaflets(products),
        doses=(*elsewhere, *(_engine_dose(dose, local, rejected) for dose in here)),
        undecided=frozenset(
            str(dose.id)
            for dose in here
            if dose.judged in rules.HELD and dose.lot_id in held - rejected
        ),
        targets={engine_code(each): each.target for each in products},
    )


def histories(
    session: Session, *, people: Collection[PersonRow], at: datetime
) -> dict[UUID, History]:
    """Return the history of each; those of whom no dose is known cost no statement of their own."""
    ids = [one.id for one in people]
    known = {
        *session.scalars(select(Dose.person_id).where(Dose.person_id.in_(ids))),
        *session.scalars(select(EarlierDose.person_id).where(EarlierDose.person_id.in_(ids))),
    }
    products = stock.products(session)
    shared = _with_leaflets(products)
    targets = {engine_code(each): each.target for each in products}
    return {
        one.id: history(session, person_id=one.id, at=at)
        if one.id in known
        else History(Person(one.born_on, one.sex), shared, targets=targets)
        for one in people
    }


def _engine_dose(dose: Given, local: Release, rejected: set[int]) -> EngineDose:
    spoilt = dose.judged in rules.SPOILT or (dose.judged in rules.HELD and dose.lot_id in rejected)
    code = rules.engine_code(dose.product_code, dose.cvx, local)
    return EngineDose(dose.given_on, code, substandard=spoilt, id=str(dose.id))


def newcomer(session: Session, *, born_on: date) -> History:
    """Return the history of somebody of whom no dose is known, to ask about any product."""
    return newcomer_for(stock.products(session), born_on=born_on)


def newcomer_for(
    products: Collection[ProductView], *, born_on: date, sex: str | None = None
) -> History:
    """Return the history of somebody of whom no dose is known, to ask about these *products*."""
    person = Person(born_on) if sex is None else Person(born_on, sex)
    targets = {engine_code(each): each.target for each in products}
    return History(person, _with_leaflets(products), targets=targets)
