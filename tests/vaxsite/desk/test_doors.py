"""The same person gets the same answer by every door: decision, reason, days, stored rows."""

from datetime import date

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build import doors
from tests.build.booking import OpenClinic, an_open_clinic, person_number
from tests.build.doors import DOORS, Asker
from vaxsite.eligibility.rules import Occupation


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    """One clinic for adults, and one for the elderly only."""
    with sessions() as session, transaction(session):
        made = an_open_clinic(session, seats=50)
        an_open_clinic(session, code="old", group="from-60", product_id=made.product_id)
        return made


RIGHT = person_number(1)
MISTYPED = RIGHT[:-1] + ("1" if RIGHT[-1] != "1" else "2")
PEOPLE = {
    "an adult": Asker(),
    "an elderly person": Asker(born_on=date(1948, 3, 27)),
    "eighteen on the day": Asker(born_on=date(2008, 1, 13)),
    "eighteen a day later": Asker(born_on=date(2008, 1, 14)),
    "a child": Asker(born_on=date(2016, 2, 29)),
    "somebody ill who works in health": Asker(occupation="health-care", ill="yes"),
    "somebody without a phone": Asker(details={"phone": ""}),
    "somebody without a document": Asker(documented=False),
    "somebody with neither": Asker(documented=False, details={"phone": ""}),
    "a mistyped number": Asker(details={"id_number": MISTYPED}),
    "a number of fifteen digits": Asker(details={"id_number": "990101850505001"}),
}


@pytest.mark.parametrize("who", PEOPLE.values(), ids=PEOPLE.keys())
def test_every_door_gives_the_same_answer(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, who: Asker
) -> None:
    """Whoever stands there, the decision, the reason, the days and the rows are equal."""
    app.config["VAXSITE_DEMO"] = True  # Made-up people have numbers of their own.
    browsers = {door: doors.at(app, door) for door in DOORS}
    offers = {}
    for door, client in browsers.items():
        doors.answer(client, who)
        offers[door] = doors.offer(client, clinic)
    assert [door for door in DOORS if offers[door] != offers["web"]] == []
    if not offers["web"][2]:
        return

    ends = {}
    for index, (door, client) in enumerate(browsers.items(), start=1):
        last = doors.book(client, clinic, who, index)
        with sessions() as session:
            ends[door] = (last, doors.stored(session, who, index))

    assert {door: end for door, end in ends.items() if end != ends["web"]} == {}
    assert (ends["web"][1] == []) == bool(ends["web"][0][1:]), "booked, or a reason"


BORN = st.dates(date(1900, 1, 1), date(2026, 1, 12))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(born_on=BORN, occupation=st.sampled_from(Occupation), ill=st.sampled_from(["yes", "no"]))
def test_anybody_at_all_is_offered_the_same(
    app: Flask, clinic: OpenClinic, born_on: date, occupation: Occupation, ill: str
) -> None:
    """Any birth date, work and health: decision, reason, clinics and days do not know the door."""
    who = Asker(born_on=born_on, occupation=occupation.value, ill=ill)
    offers = {}
    for door in DOORS:
        client = doors.at(app, door)
        doors.answer(client, who)
        offers[door] = doors.offer(client, clinic)

    assert [door for door in DOORS if offers[door] != offers["web"]] == []
