"""Doors, supplies and early warnings as rows: they call where the rule says so and hold no lot."""

import json
import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import calling, placing, rule_choices, verify
from sensors.services.messages import Message
from sensors.store.conditions import ConditionRow
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.outbox import OutboxMessage
from sensors.store.places import Site, StorageUnit
from sensors.store.transaction import transaction
from tests.build import places
from tests.build.messages import NOON, take_in


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def told(minute: int, celsius: float = 4.5, *, door: bool = False, power: bool = True) -> Message:
    """Return the reading of *minute* past noon of a device that tells door and power."""
    at = after(minute).isoformat()
    body = {"boot": "b1", "seq": minute, "at": at, "c": celsius, "door": door, "power": power}
    return Message("vaxsite/probe-1/reading", json.dumps(body).encode(), after(minute))


def conditions(session: Session) -> list[tuple[str, int, int | None]]:
    """Return the conditions that stand: rule, minute of beginning, minute of end."""
    session.rollback()  # Reads what was committed since.
    rows = session.scalars(
        select(ConditionRow)
        .where(ConditionRow.withdrawn_at.is_(None))
        .order_by(ConditionRow.began_at, ConditionRow.rule)
    )
    return [
        (
            row.rule,
            int((row.began_at - NOON).total_seconds() / 60),
            row.ended_at and int((row.ended_at - NOON).total_seconds() / 60),
        )
        for row in rows
    ]


def alerts(session: Session) -> list[tuple[str, str]]:
    session.rollback()  # Reads what was committed since.
    rows = session.scalars(select(AlertRow).order_by(AlertRow.id))
    return [(row.kind, row.state) for row in rows]


