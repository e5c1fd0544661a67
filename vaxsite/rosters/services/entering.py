"""Enter the people of a roster that was accepted, and invite them, in short transactions.

Between two of them everybody else writes. A worker that dies goes on where it stopped: how far it
was stands in the row of the roster, written with the people.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.dialect import insert_if_absent
from sensors.store.moves import move
from sensors.store.transaction import in_portions
from vaxsite.core.actor import Actor, system
from vaxsite.core.ids import new_id
from vaxsite.eligibility.models import Membership
from vaxsite.invitations.rules.states import Kind, Scope
from vaxsite.invitations.services.inviting import Invitee, invite
from vaxsite.rosters import queries
from vaxsite.rosters.models import Roster, RosterMember
from vaxsite.rosters.queries import RosterView
from vaxsite.rosters.rules import contents
from vaxsite.rosters.rules.rows import Row
from vaxsite.rosters.rules.states import ROSTERS, Reason, RosterState, Take
from vaxsite.rosters.services.uploading import lock, record, refused

ENTERER = system("rosters")
PORTION = 50  # People a transaction: a tenth of a second.
REST_S = 0.15  # Between two, for everybody else.


def accept(
    session: Session,
    *,
    roster_id: UUID,
    take: Take,
    book_until: datetime | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Have the people entered, and with *book_until* invited; raise `RefusedAct`, `AlreadyMoved`.

    Whoever came onto another roster since the preview is looked for once more.
    """
    seen = queries.get_roster(session, roster_id=roster_id, actor=actor)
    lock(session, roster_id)
    kept = queries.reading_of(session, seen.id)
    taken = queries.taken(session, kept.rows)
    reading = kept.without(taken) if taken else kept
    if take is Take.ALL and reading.faulty:
        raise refused(Reason.NOT_ALL_GOOD, {"faulty": reading.faulty})
    if seen.state is RosterState.PREVIEWED and not reading.rows:
        raise refused(Reason.NOBODY_GOOD)
    step = move(
        session,
        Roster,
        roster_id,
        ROSTERS,
        source=RosterState.PREVIEWED,
        target=RosterState.ENTERING,
        **({"content": contents.write(reading)} if taken else {}),
        good=len(reading.rows),
        faulty=reading.faulty,
        book_until=book_until,
        changed_at=now,
    )
    detail = {"take": take.value, "people": len(reading.rows), "invited": int(bool(book_until))}
    record(session, step.audit, roster_id, actor, now, detail)


def enter_due(sessions: sessionmaker[Session], *, url: str, now: datetime) -> int:
    """Enter the people of every roster that was accepted; return how many rows were worked off."""
    total = 0
    with sessions() as session:
        due = queries.in_state(session, RosterState.ENTERING)
    for roster_id in due:
        with sessions() as session:  # The rows are unpacked before anything is locked.
            rows = queries.reading_of(session, roster_id).rows
        total += _enter(sessions, roster_id, rows, url, now)
    return total


def _enter(
    sessions: sessionmaker[Session],
    roster_id: UUID,
    rows: Sequence[Row],
    url: str,
    now: datetime,
) -> int:
    return in_portions(
        sessions,
        lambda session: enter_some(session, roster_id=roster_id, rows=rows, url=url, now=now),
        portion=PORTION,
        rest_s=REST_S,
    )


def enter_some(
    session: Session, *, roster_id: UUID, rows: Sequence[Row], url: str, now: datetime
) -> int:
    """Enter the next portion of *rows*, all of the roster; return how many rows it was."""
    roster = lock(session, roster_id)
    if roster.state is not RosterState.ENTERING:
        return 0  # Undone meanwhile.
    some = rows[roster.done : roster.done + PORTION]
    entered = [one for one in some if _enter_one(session, roster, one, url, now)]
    skipped = roster.skipped + len(some) - len(entered)
    done = roster.done + len(some)
    session.execute(update(Roster).where(Roster.id == roster_id).values(done=done, skipped=skipped))
    detail = {"people": len(entered), "skipped": len(some) - len(entered)}
    record(session, "roster:enter", roster_id, ENTERER, now, detail)
    if done >= len(rows):
        _complete(session, roster_id, ENTERER, now)
    return len(some)


def _complete(session: Session, roster_id: UUID, actor: Actor, now: datetime) -> None:
    step = move(
        session,
        Roster,
        roster_id,
        ROSTERS,
        source=RosterState.ENTERING,
        target=RosterState.IN_FORCE,
        content=None,
        changed_at=now,
    )
    record(session, step.audit, roster_id, actor, now)


def _enter_one(session: Session, roster: RosterView, row: Row, url: str, now: datetime) -> bool:
    """Enter one person; False where they are on another roster of the group by now."""
    member_id, index = new_id(now), queries.index_of(row)
    entered = insert_if_absent(
        session,
        Membership,
        id=member_id,
        roster_id=roster.id,
        group_code=row.group,
        id_index=index,
        born_on=row.born_on,
        valid_from=roster.valid_from,
        valid_to=roster.valid_to,
        created_at=now,
    )
    if not entered:
        return False
    invitation_id = None
    if roster.book_until is not None and now < roster.book_until:
        invitation_id = _invite(session, roster, row, roster.book_until, url, now)
    session.add(
        RosterMember(
            id=member_id,
            roster_id=roster.id,
            number=row.number,
            group_code=row.group,
            name=row.name,
            born_on=row.born_on,
            id_kind=row.id_kind.value,
            id_number=row.id_number,
            id_index=index,
            phone=row.phone,
            email=row.email,
            language=row.language,
            invitation_id=invitation_id,
        )
    )
    session.flush()
    return True


def _invite(
    session: Session, roster: RosterView, row: Row, until: datetime, url: str, now: datetime
) -> UUID:
    """Invite the person; whom no message reaches is called."""
    made = invite(
        session,
        kind=Kind.ROSTER,
        who=Invitee(
            name=row.name,
            born_on=row.born_on,
            id_kind=row.id_kind,
            id_number=row.id_number,
            email=row.email,
            phone=row.phone,
            language=row.language,
        ),
        scope=Scope(product_id=roster.product_id, group_code=row.group, site_id=roster.site_id),
        valid_from=now,
        valid_to=until,
        url=url,
        must_arrive=True,
        actor=ENTERER,
        now=now,
    )
    return made.id
