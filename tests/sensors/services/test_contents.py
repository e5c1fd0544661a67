"""What warmed inside a fridge whose air is good again: told once, as one story with a breach."""

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import verify
from sensors.store.conditions import ConditionRow
from sensors.store.episodes import ExcursionRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import StorageUnit
from tests.build.messages import a_reading, take_in
from tests.sensors.domain.test_contents_rules import BUSY_DOOR
from tests.sensors.services.test_forecasts import after, alerts, hear

pytestmark = pytest.mark.usefixtures("followed")


@pytest.fixture
def followed(probe: int, session: Session) -> int:
    """Judge the fridge of the clinic by the rules with the contents; return its probe's id."""
    session.execute(update(StorageUnit).values(rule_set="cn-clinic-contents"))
    session.commit()
    return probe


def air(*celsius: float, begin: int = 0) -> list[tuple[int, float]]:
    return [(begin + 5 * place, one) for place, one in enumerate(celsius)]


def come(sessions: sessionmaker[Session], *course: float, begin: int = 0) -> None:
    hear(sessions, [a_reading(minute=at, celsius=c) for at, c in air(*course, begin=begin)])


def test_a_busy_door_is_told_once_and_holds_no_lot(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """It says that it is an estimate and what to look at, and is over by itself."""
    come(sessions, *BUSY_DOOR)

    assert alerts(session) == [("contents", "resolved", 1)]
    assert session.scalars(select(ExcursionRow)).all() == []
    texts = [row.body for row in session.scalars(select(OutboxMessage))]
    assert any("Vaccine likely above +8.0 °C for 30 min" in text for text in texts)
    assert any("thermometer that stands among the vaccines" in text for text in texts)
    assert any("箱内疫苗估计高于 +8.0 °C" in text and "估算值" in text for text in texts)
    assert verify.verify(session) == []


def test_after_a_breach_nothing_more_is_told_of_what_it_warmed(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """Forty minutes above 8 °C are an excursion; what lies inside is warm after it, as it says."""
    come(sessions, 5.0, *[8.4] * 9, 12.0, 8.3, 7.5, 7.4, 7.4, 7.3, 7.2, 5.0, 5.0)

    assert [kind for kind, *_ in alerts(session)] == ["excursion"]
    [condition] = session.scalars(
        select(ConditionRow).where(
            ConditionRow.signal == "contents", ConditionRow.withdrawn_at.is_(None)
        )
    )
    [excursion] = session.scalars(select(ExcursionRow))
    assert excursion.ended_at is not None
    assert condition.confirmed_at > excursion.confirmed_at
    assert verify.verify(session) == []


def test_a_breach_that_follows_is_the_same_alert(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """The door was busy, then it stays open: called again, as an excursion."""
    warm = BUSY_DOOR[:10]
    come(sessions, *warm)
    assert [(kind, state) for kind, state, _ in alerts(session)] == [("contents", "open")]

    come(sessions, *[12.0] * 9, begin=5 * len(warm))
    assert [(kind, state) for kind, state, _ in alerts(session)] == [("excursion", "open")]
    assert verify.verify(session) == []


def test_late_readings_withdraw_it(sessions: sessionmaker[Session], session: Session) -> None:
    """Between the readings at the door the air had been cold."""
    come(sessions, *BUSY_DOOR[:10])
    cold = [a_reading(minute=at + 2, celsius=4.0) for at, _ in air(*BUSY_DOOR)]
    take_in(sessions, cold, now=after(70))

    assert alerts(session)[0][1] == "resolved"
    told = session.scalars(select(ConditionRow).where(ConditionRow.signal == "contents")).all()
    assert told
    assert all(one.withdrawn_at is not None for one in told)
    assert verify.verify(session) == []