def test_lost_power_calls_at_once_and_closes_itself_when_it_is_back(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Nothing is left to decide: no lot was held, and no temperature was out of range."""
    take_in(sessions, [told(0), told(1, power=False)])
    assert alerts(session) == [("power", "open")]

    take_in(sessions, [told(2)])

    assert conditions(session) == [("cn-mains@1", 1, 2)]
    assert alerts(session) == [("power", "resolved")]
    assert session.scalars(select(ExcursionRow)).all() == []
    assert verify.verify(session) == []


def test_an_open_door_is_written_down_and_calls_nobody(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Loading a fridge is work, not an alarm; the page of the unit shows it."""
    take_in(sessions, [told(minute, door=3 <= minute < 12) for minute in range(15)])

    assert conditions(session) == [("cn-door@1", 3, 12)]
    assert alerts(session) == []
    assert session.scalars(select(OutboxMessage)).all() == []


def test_warm_with_the_door_open_warns_of_nothing_until_it_is_a_breach(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """The breach by the consecutive rule calls, door or no door."""
    take_in(sessions, [told(minute, 9.5, door=True) for minute in range(29)])
    assert [rule for rule, *_ in conditions(session)] == ["cn-door@1"]
    assert alerts(session) == []

    take_in(sessions, [told(minute, 9.5, door=True) for minute in range(29, 32)])

    assert alerts(session) == [("excursion", "open")]


def test_a_warm_reading_with_the_door_shut_is_an_early_warning(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """It stands until the temperature is back, and calls nobody by this rule set."""
    take_in(sessions, [told(0), told(5, 8.3), told(10, 8.6), told(15)])

    assert conditions(session) == [("cn-early-hot@1", 5, 15)]
    peak = session.scalars(select(ConditionRow.peak_centi)).one()
    assert (peak, alerts(session)) == (860, [])


def test_late_readings_move_a_condition_and_do_not_call_twice(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """The power was lost four minutes before the first reading that told so arrived."""
    take_in(sessions, [told(0), told(10, power=False), told(11, power=False)])
    take_in(sessions, [told(minute, power=False) for minute in (6, 7)], now=after(12))

    assert conditions(session) == [("cn-mains@1", 6, None)]
    assert alerts(session) == [("power", "open")]
    assert verify.verify(session) == []


def test_late_readings_withdraw_what_never_was(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Six minutes with the door open turn out to be two short openings."""
    take_in(sessions, [told(0), told(10, door=True), told(16, door=True)])
    assert conditions(session) == [("cn-door@1", 10, None)]

    take_in(sessions, [told(13)], now=after(17))

    assert conditions(session) == []
    assert verify.verify(session) == []


def test_two_power_cuts_that_were_one_keep_the_alert_that_stands(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Late readings close the hole: nobody is called again or told that there was none."""

    def hear(now: int, *minutes: int, power: bool = False) -> None:
        take_in(sessions, [told(minute, power=power) for minute in minutes], now=after(now))
        with sessions() as store, transaction(store):
            calling.repeat_due(store, now=after(now + 1))

    hear(10, 0, 1, 10)
    hear(60, 60)
    hear(65, 65)
    assert alerts(session) == [("power", "resolved"), ("power", "open")]

    hear(67, 30, 50)
    assert conditions(session) == [("cn-mains@1", 0, None)]
    assert alerts(session) == [("power", "resolved"), ("power", "open")]

    hear(70, 70, power=True)
    assert conditions(session) == [("cn-mains@1", 0, 70)]
    assert alerts(session) == [("power", "resolved"), ("power", "resolved")]
    english = select(OutboxMessage.subject).where(OutboxMessage.language == "en")
    subjects = session.scalars(english.order_by(OutboxMessage.id)).all()
    assert [subject.split(":")[0] for subject in subjects] == [
        "Cold-chain alarm",
        "Cold chain over",
    ] * 2
    assert verify.verify(session) == []


def test_power_that_was_lost_last_week_calls_nobody(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """A memory that is uploaded late is written down; nobody can plug in a fridge of last week."""
    old = [told(minute, power=minute != 5) for minute in range(10)]

    take_in(sessions, old, now=after(60 * 24 * 3))

    assert conditions(session) == [("cn-mains@1", 5, 6)]
    assert alerts(session) == []


def test_other_rules_end_what_the_old_ones_warned_of(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """WHO's rule waits a day for lost power."""
    take_in(sessions, [told(minute, power=False) for minute in range(5)])
    with sessions() as store, transaction(store):
        unit_id = store.scalars(select(StorageUnit.id)).one()
        rule_choices.choose(
            store,
            unit_id=unit_id,
            rule_set="who-pqs",
            chosen_by="li",
            reason="an appliance with its own alarm",
            now=after(5),
        )
    take_in(sessions, [told(minute, power=False) for minute in range(5, 9)])

    assert conditions(session) == [("cn-mains@1", 0, 4)]
    assert alerts(session) == [("power", "resolved")]
    assert verify.verify(session) == []


def wandering(chance: random.Random) -> list[Message]:
    """Return two hours in which door, supply and temperature change now and then."""
    made, celsius, door, power = [], 4.5, False, True
    for minute in range(0, 120, 2):
        if chance.random() < 0.15:
            celsius = chance.choice([4.5, 8.0, 8.2, 1.8])
        if chance.random() < 0.2:
            door = not door
        if chance.random() < 0.1:
            power = not power
        if chance.random() < 0.9:
            made.append(told(minute, celsius, door=door, power=power))
    return made


@pytest.mark.parametrize("seed", range(6))
def test_any_order_of_arrival_ends_in_the_same_conditions(
    sessions: sessionmaker[Session], probe: int, session: Session, seed: int
) -> None:
    """Shuffled in windows, with a tenth twice, in batches of any size, by both large sets."""
    chance = random.Random(seed)
    if seed % 2:
        session.execute(update(StorageUnit).values(rule_set="who-pqs"))
        session.commit()
    messages = wandering(chance)
    messages += chance.sample(messages, len(messages) // 10)
    messages.sort(key=lambda one: one.received_at + timedelta(minutes=chance.randint(0, 40)))
    while messages:
        size = chance.randint(1, 20)
        take_in(sessions, messages[:size], now=after(125))
        messages = messages[size:]

    session.rollback()
    assert verify.verify(session) == []


def test_a_condition_moves_to_the_unit_where_the_probe_was_as_is_told_later(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """The alert of the unit that the probe had left is closed; the other unit's is open."""
    site = session.scalars(select(Site)).one()
    other = places.a_fridge(session, site=site, code="F2").id
    session.commit()
    take_in(sessions, [told(0), *(told(minute, power=False) for minute in range(10, 15))])

    with sessions() as store, transaction(store):
        placing.place(store, sensor_id=probe, unit_id=other, at=after(5), now=after(15))

    assert conditions(session) == [("cn-mains@1", 10, None)]
    assert session.scalars(select(ConditionRow.unit_id)).one() == other
    rows = session.execute(select(AlertRow.unit_id, AlertRow.state).order_by(AlertRow.id)).all()
    assert [(row.unit_id == other, row.state) for row in rows] == [
        (False, "resolved"),
        (True, "open"),
    ]
    assert verify.verify(session) == []
