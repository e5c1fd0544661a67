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
from tests.build.pages import send
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
    "somebody with a phone abroad": Asker(details={"phone": "+44 20 7946 0958"}),
    "somebody with an e-mail address": Asker(details={"email": "ana@example.org"}),
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


def test_a_household_is_booked_alike_at_every_door(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """A second person has the same questions, the same seat and the same row at each door."""
    app.config["VAXSITE_DEMO"] = True
    ends = {}
    for index, door in enumerate(DOORS, start=1):
        client, other = doors.at(app, door), Asker(born_on=date(1955, 8, 21))
        doors.to_details(client, clinic)
        client.submit("/book/details", **Asker().typed(index))
        send(client, "/book/another")
        typed = {f"other_{name}": value for name, value in other.typed(index + 50).items()}
        born = {"other_born_on-day": "21", "other_born_on-month": "8", "other_born_on-year": "1955"}
        more = {"other_ill": "no", "other_occupation": "other"}
        send(client, "/book/another/check", **typed, **born, **more)
        client.get(send(client, "/book/confirm").location)
        with sessions() as session:
            rows = [doors.stored(session, Asker(), index), doors.stored(session, other, index + 50)]
        ends[door] = (client.page.all("h1")[0].text.strip(), rows)

    assert {door: end for door, end in ends.items() if end != ends["web"]} == {}
    assert ends["web"][0] == "Your appointment is booked"
    assert [len(one) for one in ends["web"][1]] == [1, 1]


BORN = st.dates(date(1900, 1, 1), date(2026, 1, 12))


@settings(
    max_examples=6,  # On each database; each walks to four doors.
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
