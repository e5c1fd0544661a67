"""Reads of the clinic's day: who is expected, who is here, who is under observation."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, select
from sqlalchemy.orm import Session

from sensors.store.places import Site
from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import AppointmentState
from vaxsite.core import sites
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.core.sites import SiteName
from vaxsite.eligibility import queries as eligibility
from vaxsite.eligibility.models import Membership
from vaxsite.eligibility.rules import Group, Proof
from vaxsite.residents.models import Person
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.stock.models import Product
from vaxsite.stock.queries import ProductView, product_view
from vaxsite.visits.models import Visit
from vaxsite.visits.rules import VisitState

# One row at most: a person is on one roster of a group.
_BY_ROSTER = and_(
    Membership.id_index == Person.id_index,
    Membership.born_on == Person.born_on,
    Membership.group_code == Appointment.group_code,
)


@dataclass(frozen=True)
class PersonSeen:
    """What a nurse compares with what the person says."""

    id: UUID
    name: str
    born_on: date
    sex: str
    id_kind: str
    id_end: str | None  # The last four characters; the whole number is on the document.


@dataclass(frozen=True)
class VisitView:
    """A visit as pages and rules need it."""

    id: UUID
    state: VisitState
    checked_in_at: datetime
    answers: dict[str, str]
    deferred_for: str | None
    screened_at: datetime | None
    observed_from: datetime | None
    left_at: datetime | None
    left_reason: str | None


@dataclass(frozen=True)
class Entry:
    """One line of the day: an appointment with the person, and the visit once there is one."""

    appointment_id: UUID
    reference: str
    appointment_state: AppointmentState
    slot_id: int
    starts_at: datetime
    dose_number: int
    person: PersonSeen
    product: ProductView
    site: SiteName
    visit: VisitView | None
    group_code: str = ""  # The priority group by which they booked.
    on_roster: bool = False  # A roster says that they are in that group.

    @property
    def group(self) -> Group | None:
        """The group that is proved at the door; None where nothing is to be shown."""
        found = eligibility.groups().find(self.group_code)
        return found if found and found.proof is Proof.DOCUMENT and not self.on_roster else None

    @property
    def stage(self) -> str:
        """Return where the person is: the visit's state, or the appointment's before it."""
        return self.visit.state.value if self.visit else self.appointment_state.value


def day_list(session: Session, *, site: SiteName, day: date) -> list[Entry]:
    """Return everybody who has an appointment at the site on that day, by time."""
    begin, end = site.bounds(day)
    query = _entries(
        ClinicSession.site_id == site.id, Slot.starts_at >= begin, Slot.starts_at < end
    ).where(Appointment.state != AppointmentState.CANCELLED.value)
    entries = [_entry(row) for row in session.execute(query)]
    return sorted(entries, key=lambda entry: (entry.starts_at, entry.reference))


def observed(session: Session, *, site: SiteName) -> list[Entry]:
    """Return everybody under observation at the site, the first to finish first."""
    query = _entries(
        ClinicSession.site_id == site.id, Visit.state == VisitState.VACCINATED.value
    ).order_by(Visit.observed_from, Visit.id)
    return [_entry(row) for row in session.execute(query)]


def find_by_reference(session: Session, *, reference: str) -> Entry | None:
    """Return the entry of a stored reference, or None. Who may see it, the caller decides."""
    row = session.execute(_entries(Appointment.reference == reference)).one_or_none()
    return _entry(row) if row else None


def get_entry(session: Session, *, appointment_id: UUID, actor: Actor) -> Entry:
    """Return an appointment at a site of *actor*; `NotFound` for every other one."""
    return _visible(session, Appointment.id == appointment_id, actor)


def get_visit(session: Session, *, visit_id: UUID, actor: Actor) -> Entry:
    """Return a visit at a site of *actor*; `NotFound` for every other one."""
    return _visible(session, Visit.id == visit_id, actor)


def lock(session: Session, *, visit_id: UUID) -> None:
    """Lock a visit, so that two tablets come one after the other."""
    session.execute(select(Visit.id).where(Visit.id == visit_id).with_for_update())


def person_of_reference(session: Session, *, reference: str) -> UUID | None:
    """Return whose reference it is, at whatever clinic, or None."""
    return session.scalar(select(Appointment.person_id).where(Appointment.reference == reference))


def _visible(session: Session, where: ColumnElement[bool], actor: Actor) -> Entry:
    row = session.execute(_entries(where)).one_or_none()
    if row is None or not actor.may(Permission.VISIT_READ, row[4].id):
        raise NotFound
    return _entry(row)


def _entries(
    *where: ColumnElement[bool],
) -> Select[Appointment, Person, Product, Slot, Site, Visit | None, UUID | None]:
    return (
        select(Appointment, Person, Product, Slot, Site, Visit, Membership.id)
        .join(Person, Person.id == Appointment.person_id)
        .join(Product, Product.id == Appointment.product_id)
        .join(Slot, Slot.id == Appointment.slot_id)
        .join(ClinicSession, ClinicSession.id == Slot.session_id)
        .join(Site, Site.id == ClinicSession.site_id)
        .outerjoin(Visit, Visit.appointment_id == Appointment.id)
        .outerjoin(Membership, _BY_ROSTER)
        .where(*where)
        .execution_options(populate_existing=True)
    )


def _entry(row: Row[Appointment, Person, Product, Slot, Site, Visit | None, UUID | None]) -> Entry:
    appointment, person, product, slot, site, visit, membership = row
    return Entry(
        appointment_id=appointment.id,
        reference=appointment.reference,
        appointment_state=AppointmentState(appointment.state),
        slot_id=slot.id,
        starts_at=slot.starts_at,
        dose_number=appointment.dose_number,
        person=_person(person),
        product=product_view(product),
        site=sites.named(site),
        visit=_visit(visit) if visit else None,
        group_code=appointment.group_code,
        on_roster=membership is not None,
    )


def _person(row: Person) -> PersonSeen:
    end = row.id_number[-4:] if row.id_number else None
    return PersonSeen(row.id, row.name, row.born_on, row.sex, row.id_kind, end)


def _visit(row: Visit) -> VisitView:
    return VisitView(
        id=row.id,
        state=VisitState(row.state),
        checked_in_at=row.checked_in_at,
        answers=dict(row.screening.get("answers", {})),
        deferred_for=row.screening.get("deferred_for"),
        screened_at=row.screened_at,
        observed_from=row.observed_from,
        left_at=row.left_at,
        left_reason=row.left_reason,
    )
