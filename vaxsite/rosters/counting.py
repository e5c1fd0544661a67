"""The people of rosters counted anew, to compare with what the rosters say of themselves."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import Session, defer

from vaxsite.booking.models import Appointment
from vaxsite.eligibility.models import Membership
from vaxsite.invitations.models import Invitation
from vaxsite.invitations.rules.states import InvitationState, Kind
from vaxsite.residents.models import Person
from vaxsite.rosters import queries
from vaxsite.rosters.models import Roster, RosterMember
from vaxsite.rosters.rules.states import RosterState

ENTERED = (RosterState.ENTERING, RosterState.IN_FORCE)
TAKEN_BACK = (RosterState.UNDOING, RosterState.UNDONE)


def faults(session: Session) -> list[str]:
    """Return what is not as it must be with rosters; there must be nothing."""
    # In one statement: while it is read a worker may enter people.
    counted = (
        select(Roster, _count(RosterMember), _count(Membership), Roster.content.is_not(None))
        .options(defer(Roster.content))  # Nobody need read it here.
        .order_by(Roster.created_at, Roster.id)
    )
    found = list[str]()
    for row, people, places, content in session.execute(counted):
        one = queries.view(row)
        found += _counted(one, people, places)
        found += _kept(one, content)
    found += [f"roster_member_unlike member:{one}" for one in _unlike(session)]
    found += [f"roster_membership_stray membership:{one}" for one in _strays(session)]
    found += [f"roster_member_left member:{one}" for one in _left(session)]
    found += [f"roster_invitation_left invitation:{one}" for one in _invitations_left(session)]
    return found


def _count(table: type[RosterMember | Membership]) -> ScalarSelect[int]:
    mine = select(func.count()).select_from(table).where(table.roster_id == Roster.id)
    return mine.correlate(Roster).scalar_subquery()


def _counted(one: queries.RosterView, people: int, places: int) -> Iterator[str]:
    """Compare how far the roster says to be with who is in it."""
    told = f"roster:{one.id}: {one.done} of {one.good} done, {one.skipped} skipped"
    wanted = one.done - one.skipped if one.state in ENTERED else 0
    if one.state in ENTERED and not 0 <= one.skipped <= one.done <= one.good:
        yield f"roster_progress_wrong {told}"
    if one.state is RosterState.IN_FORCE and one.done != one.good:
        yield f"roster_not_whole {told}"
    if places != wanted:
        yield f"roster_places_wrong {told}, {places} in its groups"
    if people != wanted and one.state not in TAKEN_BACK:
        yield f"roster_people_wrong {told}, {people} people"


def _kept(one: queries.RosterView, content: bool) -> Iterator[str]:
    """The rows of the file are kept until they are entered or forgotten, and no longer."""
    if content != (one.state in {RosterState.PREVIEWED, RosterState.ENTERING}):
        yield f"roster_rows_{'kept' if content else 'lost'} roster:{one.id}: {one.state}"


def _unlike(session: Session) -> list[UUID]:
    """Return the people of rosters in force whose place in the group is missing or another's."""
    query = (
        select(RosterMember.id)
        .join(Roster, Roster.id == RosterMember.roster_id)
        .outerjoin(Membership, Membership.id == RosterMember.id)
        .where(
            Roster.state.in_(ENTERED),
            or_(
                Membership.id.is_(None),
                Membership.roster_id != RosterMember.roster_id,
                Membership.group_code != RosterMember.group_code,
                Membership.id_index != RosterMember.id_index,
            ),
        )
    )
    return list(session.scalars(query.order_by(RosterMember.id)))


def _strays(session: Session) -> list[UUID]:
    """Return the places in groups that no person of a roster has."""
    known = select(RosterMember.id).where(RosterMember.id == Membership.id)
    query = select(Membership.id).where(~known.exists()).order_by(Membership.id)
    return list(session.scalars(query))


def _left(session: Session) -> list[UUID]:
    """Return whom an undone roster still names although they never had an appointment by it.

    While it is being undone, so far as the worker is.
    """
    seated = (
        select(Appointment.id)
        .join(Person, Person.id == Appointment.person_id)
        .where(
            Person.id_index == RosterMember.id_index, Appointment.product_id == Roster.product_id
        )
    )
    over = or_(
        Roster.state == RosterState.UNDONE,
        and_(Roster.state == RosterState.UNDOING, RosterMember.number <= Roster.done),
    )
    query = (
        select(RosterMember.id)
        .join(Roster, Roster.id == RosterMember.roster_id)
        .where(over, ~seated.exists())
    )
    return list(session.scalars(query.order_by(RosterMember.id)))


def _invitations_left(session: Session) -> list[UUID]:
    """Return the invitations that can be used although no roster, or an undone one, has them."""
    named = (
        select(RosterMember.id)
        .join(Roster, Roster.id == RosterMember.roster_id)
        .where(RosterMember.invitation_id == Invitation.id, Roster.state != RosterState.UNDONE)
    )
    query = select(Invitation.id).where(
        Invitation.kind == Kind.ROSTER, Invitation.state == InvitationState.OPEN, ~named.exists()
    )
    return list(session.scalars(query.order_by(Invitation.id)))
