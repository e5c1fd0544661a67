"""`verify` finds alerts about nothing, and alerts that nobody is called about."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import verify
from sensors.services.verify import FaultKind
from sensors.store.duty import ContactPost
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import NoticeTarget
from sensors.store.transaction import transaction
from tests.build.messages import NOON, a_reading, take_in


@pytest.fixture
def alarm(sessions: sessionmaker[Session], probe: int) -> None:
    """Open the alert of a fridge that has been too warm for half an hour, and call about it."""
    take_in(sessions, [a_reading(minute=minute, celsius=9.2) for minute in range(0, 31, 10)])


def found(sessions: sessionmaker[Session]) -> list[tuple[FaultKind, str]]:
    with sessions() as session:
        return [(fault.kind, fault.subject) for fault in verify.verify(session)]


def test_open_alert_whose_excursion_was_withdrawn_is_named(
    sessions: sessionmaker[Session], alarm: None
) -> None:
    """Somebody would be called again and again about nothing."""
    assert found(sessions) == []
    with sessions() as session, transaction(session):
        session.execute(update(ExcursionRow).values(withdrawn_at=NOON))

    assert (FaultKind.ALERT_OF_NOTHING, "alert:1") in found(sessions)


def test_open_alert_that_no_call_is_planned_for_is_named_unless_it_is_old_history(
    sessions: sessionmaker[Session], alarm: None
) -> None:
    """What turns up after a week calls nobody on purpose; everything else must."""
    silent = update(AlertRow).values(notices=0, next_notice_at=None)
    with sessions() as session, transaction(session):
        session.execute(silent)
    assert found(sessions) == [(FaultKind.ALERT_NEVER_TOLD, "alert:1")]

    with sessions() as session, transaction(session):
        session.execute(silent.values(opened_at=NOON + timedelta(days=8)))
    assert found(sessions) == []


def test_call_of_which_no_message_exists_is_named_unless_there_is_nobody(
    sessions: sessionmaker[Session], alarm: None
) -> None:
    """The alert believes that people know; the outbox knows of none."""
    with sessions() as session, transaction(session):
        session.execute(delete(OutboxMessage))
    assert found(sessions) == [(FaultKind.ALERT_NEVER_TOLD, "alert:1")]

    with sessions() as session, transaction(session):
        session.execute(delete(NoticeTarget))
        session.execute(delete(ContactPost))
    assert found(sessions) == []
