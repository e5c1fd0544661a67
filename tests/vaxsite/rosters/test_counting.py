"""`vaxsite verify` counts the people of rosters anew: each fault is planted, and found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.base import Base
from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic, details_of
from tests.build.invitations import book_invited
from tests.build.rosters import CODE_URL, GROUP, accepted, being_entered, csv_file, line, uploaded
from vaxsite.cli.main import main
from vaxsite.core.ids import new_id
from vaxsite.eligibility.models import Membership
from vaxsite.invitations.models import Invitation
from vaxsite.invitations.rules.states import InvitationState
from vaxsite.rosters import counting
from vaxsite.rosters.models import Roster, RosterMember
from vaxsite.rosters.services import entering, undoing

Sessions = sessionmaker[Session]


@dataclass(frozen=True)
class Rosters:
    """Rosters in every state, by what became of them."""

    previewed: UUID
    entering: UUID
    in_force: UUID
    undoing: UUID
    undone: UUID


def entered_in_part(sessions: Sessions, clinic: OpenClinic, *people: int) -> UUID:
    """A roster of which the worker has entered two people."""
    roster_id, kept = being_entered(sessions, clinic, *people)
    with sessions() as session, transaction(session):
        entering.enter_some(session, roster_id=roster_id, rows=kept, url=CODE_URL, now=NOW)
    return roster_id


@pytest.fixture
def rosters(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> Rosters:
    """All through the services; of the one that was undone somebody has an appointment."""
    with sessions() as session, transaction(session):
        clinic = an_open_clinic(session, group=GROUP)

    def undo(roster_id: UUID) -> UUID:
        with sessions() as session, transaction(session):
            undoing.undo(session, roster_id=roster_id, actor=clinic.manager, now=NOW)
        return roster_id

    undone = undo(_booked(sessions, clinic))
    undoing.undo_due(sessions, now=NOW)
    in_force = accepted(sessions, clinic, csv_file(line(11, email="ana@example.com"), line(12)))
    being_undone = undo(accepted(sessions, clinic, csv_file(*(line(n) for n in range(21, 25)))))
    monkeypatch.setattr(undoing, "PORTION", 2)
    monkeypatch.setattr(entering, "PORTION", 2)
    with sessions() as session, transaction(session):
        undoing.undo_some(session, roster_id=being_undone, now=NOW)
    with sessions() as session, transaction(session):
        previewed, _ = uploaded(session, clinic, csv_file(line(31), line(32)))
    halfway = entered_in_part(sessions, clinic, 41, 42, 43)
    return Rosters(previewed, halfway, in_force, being_undone, undone)


def _booked(sessions: Sessions, clinic: OpenClinic) -> UUID:
    roster_id = accepted(sessions, clinic, csv_file(line(1), line(2, name="李静")))
    with sessions() as session, transaction(session):
        book_invited(session, clinic.slot_ids[0], details_of(index=1), None)
    return roster_id


def of(
    session: Session, table: type[RosterMember | Membership], roster_id: UUID
) -> Any:  # Any: either row.
    return session.scalars(select(table).where(table.roster_id == roster_id)).first()


def says(session: Session, roster_id: UUID, **values: Any) -> None:  # Any: values of columns.
    session.execute(update(Roster).where(Roster.id == roster_id).values(**values))


def copied(session: Session, row: Base, **changed: Any) -> None:  # Any: values of columns.
    """Store the same once more, under another id."""
    columns = {one.key: getattr(row, one.key) for one in row.__table__.columns}
    session.add(type(row)(**{**columns, "id": new_id(NOW), **changed}))
    session.flush()


def gone(session: Session, table: type[RosterMember | Membership], roster_id: UUID) -> None:
    one = of(session, table, roster_id)
    session.execute(delete(table).where(table.id == one.id))


def back_in_group(session: Session, roster_id: UUID) -> None:
    """Whoever the roster still names is in its group again."""
    member = of(session, RosterMember, roster_id)
    session.add(
        Membership(
            id=member.id,
            roster_id=roster_id,
            group_code=member.group_code,
            id_index=member.id_index,
            born_on=member.born_on,
            valid_from=NOW.date(),
            valid_to=None,
            created_at=NOW,
        )
    )
    session.flush()


def reopened(session: Session) -> None:
    """An invitation that was taken back with its person opens again."""
    named = select(RosterMember.invitation_id).where(RosterMember.invitation_id.is_not(None))
    one = session.scalars(select(Invitation).where(Invitation.id.not_in(named))).first()
    assert one is not None
    assert one.state == InvitationState.REVOKED
    one.state = InvitationState.OPEN.value
    session.flush()


def given_back(session: Session, roster_id: UUID) -> None:
    """The invitation of somebody whom the roster still names opens again."""
    invitation_id = of(session, RosterMember, roster_id).invitation_id
    session.get_one(Invitation, invitation_id).state = InvitationState.OPEN.value
    session.flush()


def another_document(session: Session, roster_id: UUID) -> None:
    of(session, Membership, roster_id).id_index = b"somebody else"
    session.flush()


MEMBER, PLACE = RosterMember, Membership
FAULTS: Mapping[str, tuple[Callable[[Session, Rosters], None], set[str]]] = {
    "more done than there are": (
        lambda s, r: says(s, r.entering, done=9, skipped=7),
        {"roster_progress_wrong"},
    ),
    "more skipped than done": (
        lambda s, r: says(s, r.in_force, skipped=3),
        {"roster_progress_wrong", "roster_places_wrong", "roster_people_wrong"},
    ),
    "one skipped who is in it": (
        lambda s, r: says(s, r.in_force, skipped=1),
        {"roster_places_wrong", "roster_people_wrong"},
    ),
    "in force before all were entered": (
        lambda s, r: says(s, r.in_force, good=3),
        {"roster_not_whole"},
    ),
    "a place is gone": (
        lambda s, r: gone(s, PLACE, r.in_force),
        {"roster_places_wrong", "roster_member_unlike"},
    ),
    "a person is gone": (
        lambda s, r: gone(s, MEMBER, r.entering),
        {"roster_people_wrong", "roster_membership_stray"},
    ),
    "the place is another's": (
        lambda s, r: another_document(s, r.in_force),
        {"roster_member_unlike"},
    ),
    "a place of no roster": (
        lambda s, r: copied(s, of(s, PLACE, r.in_force), roster_id=new_id(NOW), id_index=b"x"),
        {"roster_membership_stray"},
    ),
    "somebody entered before it was accepted": (
        lambda s, r: copied(s, of(s, MEMBER, r.in_force), roster_id=r.previewed),
        {"roster_people_wrong"},
    ),
    "undone, and still in the group": (
        lambda s, r: back_in_group(s, r.undone),
        {"roster_places_wrong"},
    ),
    "being undone, and still in the group": (
        lambda s, r: back_in_group(s, r.undoing),
        {"roster_places_wrong"},
    ),
    "undone, and somebody left": (
        lambda s, r: copied(s, of(s, MEMBER, r.in_force), roster_id=r.undone, invitation_id=None),
        {"roster_member_left"},
    ),
    "passed by in undoing": (
        lambda s, r: copied(
            s, of(s, MEMBER, r.in_force), roster_id=r.undoing, number=1, invitation_id=None
        ),
        {"roster_member_left"},
    ),
    "an invitation of who was taken off": (lambda s, _: reopened(s), {"roster_invitation_left"}),
    "an invitation of who keeps an appointment of an undone roster": (
        lambda s, r: given_back(s, r.undone),
        {"roster_invitation_left"},
    ),
    "rows kept after they were entered": (
        lambda s, r: says(s, r.in_force, content="rows"),
        {"roster_rows_kept"},
    ),
    "rows lost before they were entered": (
        lambda s, r: says(s, r.entering, content=None),
        {"roster_rows_lost"},
    ),
}


def test_each_fault_is_found_and_nothing_else(session: Session, rosters: Rosters) -> None:
    """Rosters in every state are sound; each planted fault is told by its name."""
    assert counting.faults(session) == []

    found = {}
    for case, (plant, _) in FAULTS.items():
        plant(session, rosters)
        session.flush()
        found[case] = {one.split(" ")[0] for one in counting.faults(session)}
        session.rollback()

    assert found == {case: kinds for case, (_, kinds) in FAULTS.items()}


def test_verify_tells_it(
    session: Session,
    rosters: Rosters,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The command of the operator names the roster, no person, and ends with a failure."""
    monkeypatch.setenv("VAXSITE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VAXSITE_DATABASE_URL", database_url)
    CliRunner().invoke(main, ["db", "init", str(tmp_path / "data")])
    says(session, rosters.in_force, skipped=1)
    session.commit()

    told = CliRunner().invoke(main, ["verify"])

    wanted = f"roster:{rosters.in_force}: 2 of 2 done, 1 skipped"
    assert told.output.splitlines() == [
        f"roster_places_wrong {wanted}, 2 in its groups",
        f"roster_people_wrong {wanted}, 2 people",
        "2 faults",
    ]
    assert told.exit_code == 1
