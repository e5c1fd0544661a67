"""A fridge that is about to leave its range: told once, in one alert with the breach that comes."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.domain.units import Maintenance, MaintenanceKind
from sensors.services import answering, calling, maintenance, verify
from sensors.services.messages import Message
from sensors.store.conditions import ConditionRow
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import StorageUnit
from sensors.store.transaction import transaction
from tests.build.messages import NOON, a_reading, take_in


@pytest.fixture
def foresighted(probe: int, session: Session) -> int:
    """Judge the fridge of the clinic by the rules with a forecast; return its probe's id."""
    session.execute(update(StorageUnit).values(rule_set="cn-clinic-ahead"))
    session.commit()
    return probe


def warming(minutes: range, first: float = 6.0) -> list[Message]:
    """Return readings that rise by 0.02 °C a minute from noon on."""
    return [a_reading(minute=minute, celsius=first + 0.02 * minute) for minute in minutes]


def hear(sessions: sessionmaker[Session], messages: list[Message]) -> None:
    """Take in *messages* one by one, as they come, and let the watch call."""
    for message in messages:
        take_in(sessions, [message])
        with sessions() as store, transaction(store):
            calling.repeat_due(store, now=message.received_at + timedelta(seconds=31))


def alerts(session: Session) -> list[tuple[str, str, int]]:
    session.rollback()  # Reads what was committed since.
    rows = session.scalars(select(AlertRow).order_by(AlertRow.id))
    return [(row.kind, row.state, row.notices) for row in rows]


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.mark.usefixtures("foresighted")
def test_somebody_is_told_before_the_range_is_left(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """One alert, one call, with the rate and the instant; no lot held; over when it cools."""
    hear(sessions, warming(range(0, 90, 2)))  # 7.76 °C

    assert alerts(session) == [("forecast", "open", 1)]
    assert session.scalars(select(ExcursionRow)).all() == []
    texts = [row.body for row in session.scalars(select(OutboxMessage))]
    assert any("Will be above +8.0 °C within 30 min" in text for text in texts)
    assert any("Trend: +1.2 °C an hour; if it goes on, out of range at about" in t for t in texts)
    assert any(
        "预计 30 分钟内高于 +8.0 °C" in text and "趋势：每小时 +1.2 °C" in text for text in texts
    )

    hear(sessions, [a_reading(minute=minute, celsius=7.0) for minute in range(92, 130, 2)])
    assert alerts(session) == [("forecast", "resolved", 1)]
    assert verify.verify(session) == []


@pytest.mark.usefixtures("foresighted")
def test_the_breach_that_comes_is_the_same_alert_and_calls_again(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """Acknowledged as a forecast, it is open again as an excursion, which it then stays."""
    hear(sessions, warming(range(0, 90, 2)))
    [alert_id] = session.scalars(select(AlertRow.id)).all()
    session.rollback()
    with sessions() as store, transaction(store):
        answering.acknowledge(
            store, alert_id=alert_id, actor_id="staff:1", note="looked", now=after(90)
        )
    hear(sessions, warming(range(90, 140, 2)))

    [excursion_id] = session.scalars(select(ExcursionRow.id)).all()
    [row] = session.scalars(select(AlertRow)).all()
    assert (row.id, row.kind, row.excursion_id) == (alert_id, "excursion", excursion_id)
    assert (row.state, row.notices, row.cause) == ("open", 2, f"excursion:{excursion_id}")
    assert len(session.scalars(select(OutboxMessage)).all()) == 4  # Two people, twice.
    assert verify.verify(session) == []

    hear(sessions, [a_reading(minute=minute, celsius=5.0) for minute in range(140, 150, 2)])
    session.rollback()  # Reads what was committed since.
    [row] = session.scalars(select(AlertRow).execution_options(populate_existing=True)).all()
    assert row.cleared_at is not None
    assert row.state == "open"  # A person decides about the lots.
    assert verify.verify(session) == []


@pytest.mark.usefixtures("foresighted")
def test_a_breach_without_a_forecast_is_an_alert_of_its_own(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """What jumps to 9 °C was not foretold."""
    hear(sessions, [a_reading(minute=minute, celsius=9.0) for minute in range(0, 40, 2)])

    assert [kind for kind, *_ in alerts(session)] == ["excursion"]


@pytest.mark.usefixtures("foresighted")
def test_forecast_and_breach_that_come_in_one_delivery_are_one_alert(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """A device that was offline tells of both at once: the breach speaks for both."""
    take_in(sessions, warming(range(0, 150, 2)), now=after(150))

    assert [kind for kind, *_ in alerts(session)] == ["excursion"]
    [condition] = session.scalars(select(ConditionRow).where(ConditionRow.signal == "forecast"))
    assert condition.rule == "cn-ahead-hot@1"
    assert verify.verify(session) == []


@pytest.mark.usefixtures("foresighted")
def test_late_readings_withdraw_a_forecast(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """Between the readings of a rise the fridge had been cold: nothing was going to happen."""
    rise = warming(range(0, 90, 4), 6.2)
    hear(sessions, rise)
    assert [kind for kind, *_ in alerts(session)] == ["forecast"]

    take_in(
        sessions,
        [a_reading(minute=minute, celsius=5.0) for minute in range(2, 90, 4)],
        now=after(91),
    )
    assert alerts(session)[0][1] == "resolved"
    standing = select(ConditionRow).where(ConditionRow.withdrawn_at.is_(None))
    assert session.scalars(standing).all() == []
    assert verify.verify(session) == []


@pytest.mark.usefixtures("foresighted")
def test_any_order_of_arrival_gives_the_same_warnings(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """Every third reading comes an hour late; what stands then is what the readings say."""
    messages = warming(range(0, 90, 2))
    late = messages[::3]
    hear(sessions, [message for message in messages if message not in late])
    take_in(sessions, late, now=after(140))

    assert verify.verify(session) == []
    [row] = session.scalars(select(ConditionRow).where(ConditionRow.withdrawn_at.is_(None)))
    assert row.signal == "forecast"


@pytest.mark.usefixtures("foresighted")
def test_work_on_the_unit_keeps_a_forecast_quiet(
    sessions: sessionmaker[Session], session: Session
) -> None:
    """While somebody cleans the fridge nobody is called; the warning is written down."""
    unit_id = session.scalars(select(StorageUnit.id)).one()
    session.rollback()
    work = Maintenance(MaintenanceKind.CLEANING, "cleaning", after(0), after(180))
    with sessions() as store, transaction(store):
        maintenance.begin(store, unit_id=unit_id, work=work, actor_id="staff:1", now=after(0))
    hear(sessions, warming(range(0, 130, 2)))

    assert [(kind, notices) for kind, _, notices in alerts(session)] == [("forecast", 0)]
    hear(sessions, warming(range(130, 140, 2)))
    assert [(kind, notices) for kind, _, notices in alerts(session)] == [("excursion", 0)]
    assert session.scalars(select(OutboxMessage)).all() == []


def test_nothing_is_foretold_by_the_rules_without_it(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """A unit that keeps its rules keeps what they say."""
    hear(sessions, warming(range(0, 90, 2)))

    assert alerts(session) == []
    assert verify.verify(session) == []
