"""Work on a unit: what happens is recorded and holds; people are called when it should be over."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.units import Maintenance, MaintenanceKind
from sensors.services import calling, maintenance, verify
from sensors.services.messages import Message
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import Site, StorageUnit
from sensors.store.transaction import transaction
from tests.build import places
from tests.build.messages import NOON, a_reading, take_in


def warm(first: int, last: int, celsius: float = 9.2) -> list[Message]:
    return [a_reading(minute=minute, celsius=celsius) for minute in range(first, last)]


def begin(sessions: sessionmaker[Session], *, minutes: int) -> None:
    work = Maintenance(MaintenanceKind.DEFROST, "Ice", NOON, NOON + timedelta(minutes=minutes))
    with sessions() as session, transaction(session):
        unit_id = session.scalars(select(StorageUnit.id)).one()
        maintenance.begin(session, unit_id=unit_id, work=work, actor_id="li", now=NOON)


def watch(sessions: sessionmaker[Session], minute: int) -> None:
    with sessions() as session, transaction(session):
        calling.repeat_due(session, now=NOON + timedelta(minutes=minute))


def messages(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


def test_excursion_in_maintenance_is_recorded_and_calls_nobody(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Also when it is over within the time: nobody is told that what they never heard of ended."""
    begin(sessions, minutes=120)
    for message in [*warm(0, 60), *warm(60, 70, celsius=4.5)]:
        take_in(sessions, [message])
    for minute in (70, 121, 300):
        watch(sessions, minute)

    assert messages(session) == 0
    assert session.scalars(select(ExcursionRow.end_reason)).one() == "recovered"
    assert session.scalars(select(AlertRow.state)).one() == "open"
    assert verify.verify(session) == []


def test_people_are_called_when_the_time_is_over_and_the_condition_lasts(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Not a minute before, and then once until the next repetition is due."""
    begin(sessions, minutes=60)
    take_in(sessions, warm(0, 59))
    told = []
    for minute in (59, 60, 61):
        watch(sessions, minute)
        told.append(messages(session))

    assert told == [0, 2, 2]


def test_work_that_ends_early_calls_at_once_for_what_lasts(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Who closes the door again wants to know."""
    begin(sessions, minutes=120)
    take_in(sessions, warm(0, 45))
    with sessions() as other, transaction(other):
        unit_id = other.scalars(select(StorageUnit.id)).one()
        at = NOON + timedelta(minutes=45)
        ended = maintenance.end(other, unit_id=unit_id, actor_id="li", now=at)
    watch(sessions, 46)

    assert ended == 1
    assert messages(session) == 2


def test_excursion_after_the_work_calls_as_ever(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """A window that is over silences nothing."""
    begin(sessions, minutes=10)
    take_in(sessions, warm(0, 45))

    assert messages(session) == 2


@pytest.mark.parametrize(("minute", "under"), [(-1, False), (0, True), (59, True), (60, False)])
def test_unit_is_under_maintenance_from_its_beginning_until_its_end(
    sessions: sessionmaker[Session], probe: int, session: Session, minute: int, under: bool
) -> None:
    """The period is half open, as all are."""
    begin(sessions, minutes=60)
    unit_id = session.scalars(select(StorageUnit.id)).one()

    at = NOON + timedelta(minutes=minute)
    assert maintenance.is_under(session, unit_id, at) is under


def test_work_on_one_unit_silences_no_other(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """An excursion in the next fridge calls at once, though one waits for the end of the work."""
    begin(sessions, minutes=120)
    site = session.scalars(select(Site)).one()
    other = places.a_fridge(session, site=site, code="F2")
    places.a_probe(session, unit=other, device="probe-2")
    session.commit()
    take_in(sessions, warm(0, 45))
    assert messages(session) == 0

    both = [a_reading(minute=minute, celsius=9.2, device="probe-2") for minute in range(45)]
    take_in(sessions, both)

    assert messages(session) == 2
