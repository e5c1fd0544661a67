"""A certificate corrects what is judged and shown; what the probe said stays as it came."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.calibration import Correction, Point, corrected
from sensors.services import calibrating, verify
from sensors.services.calibrating import Certificate
from sensors.services.messages import Message
from sensors.store import calibration
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.outbox import OutboxMessage
from sensors.store.readings import ReadingRow, SensorState
from sensors.store.transaction import transaction
from tests.build.messages import NOON, a_reading, take_in


def after(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def read(celsius: float, first: int = 0, last: int = 40) -> list[Message]:
    return [a_reading(minute=minute, celsius=celsius) for minute in range(first, last)]


def calibrate(
    sessions: sessionmaker[Session],
    probe: int,
    offset_centi: int,
    *,
    from_at: datetime = NOON,
    expires_on: date = date(2027, 1, 1),
    points: tuple[Point, ...] = (),
) -> int:
    certificate = Certificate("C-1", "Lab", date(2026, 1, 1), expires_on, offset_centi, points)
    with sessions() as session, transaction(session):
        return calibrating.add(
            session,
            sensor_id=probe,
            certificate=certificate,
            from_at=from_at,
            actor_id="li",
            now=after(60),
        )


def standing(session: Session) -> list[tuple[datetime, datetime | None, int]]:
    session.rollback()
    rows = session.scalars(select(ExcursionRow).where(ExcursionRow.withdrawn_at.is_(None)))
    return [(row.began_at, row.ended_at, row.peak_centi) for row in rows]


def test_readings_are_judged_as_corrected_and_stored_as_they_came(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """A probe that shows 0.4 °C too little is out of range at a shown 7.8 °C."""
    calibrate(sessions, probe, 40)
    take_in(sessions, read(7.8))

    assert standing(session) == [(NOON, None, 820)]
    assert set(session.scalars(select(ReadingRow.centi))) == {780}
    assert session.get_one(SensorState, probe).centi == 820
    assert verify.verify(session) == []


def test_certificate_entered_later_judges_the_past_again(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """The excursion that nobody saw is found, with its real time, and called for."""
    take_in(sessions, read(7.8))
    assert standing(session) == []

    calibrate(sessions, probe, 40)

    assert standing(session) == [(NOON, None, 820)]
    assert session.get_one(SensorState, probe).centi == 820
    assert verify.verify(session) == []


def test_wrong_certificate_is_withdrawn_and_with_it_what_it_found(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """A slip of the pen leaves no excursion behind; a second withdrawal is told to be one."""
    certificate_id = calibrate(sessions, probe, 400)
    take_in(sessions, read(4.5))
    assert len(standing(session)) == 1

    told = []
    for _ in range(2):
        with sessions() as other, transaction(other):
            told.append(
                calibrating.withdraw(
                    other,
                    certificate_id=certificate_id,
                    actor_id="li",
                    reason="comma",
                    now=after(70),
                )
            )

    assert told == [True, False]
    assert standing(session) == []
    assert session.scalars(select(AlertRow.state)).one() == "resolved"
    assert verify.verify(session) == []


POINTS = (Point(200, 200), Point(800, 860))


def test_points_correct_each_temperature_by_its_own_offset(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Right at 2 °C and 0.6 °C too low at 8: a shown 7.6 °C was too warm, a shown 2.1 is not."""
    calibrate(sessions, probe, 60, points=POINTS)
    take_in(sessions, [*read(2.1, 0, 35), *read(7.6, 35, 80)])

    assert standing(session) == [(after(35), None, 816)]
    assert session.get_one(SensorState, probe).centi == 816
    assert calibration.corrections(session, probe)[probe][0].points == POINTS
    assert verify.verify(session) == []


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    made=st.lists(
        st.tuples(st.integers(-9000, 6000), st.integers(-500, 500)),
        min_size=1,
        max_size=5,
        unique_by=lambda one: one[0],
    ),
    centis=st.lists(st.integers(-10_000, 15_000), min_size=1, max_size=20),
)
def test_database_corrects_exactly_as_the_rules_do(
    session: Session, probe: int, made: list[tuple[int, int]], centis: list[int]
) -> None:
    """What judges and what a chart shows never differ by a hundredth of a degree."""
    points = tuple(sorted(Point(reading, reading + offset) for reading, offset in made))
    both = [Correction(NOON, 0, points), Correction(after(10), 33)]
    for minute, centi in enumerate(centis):
        row = ReadingRow(sensor_id=probe, measured_at=after(minute - 1), received_at=NOON)
        row.centi, row.clock, row.source = centi, "device", "live"
        session.add(row)
    session.flush()

    offset = calibration.offset_column(both, ReadingRow.measured_at, ReadingRow.centi)
    rows = session.execute(
        select(ReadingRow.measured_at, ReadingRow.centi, (ReadingRow.centi + offset).label("now"))
    ).all()
    session.rollback()

    assert len(rows) == len(centis)
    for row in rows:
        assert row.now == corrected(row.centi, row.measured_at, both)


def test_next_certificate_applies_from_its_own_instant(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """What was read before is corrected by the certificate of that time."""
    take_in(sessions, read(7.8, 0, 80))
    calibrate(sessions, probe, 40)
    calibrate(sessions, probe, -10, from_at=after(35))

    assert standing(session) == [(NOON, after(35), 820)]
    assert verify.verify(session) == []


@pytest.mark.parametrize(("days_before", "told"), [(31, 0), (30, 1), (1, 1), (-1, 1)])
def test_site_is_told_once_thirty_days_before_a_certificate_runs_out(
    sessions: sessionmaker[Session], probe: int, session: Session, days_before: int, told: int
) -> None:
    """Both people of the site, each in their language; asking again tells nobody."""
    expires_on = (NOON + timedelta(days=days_before)).date()
    calibrate(sessions, probe, 0, from_at=NOON - timedelta(days=90), expires_on=expires_on)

    counted = []
    for _ in range(2):
        with sessions() as other, transaction(other):
            counted.append(calibrating.remind_due(other, now=NOON))

    assert counted == [told, 0]
    subjects = session.scalars(select(OutboxMessage.subject).order_by(OutboxMessage.id)).all()
    assert (
        subjects
        == [
            "【冷链】校准证书将到期：冰箱F1 (F1)，probe-1",
            "[Cold chain] Calibration runs out: Fridge F1 (F1), probe-1",
        ][: 2 * told]
    )


def test_no_reminder_of_a_certificate_that_has_a_successor(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Who has calibrated in time is not asked to do it again."""
    calibrate(sessions, probe, 0, from_at=after(-90), expires_on=date(2026, 1, 20))
    calibrate(sessions, probe, 0, from_at=after(-10))

    with sessions() as other, transaction(other):
        assert calibrating.remind_due(other, now=NOON) == 0
