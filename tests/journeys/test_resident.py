"""A resident finds out that it is their turn, books, looks up, changes and cancels."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.journeys.browsing import Visitor
from tests.journeys.conftest import Open
from tests.journeys.stack import Stack
from vaxsite.booking.models import Appointment
from vaxsite.core.ids import parse_reference
from vaxsite.demo.appointments import identity_number
from vaxsite.eligibility.rules import OCCUPATIONS, Occupation
from vaxsite.slots.models import Slot

pytestmark = [pytest.mark.browser, pytest.mark.mosquitto]

BORN_ON = date(1955, 8, 21)


def to_held_seat(visitor: Visitor) -> None:
    """Answer the questions until a seat is held."""
    visitor.go("/")
    visitor.press("Book a vaccination")
    visitor.fill_date(BORN_ON)
    visitor.press("Continue")
    visitor.choose(OCCUPATIONS[Occupation.OTHER])
    visitor.press("Continue")
    visitor.choose("No")
    visitor.press("Continue")
    visitor.choose_nth(0)
    visitor.press("Continue")
    visitor.press("Choose a clinic")
    visitor.choose_nth(0)
    visitor.press("Continue")
    visitor.choose_nth(1)
    visitor.press("Continue")
    visitor.choose_nth(0)
    visitor.press("Continue and keep this seat")


def book(visitor: Visitor, *, sequence: int, name: str) -> str:
    """Go through every page until the appointment is booked; return the reference as shown."""
    to_held_seat(visitor)
    if visitor.heading() == visitor.say("Book the second dose too?"):
        visitor.choose("No, only this dose now")
        visitor.press("Continue")
    give_details(visitor, sequence=sequence, name=name)
    visitor.press("Confirm the appointment")
    assert visitor.heading() == visitor.say("Your appointment is booked")
    return visitor.page.locator(".reference-card__number").inner_text()


def give_details(visitor: Visitor, *, sequence: int, name: str) -> None:
    """Type who the person is: first with a slip of the pen, then as it is."""
    number = identity_number(BORN_ON, sequence)
    visitor.fill("Name", name)
    visitor.fill("Number of this document", number[:-1] + ("1" if number[-1] != "1" else "2"))
    visitor.fill("Phone (optional with a document)", "13800138000")
    visitor.press("Continue")
    assert visitor.page.title().startswith(visitor.say("Error: %(title)s", title=""))
    visitor.fill("Number of this document", number)
    visitor.press("Continue")
    assert visitor.heading() == visitor.say("Check your answers")
    assert number in visitor.text()


def look_up(visitor: Visitor, reference: str) -> None:
    """Find the appointment by reference and birth date, as typed from a slip of paper."""
    visitor.go("/my-booking")
    visitor.fill("Reference", reference.lower())
    visitor.fill_date(BORN_ON)
    visitor.press("Find my appointment")
    assert visitor.heading() == visitor.say("Your appointment")


def state_and_slot(stack: Stack, reference: str) -> tuple[str, int, int]:
    """Return the appointment's state, its slot and how many seats of that slot are taken."""
    with stack.reading() as session:
        row = session.scalars(
            select(Appointment).where(Appointment.reference == parse_reference(reference))
        ).one()
        return row.state, row.slot_id, session.get_one(Slot, row.slot_id).taken


@pytest.mark.parametrize(
    ("language", "width", "scripted", "name", "sequence"),
    [
        ("en", 1280, True, "Anna Chen", 101),
        ("en", 390, True, "Ben Liu", 102),
        ("zh", 1280, True, "陈安娜", 103),
        ("zh", 390, True, "刘小波", 104),
        ("zh", 390, False, "何静文", 105),
    ],
)
def test_resident_books_looks_up_changes_and_cancels(
    opened: Open, stack: Stack, language: str, width: int, scripted: bool, name: str, sequence: int
) -> None:
    """The whole way of one person, who needs no account, and no JavaScript either."""
    who = f"resident-{language}-{width}{'' if scripted else '-no-script'}"
    visitor = opened(who, language=language, width=width, scripted=scripted)
    reference = book(visitor, sequence=sequence, name=name)
    state, first_slot, taken = state_and_slot(stack, reference)
    assert state == "booked"
    assert taken >= 1

    later = opened(f"{who}-later", language=language, width=width, scripted=scripted)
    look_up(later, reference)
    later.press("Change the time")
    later.follow(later.page.get_by_role("main").locator(".link-list a").nth(2))
    later.choose_nth(0)
    later.press("Move the appointment to this time")
    state, second_slot, _ = state_and_slot(stack, reference)
    assert state == "booked"
    assert second_slot != first_slot

    later.press("Cancel the appointment")
    later.press("Yes, cancel it")

    assert state_and_slot(stack, reference)[0] == "cancelled"


