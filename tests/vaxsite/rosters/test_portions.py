"""The people of a roster are entered in portions: others write between, a crash loses nothing."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from tests.build.rosters import CODE_URL, GROUP, being_entered
from vaxsite.eligibility.models import Membership
from vaxsite.invitations.models import Invitation
from vaxsite.rosters.models import Roster, RosterMember
from vaxsite.rosters.services import entering, undoing

Sessions = sessionmaker[Session]


@pytest.fixture
def clinic(sessions: Sessions) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session, group=GROUP)


def undo(sessions: Sessions, clinic: OpenClinic, roster_id: UUID) -> None:
    with sessions() as session, transaction(session):
        undoing.undo(session, roster_id=roster_id, actor=clinic.manager, now=NOW)


def rows(sessions: Sessions, table: type) -> Sequence[object]:
    with sessions() as session:
        return session.scalars(select(table)).all()


def test_undone_in_the_middle_nobody_more_is_entered(
    sessions: Sessions, clinic: OpenClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker works in portions; between two of them the manager takes the list back."""
    monkeypatch.setattr(entering, "PORTION", 2)
    roster_id, kept = being_entered(sessions, clinic, *range(1, 6))
    with sessions() as session, transaction(session):
        assert (
            entering.enter_some(session, roster_id=roster_id, rows=kept, url=CODE_URL, now=NOW) == 2
        )

    undo(sessions, clinic, roster_id)
    assert entering.enter_due(sessions, url=CODE_URL, now=NOW) == 0
    undoing.undo_due(sessions, now=NOW)

    assert rows(sessions, Membership) == []
    assert rows(sessions, RosterMember) == []


def test_a_worker_that_died_goes_on_where_it_stopped(
    sessions: Sessions, clinic: OpenClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five people in portions of two, the second one broken off: five memberships in the end."""
    monkeypatch.setattr(entering, "PORTION", 2)
    until = NOW + timedelta(days=3)
    roster_id, kept = being_entered(sessions, clinic, *range(1, 6), book_until=until)
    for fails in (False, True):
        with sessions() as session:
            try:
                with transaction(session):
                    entering.enter_some(
                        session, roster_id=roster_id, rows=kept, url=CODE_URL, now=NOW
                    )
                    if fails:
                        raise ConnectionError
            except ConnectionError:
                pass

    entering.enter_due(sessions, url=CODE_URL, now=NOW)

    assert len(rows(sessions, Membership)) == len(rows(sessions, Invitation)) == 5
    with sessions() as session:
        assert session.get_one(Roster, roster_id).content is None
