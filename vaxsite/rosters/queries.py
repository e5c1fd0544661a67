"""Reads of rosters: the list of a manager, one roster, and how far its people are."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from vaxsite.booking.models import Appointment
from vaxsite.booking.rules import ACTIVE, AppointmentState
from vaxsite.calls.models import ResidentCall
from vaxsite.calls.rules import CallState
from vaxsite.core.actor import Actor
from vaxsite.core.errors import NotFound
from vaxsite.core.permissions import Permission
from vaxsite.eligibility.models import Membership
from vaxsite.residents.models import Person
from vaxsite.residents.queries import document_index
from vaxsite.residents.rules import IdKind
from vaxsite.rosters.models import Roster, RosterMember
from vaxsite.rosters.rules import contents
from vaxsite.rosters.rules.rows import Reading, Row
from vaxsite.rosters.rules.states import RosterState, Stage

LISTED = 200  # Rosters of a page, the newest first.
ASKED_AT_ONCE = 500  # Documents of one statement.
SEATED = (*ACTIVE, AppointmentState.COMPLETED)
UNREACHED = (CallState.OPEN, CallState.NOT_REACHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterView:
    """A roster as pages need it."""

    id: UUID
    site_id: int
    product_id: int
    organisation: str
    group_code: str
    language: str
    state: RosterState
    good: int
    faulty: int
    done: int
    skipped: int
    valid_from: date
    valid_to: date | None
    book_until: datetime | None
    made_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MemberView:
    """A person of a roster, and how far they are."""

    number: int
    name: str
    group_code: str
    stage: Stage
    appointment_id: UUID | None = None


def rosters(session: Session, *, site_ids: Collection[int]) -> list[RosterView]:
    """Return the rosters of the sites, the newest first."""
    query = select(Roster).where(Roster.site_id.in_(site_ids))
    rows = session.scalars(query.order_by(Roster.created_at.desc()).limit(LISTED))
    return [view(row) for row in rows]


def get_roster(session: Session, *, roster_id: UUID, actor: Actor) -> RosterView:
    """Return a roster of a site of *actor*; `NotFound` for every other one."""
    row = session.get(Roster, roster_id, populate_existing=True)
    if row is None or not actor.may(Permission.ROSTER_WRITE, row.site_id):
        raise NotFound
    return view(row)


def reading_of(session: Session, roster_id: UUID) -> Reading:
    """Return the rows of a roster that are still kept; none once they were entered."""
    content = session.scalar(select(Roster.content).where(Roster.id == roster_id))
    return contents.read(content) if content else Reading((), ())


def find_live(session: Session, *, site_id: int, digest: bytes) -> UUID | None:
    """Return the roster that this file made at the site and that was not undone."""
    ended = (RosterState.UNDONE, RosterState.DISCARDED)
    return session.scalar(
        select(Roster.id).where(
            Roster.site_id == site_id, Roster.digest == digest, Roster.state.not_in(ended)
        )
    )


def in_state(session: Session, state: RosterState) -> list[UUID]:
    """Return the rosters of one state, the oldest first."""
    query = select(Roster.id).where(Roster.state == state).order_by(Roster.created_at)
    return list(session.scalars(query))


def taken(session: Session, rows: Collection[Row]) -> frozenset[int]:
    """Return the numbers of those rows whose people are on another roster of their group."""
    by_who = {(index_of(row), row.group): row.number for row in rows}
    found: set[int] = set()
    indexes = sorted({index for index, _ in by_who})
    for begin in range(0, len(indexes), ASKED_AT_ONCE):
        some = indexes[begin : begin + ASKED_AT_ONCE]
        query = select(Membership.id_index, Membership.group_code)
        for index, group in session.execute(query.where(Membership.id_index.in_(some))):
            found |= {by_who[bytes(index), group]} if (bytes(index), group) in by_who else set()
    return frozenset(found)


def index_of(row: Row) -> bytes:
    """Return the blind index of the document of a row."""
    return document_index(IdKind(row.id_kind), row.id_number)


def seated(
    session: Session, *, roster: RosterView, numbers: Collection[int] | None = None
) -> dict[UUID, tuple[UUID, AppointmentState]]:
    """Return by member the appointment that they have or had for the vaccine of the roster."""
    query = (
        select(RosterMember.id, Appointment.id, Appointment.state)
        .join(Person, Person.id_index == RosterMember.id_index)
        .join(Appointment, Appointment.person_id == Person.id)
        .where(
            RosterMember.roster_id == roster.id,
            Appointment.product_id == roster.product_id,
            Appointment.state.in_(SEATED),
        )
        # The last one counts: whoever is vaccinated once is that, whatever else they booked.
        .order_by((Appointment.state == AppointmentState.COMPLETED), Appointment.id)
    )
    if numbers is not None:
        query = query.where(RosterMember.number.in_(numbers))
    rows = session.execute(query)
    return {member: (appointment, AppointmentState(state)) for member, appointment, state in rows}


def members(session: Session, roster: RosterView) -> list[MemberView]:
    """Return the people of a roster in the order of the file."""
    seats = seated(session, roster=roster)
    calls = _to_call(session, roster.site_id)
    rows = session.scalars(
        select(RosterMember)
        .where(RosterMember.roster_id == roster.id)
        .order_by(RosterMember.number)
    )
    return [
        MemberView(
            row.number,
            row.name,
            row.group_code,
            _stage(row, seats.get(row.id), calls),
            seats[row.id][0] if row.id in seats else None,
        )
        for row in rows
    ]


def languages(session: Session, roster: RosterView) -> Counter[str]:
    """Count the people of a roster by the language in which they are written to."""
    query = select(RosterMember.language).where(RosterMember.roster_id == roster.id)
    return Counter(session.scalars(query))


def count(people: Sequence[MemberView]) -> dict[Stage, int]:
    """Return how many people are how far."""
    return {stage: sum(one.stage is stage for one in people) for stage in Stage}


def _to_call(session: Session, site_id: int) -> frozenset[str]:
    """Return about which records nobody was reached: on the list of calls, or called in vain."""
    query = select(ResidentCall.about).where(
        ResidentCall.site_id == site_id,
        ResidentCall.state.in_(UNREACHED),
        ResidentCall.about.like("invitation:%"),
    )
    return frozenset(session.scalars(query))


def _stage(
    row: RosterMember, seat: tuple[UUID, AppointmentState] | None, calls: frozenset[str]
) -> Stage:
    if seat is not None:
        return Stage.VACCINATED if seat[1] is AppointmentState.COMPLETED else Stage.BOOKED
    if row.invitation_id is None:
        return Stage.ENTERED
    return Stage.NOT_REACHED if f"invitation:{row.invitation_id}" in calls else Stage.INVITED


def view(row: Roster) -> RosterView:
    """Return the row as pages read it."""
    return RosterView(
        id=row.id,
        site_id=row.site_id,
        product_id=row.product_id,
        organisation=row.organisation,
        group_code=row.group_code,
        language=row.language,
        state=RosterState(row.state),
        good=row.good,
        faulty=row.faulty,
        done=row.done,
        skipped=row.skipped,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        book_until=row.book_until,
        made_by=row.made_by,
        created_at=row.created_at,
    )
