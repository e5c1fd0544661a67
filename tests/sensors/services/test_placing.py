"""A probe is moved or replaced: every reading stays with the unit where it was read."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import ingest, known, placing, verify
from sensors.services.messages import Message
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.places import ProbePlacement, Sensor, Site, StorageUnit
from sensors.store.readings import SensorState
from sensors.store.transaction import transaction
from tests.build import places
from tests.build.messages import NOON, a_reading, take_in

Excursion = tuple[str, int, int | None]


@pytest.fixture
def freezer(session: Session, probe: int) -> int:
    """Store a second unit at the clinic, a freezer in which 9 °C is no better; return its id."""
    site = session.scalars(select(Site)).one()
    unit = places.a_fridge(session, site=site, code="Z1", rule_set="freezer")
    unit_id = unit.id
    session.commit()
    return unit_id


def after(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def move(sessions: sessionmaker[Session], probe: int, unit: int | None, at: int, now: int) -> None:
    with sessions() as session, transaction(session):
        placing.place(session, sensor_id=probe, unit_id=unit, at=after(at), now=after(now))


def found(session: Session) -> list[Excursion]:
    """Return the excursions that stand: unit, minute of beginning, minute of end."""
    session.rollback()  # Reads what was committed since.
    rows = session.execute(
        select(StorageUnit.code, ExcursionRow.began_at, ExcursionRow.ended_at)
        .join(StorageUnit, StorageUnit.id == ExcursionRow.unit_id)
        .where(ExcursionRow.withdrawn_at.is_(None))
        .order_by(ExcursionRow.began_at)
    ).all()
    told = [(code, began - NOON, ended and ended - NOON) for code, began, ended in rows]
    return [
        (code, int(began.total_seconds() / 60), ended and int(ended.total_seconds() / 60))
        for code, began, ended in told
    ]


def warm(first: int, last: int, celsius: float = 9.2) -> list[Message]:
    return [a_reading(minute=minute, celsius=celsius) for minute in range(first, last)]


def test_later_readings_are_judged_by_the_rules_of_the_new_unit(
    sessions: sessionmaker[Session], probe: int, freezer: int, session: Session
) -> None:
    """4.5 °C is well in the fridge, and is an excursion from the move into the freezer on."""
    take_in(sessions, warm(0, 60, celsius=4.5))
    move(sessions, probe, freezer, at=60, now=60)
    take_in(sessions, warm(60, 100, celsius=4.5))

    assert found(session) == [("Z1", 60, None)]
    assert verify.verify(session) == []


def test_late_reading_from_before_the_move_is_judged_in_the_old_unit(
    sessions: sessionmaker[Session], probe: int, freezer: int, session: Session
) -> None:
    """What a device kept while it had no network belongs to where it was then."""
    take_in(sessions, [a_reading(minute=0)])
    move(sessions, probe, freezer, at=60, now=60)
    take_in(sessions, warm(60, 80, celsius=-20.0))

    take_in(sessions, warm(5, 50), now=after(90))

    assert found(session) == [("F1", 5, 49)]
    alert = session.scalars(select(AlertRow)).one()
    assert alert.unit_id != freezer
    assert verify.verify(session) == []


def test_batch_across_the_move_is_parted_at_it(
    sessions: sessionmaker[Session], probe: int, freezer: int, session: Session
) -> None:
    """One message may hold readings of both units; the crossing does not go over the move."""
    move(sessions, probe, freezer, at=60, now=60)
    take_in(sessions, warm(20, 140), now=after(150))

    assert found(session) == [("F1", 20, 59), ("Z1", 60, None)]
    assert verify.verify(session) == []


def test_what_lasts_in_the_unit_that_a_probe_leaves_ends_as_unknown(
    sessions: sessionmaker[Session], probe: int, freezer: int, session: Session
) -> None:
    """Nobody knows how the fridge went on; its alert is told to be over, and waits for a person."""
    take_in(sessions, warm(0, 45))
    move(sessions, probe, None, at=45, now=46)

    row = session.scalars(select(ExcursionRow)).one()
    alert = session.scalars(select(AlertRow)).one()
    assert (row.ended_at, row.end_reason) == (after(44), "unknown")
    assert (alert.state, alert.cleared_at) == ("open", after(44))
    assert session.get_one(Sensor, probe).unit_id is None
    assert verify.verify(session) == []


def test_move_told_afterwards_takes_its_readings_along(
    sessions: sessionmaker[Session], probe: int, freezer: int, session: Session
) -> None:
    """An excursion of after the move is taken back in the fridge and stands in the freezer."""
    take_in(sessions, warm(0, 90))
    assert found(session) == [("F1", 0, None)]

    move(sessions, probe, freezer, at=0, now=95)

    assert found(session) == [("Z1", 0, None)]
    take_in(sessions, warm(95, 100))
    assert found(session) == [("Z1", 0, None)]
    assert verify.verify(session) == []


def test_move_to_a_unit_with_the_same_rules_takes_the_alert_along(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """The same beginning under the same rule is another excursion where the unit is another."""
    site = session.scalars(select(Site)).one()
    other = places.a_fridge(session, site=site, code="F2", rule_set="cn-clinic").id
    session.commit()
    take_in(sessions, warm(10, 60))

    move(sessions, probe, other, at=5, now=65)

    assert found(session) == [("F2", 10, None)]
    alerts = session.execute(select(AlertRow.unit_id, AlertRow.state).order_by(AlertRow.id)).all()
    assert [(unit == other, state) for unit, state in alerts] == [
        (False, "resolved"),
        (True, "open"),
    ]
    assert verify.verify(session) == []


def test_reading_that_a_stale_memory_took_in_is_judged_where_the_probe_is(
    sessions: sessionmaker[Session], probe: int, freezer: int, session: Session
) -> None:
    """The subscriber's picture of the probes is older than the move; its next batch is not."""
    with sessions() as other:
        world = known.load(other)
    move(sessions, probe, freezer, at=0, now=1)

    with sessions() as other, transaction(other):
        ingest.ingest_batch(other, warm(0, 40, celsius=4.5), known=world, now=after(41))

    assert found(session) == [("Z1", 0, None)]
    assert verify.verify(session) == []


def test_move_before_the_last_one_is_refused(
    sessions: sessionmaker[Session], probe: int, freezer: int, session: Session
) -> None:
    """Only the newest place can be left; nothing is changed by the refusal."""
    move(sessions, probe, freezer, at=60, now=60)

    with pytest.raises(placing.MoveTooEarly):
        move(sessions, probe, None, at=60, now=70)

    rows = session.execute(
        select(ProbePlacement.from_at, ProbePlacement.to_at).order_by(ProbePlacement.id)
    ).all()
    assert [(to_at) for _, to_at in rows] == [after(60), None]


def test_silence_in_the_old_unit_is_over_and_the_deadline_begins_anew(
    sessions: sessionmaker[Session], probe: int, freezer: int, session: Session
) -> None:
    """A probe that was carried away is missing in no unit; in the new one it has its time."""
    take_in(sessions, [a_reading(minute=0)])
    move(sessions, probe, freezer, at=30, now=31)

    state = session.get_one(SensorState, probe)
    assert (state.silent_at, state.silent_since) == (after(46), None)


def test_verify_tells_a_probe_whose_place_and_placement_differ(
    sessions: sessionmaker[Session], probe: int, freezer: int, session: Session
) -> None:
    """The place that pages show is the one by which readings are judged."""
    session.get_one(Sensor, probe).unit_id = freezer
    session.commit()

    assert [fault.kind for fault in verify.verify(session)] == ["place_wrong"]
