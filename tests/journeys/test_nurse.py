"""A nurse signs in, finds a person, asks, scans, gives, and is stopped before a wrong needle."""

import pytest
from sqlalchemy import select

from tests.journeys.browsing import Visitor
from tests.journeys.conftest import Open
from tests.journeys.stack import Stack
from vaxsite.demo import sample
from vaxsite.record.models import Dose
from vaxsite.residents.models import Person
from vaxsite.stock.models import Lot

pytestmark = [pytest.mark.browser, pytest.mark.mosquitto]


def code_of(lot: str, number: int = 0) -> str:
    """Return the trace code of a vial of *lot*, as a scanner types it."""
    stems = {entry["number"]: entry["code_stem"] for entry in sample.load()["lot"]}
    return sample.trace_codes(stems[lot], number + 1)[number]


def bring_to_the_needle(visitor: Visitor, stack: Stack, name: str) -> None:
    """Find the person by reference, check them in, ask the questions, open the scan."""
    visitor.go("/clinic")
    visitor.fill("Scan or type a reference, or type a name", stack.expected(name).reference)
    visitor.press("Find")
    assert visitor.heading() == name
    for box in visitor.page.get_by_role("checkbox").all():
        box.check()
    visitor.press("Check in")
    assert visitor.heading() == visitor.say("Questions before the vaccine")
    for answer in visitor.page.get_by_label(visitor.say("No"), exact=True).all():
        answer.check()
    visitor.press("Save the answers")
    assert visitor.heading() == visitor.say("Scan the vaccine")


def scan(visitor: Visitor, code: str) -> None:
    """Scan into the one field of the page: a scanner ends with Enter."""
    field = visitor.page.locator("#code")
    field.fill(code)
    with visitor.page.expect_navigation():
        field.press("Enter")
    visitor.look()


def give(visitor: Visitor) -> None:
    """Tick what is done beside the needle and record the dose."""
    for box in visitor.page.get_by_role("checkbox").all():
        box.check()
    visitor.choose("Left upper arm")
    visitor.press("Record the dose as given now")
    assert visitor.heading() == visitor.say("Dose recorded")


def lots_given(stack: Stack, name: str) -> list[str]:
    """Return the lots of the doses recorded for the person."""
    with stack.reading() as session:
        people = {person.name: person.id for person in session.scalars(select(Person))}
        query = select(Lot.number).join(Dose, Dose.lot_id == Lot.id)
        return list(session.scalars(query.where(Dose.person_id == people[name])))


@pytest.mark.parametrize(
    ("language", "width", "name", "vial"),
    [
        ("en", 1280, "Maria Keller", 0),
        ("zh", 390, "陈建国", 1),
        ("en", 390, "David Okafor", 2),
        ("zh", 1280, "吴志强", 3),
    ],
)
def test_nurse_records_a_dose_and_watches_the_person(
    opened: Open, stack: Stack, language: str, width: int, name: str, vial: int
) -> None:
    """From the reference to the observation board, with the dose in the database once."""
    visitor = opened(f"nurse-{language}-{width}", role="nurse", language=language, width=width)

    bring_to_the_needle(visitor, stack, name)
    scan(visitor, code_of("DEMO2602B", vial))
    assert visitor.say("Stop. Do not vaccinate.") not in visitor.text()
    give(visitor)

    assert lots_given(stack, name) == ["DEMO2602B"]
    visitor.press("Observation board")
    assert name in visitor.text()


def test_nurse_is_stopped_before_a_held_and_an_expired_lot(opened: Open, stack: Stack) -> None:
    """A vial of the warm fridge and one past its date are refused, each with its reason."""
    visitor = opened("nurse-stopped", role="nurse", width=820)
    bring_to_the_needle(visitor, stack, "孙浩")

    scan(visitor, code_of("DEMO2601A"))
    assert visitor.say("Stop. Do not vaccinate.") in visitor.text()
    assert "DEMO2601A" in visitor.text()
    held = visitor.page.get_by_role("alert").inner_text()
    scan(visitor, code_of("DEMO2409X"))
    assert visitor.say("Stop. Do not vaccinate.") in visitor.text()
    expired = visitor.page.get_by_role("alert").inner_text()

    assert held != expired
    assert visitor.page.get_by_role("button", name="Record the dose as given now").count() == 0
    assert lots_given(stack, "孙浩") == []