FORMS = pytest.mark.parametrize(
    ("language", "width", "scripted", "sequence"),
    [("en", 1280, True, 111), ("zh", 390, True, 121), ("zh", 390, False, 131)],
)


@FORMS
def test_resident_books_both_doses_and_cancels_them(
    opened: Open, stack: Stack, language: str, width: int, scripted: bool, sequence: int
) -> None:
    """One confirmation, two appointments four weeks apart; they are cancelled together."""
    who = f"pair-{language}-{width}{'' if scripted else '-no-script'}"
    visitor = opened(who, language=language, width=width, scripted=scripted)
    to_held_seat(visitor)
    assert visitor.heading() == visitor.say("Book the second dose too?")
    visitor.choose_nth(1)
    visitor.press("Continue")
    visitor.choose_nth(sequence % 5)
    visitor.press("Continue and keep both seats")
    give_details(visitor, sequence=sequence, name="林建国")
    visitor.press("Confirm all appointments")
    references = visitor.page.locator(".together__reference").all_inner_texts()
    assert len(references) == 2

    visitor.go("/my-booking/show")
    visitor.press("Cancel the appointment")
    visitor.press("Yes, cancel it")

    assert [state_and_slot(stack, one)[0] for one in references] == ["cancelled"] * 2


@FORMS
def test_household_is_booked_by_one_and_leaves_together(
    opened: Open, stack: Stack, language: str, width: int, scripted: bool, sequence: int
) -> None:
    """Two people at one time, one contact; the second forgets the illness, and nothing is lost."""
    who = f"household-{language}-{width}{'' if scripted else '-no-script'}"
    visitor = opened(who, language=language, width=width, scripted=scripted)
    to_held_seat(visitor)
    visitor.choose("No, only this dose now")
    visitor.press("Continue")
    give_details(visitor, sequence=sequence + 1, name="周建平")
    visitor.press("Book for one more person")
    visitor.fill("Name", "周秀兰")
    visitor.fill_date(BORN_ON)
    visitor.fill("Number of this document", identity_number(BORN_ON, sequence + 2))
    visitor.press("Add this person")
    assert visitor.page.title().startswith(visitor.say("Error: %(title)s", title=""))
    visitor.choose("No")
    visitor.press("Add this person")
    assert "周秀兰" in visitor.text()
    visitor.press("Confirm all appointments")
    references = visitor.page.locator(".together__reference").all_inner_texts()
    assert len(references) == 2

    visitor.go("/my-booking/show")
    visitor.press("Cancel the appointment")
    visitor.choose_nth(1)
    visitor.press("Yes, cancel it")

    assert [state_and_slot(stack, one)[0] for one in references] == ["cancelled"] * 2


def test_wrong_reference_is_answered_like_an_unknown_one(opened: Open, stack: Stack) -> None:
    """A foreign reference with another birth date tells no more than one that does not exist."""
    visitor = opened("resident-wrong")
    answers = []
    for reference in (stack.expected("刘敏").reference, "7K3-9QF2-M4T"):
        visitor.go("/my-booking")
        visitor.fill("Reference", reference)
        visitor.fill_date(BORN_ON)
        visitor.press("Find my appointment")
        answers.append(visitor.page.locator(".nhsuk-error-summary").inner_text())

    assert answers[0] == answers[1]
