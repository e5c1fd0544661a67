"""Undo a roster: its people are in no group by it any more, and their invitations are taken back.

Appointments stay: whoever has a seat keeps it, and is shown. Once it is cancelled, its invitation
does not open again. The personal data of all others goes.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.moves import move
from sensors.store.transaction import in_portions, transaction
from vaxsite.core.actor import Actor
from vaxsite.eligibility.models import Membership
from vaxsite.invitations.services import inviting
from vaxsite.rosters import queries
from vaxsite.rosters.models import Roster, RosterMember
from vaxsite.rosters.rules.states import FORGET_AFTER, ROSTERS, RosterState
from vaxsite.rosters.services import uploading
from vaxsite.rosters.services.entering import ENTERER, PORTION, REST_S
from vaxsite.rosters.services.uploading import lock, record


def undo(session: Session, *, roster_id: UUID, actor: Actor, now: datetime) -> None:
    """Take the people out of their groups at once; raise `AlreadyMoved` where that was done."""
    queries.get_roster(session, roster_id=roster_id, actor=actor)
    seen = lock(session, roster_id)
    step = move(
        session,
        Roster,
        roster_id,
        ROSTERS,
        source=seen.state if seen.state is RosterState.ENTERING else RosterState.IN_FORCE,
        target=RosterState.UNDOING,
        content=None,
        done=0,
        changed_at=now,
    )
    gone = session.execute(
        delete(Membership).where(Membership.roster_id == roster_id).returning(Membership.id)
    )
    record(session, step.audit, roster_id, actor, now, {"people": len(gone.all())})


def undo_due(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """Take back the invitations of every roster that is being undone; return how many people."""
    with sessions() as session:
        due = queries.in_state(session, RosterState.UNDOING)
    return sum(_undo(sessions, one, now) for one in due)


def forget_due(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """Discard the lists that nobody accepted within `FORGET_AFTER`; return how many."""
    with sessions() as session, transaction(session):
        query = select(Roster.id).where(
            Roster.state == RosterState.PREVIEWED, Roster.created_at <= now - FORGET_AFTER
        )
        old = session.scalars(query.with_for_update(skip_locked=True)).all()
        for one in old:
            uploading.discard(session, roster_id=one, actor=ENTERER, now=now)
    return len(old)


def _undo(sessions: sessionmaker[Session], roster_id: UUID, now: datetime) -> int:
    return in_portions(
        sessions,
        lambda session: undo_some(session, roster_id=roster_id, now=now),
        portion=PORTION,
        rest_s=REST_S,
    )


def undo_some(session: Session, *, roster_id: UUID, now: datetime) -> int:
    """Take back the next portion of invitations; return of how many people."""
    roster = lock(session, roster_id)
    if roster.state is not RosterState.UNDOING:
        return 0
    query = (
        select(RosterMember.number, RosterMember.id, RosterMember.invitation_id)
        .where(RosterMember.roster_id == roster_id, RosterMember.number > roster.done)
        .order_by(RosterMember.number)
        .limit(PORTION)
    )
    some = session.execute(query).all()
    numbers = [number for number, *_ in some]
    theirs = [one for *_, one in some if one is not None]
    revoked = inviting.revoke_all(session, invitation_ids=theirs, actor=ENTERER, now=now)
    stay = queries.seated(session, roster=roster, numbers=numbers)
    going = [member for _, member, _ in some if member not in stay]
    session.execute(delete(RosterMember).where(RosterMember.id.in_(going)))
    if some:
        detail = {"people": len(some), "revoked": revoked, "booked": len(stay)}
        record(session, "roster:undo-some", roster_id, ENTERER, now, detail)
        done = update(Roster).where(Roster.id == roster_id).values(done=numbers[-1])
        session.execute(done)
    if len(some) < PORTION:
        _end(session, roster_id, now)
    return len(some)


def _end(session: Session, roster_id: UUID, now: datetime) -> None:
    step = move(
        session,
        Roster,
        roster_id,
        ROSTERS,
        source=RosterState.UNDOING,
        target=RosterState.UNDONE,
        changed_at=now,
    )
    record(session, step.audit, roster_id, ENTERER, now)
