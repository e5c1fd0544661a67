"""A unit is judged by other rules from an instant on, and the past stays as it was judged."""

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.services import rule_choices, verify
from sensors.services.messages import Message
from sensors.store.episodes import AlertRow, ExcursionRow
from sensors.store.places import StorageUnit
from sensors.store.transaction import transaction
from tests.build.messages import NOON, a_reading, take_in

Found = tuple[str, int, int | None, str | None]


def after(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def choose(sessions: sessionmaker[Session], rule_set: str, minute: int) -> None:
    """Judge the fridge by *rule_set* from *minute* past noon on."""
    with sessions() as session, transaction(session):
        unit_id = session.scalars(select(StorageUnit.id)).one()
        rule_choices.choose(
            session,
            unit_id=unit_id,
            rule_set=rule_set,
            chosen_by="li",
            reason="new edition",
            now=after(minute),
        )


def found(session: Session) -> list[Found]:
    """Return the excursions that stand: rule, minute of beginning and of end, reason of end."""
    session.rollback()  # Reads what was committed since.
    rows = session.scalars(
        select(ExcursionRow)
        .where(ExcursionRow.withdrawn_at.is_(None))
        .order_by(ExcursionRow.began_at)
    )
    return [
        (
            row.rule,
            int((row.began_at - NOON).total_seconds() / 60),
            row.ended_at and int((row.ended_at - NOON).total_seconds() / 60),
            row.end_reason,
        )
        for row in rows
    ]


def warm(first: int, last: int) -> list[Message]:
    return [a_reading(minute=minute, celsius=9.2) for minute in range(first, last)]


def calm(first: int, last: int) -> list[Message]:
    return [a_reading(minute=minute) for minute in range(first, last)]


def test_an_old_excursion_keeps_its_rule_and_a_new_one_is_judged_by_the_new_rule(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Forty warm minutes are an excursion by the first set and none by the second."""
    take_in(sessions, [*warm(0, 40), *calm(40, 60)])
    choose(sessions, "fridge-tag-2l", 60)
    take_in(sessions, [*warm(60, 100), *calm(100, 120)])

    assert found(session) == [("cn-hot@1", 0, 40, "recovered")]
    assert verify.verify(session) == []


def test_late_readings_of_before_are_judged_by_the_rules_of_their_day(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """A week's memory uploaded after the change makes the excursion of its own time."""
    take_in(sessions, [*calm(0, 5), *calm(50, 60)])
    choose(sessions, "fridge-tag-2l", 60)
    take_in(sessions, calm(60, 65))

    take_in(sessions, warm(5, 50), now=after(66))

    assert found(session) == [("cn-hot@1", 5, 50, "recovered")]
    assert verify.verify(session) == []


def test_an_excursion_that_lasts_ends_as_judged_otherwise_and_not_as_recovered(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Nobody judges it any more; by the new rules its time counts anew."""
    take_in(sessions, warm(0, 40))
    choose(sessions, "fridge-tag-2l", 40)
    take_in(sessions, warm(40, 110))

    assert found(session) == [
        ("cn-hot@1", 0, 39, "rules_changed"),
        ("tag-2l-high@1", 40, None, None),
    ]
    assert len(session.scalars(select(AlertRow)).all()) == 2
    assert verify.verify(session) == []


def test_readings_that_came_before_the_choice_but_were_made_after_it_are_judged_by_it(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """A device whose clock runs ahead by some minutes is within what is believed."""
    ahead = [
        a_reading(minute=minute, celsius=9.2, received_at=after(minute - 4))
        for minute in range(10, 45)
    ]
    take_in(sessions, ahead, now=after(40))

    choose(sessions, "fridge-tag-2l", 38)

    assert found(session) == []
    assert verify.verify(session) == []


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_arrival_over_changes_of_rules_ends_alike(
    sessions: sessionmaker[Session], probe: int, session: Session, seed: int
) -> None:
    """Readings of before and after two changes, shuffled, with duplicates, in small batches."""
    chance = random.Random(seed)
    choose(sessions, "who-pqs", 60)
    choose(sessions, "fridge-tag-2l", 120)
    messages = [*warm(10, 50), *calm(50, 55), *warm(55, 110), *calm(110, 115), *warm(115, 200)]
    messages += chance.sample(messages, 15)
    chance.shuffle(messages)
    while messages:
        size = chance.randint(1, 60)
        take_in(sessions, messages[:size], now=after(205))
        messages = messages[size:]

    assert found(session) == [
        ("cn-hot@1", 10, 50, "recovered"),
        ("tag-2l-high@1", 120, None, None),
    ]
    assert verify.verify(session) == []


def test_what_is_chosen_holds_from_its_instant_on(
    sessions: sessionmaker[Session], probe: int, session: Session
) -> None:
    """Before the first choice the unit's first set holds."""
    choose(sessions, "who-pqs", 60)

    session.rollback()
    unit_id = session.scalars(select(StorageUnit.id)).one()
    asked = [
        rule_choices.chosen(session, unit_id=unit_id, at=after(minute)) for minute in (59, 60, 61)
    ]
    assert asked == ["cn-clinic", "who-pqs", "who-pqs"]
    assert rule_choices.chosen(session, unit_id=99, at=NOON) is None
