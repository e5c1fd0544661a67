"""What is due for a family is read by residents, and earlier doses are entered by a nurse."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.journeys.browsing import Visitor
from tests.journeys.conftest import Open
from tests.journeys.stack import Stack
from vaxsite.demo import sample

pytestmark = [pytest.mark.browser, pytest.mark.mosquitto]
CARD_HOLDER = next(table["name"] for table in sample.load()["person"] if "earlier" in table)
BORN_ON = datetime.now(UTC).date() - timedelta(days=300)
BOTH = pytest.mark.parametrize(("language", "width"), [("en", 1280), ("zh", 390)])


def type_date(visitor: Visitor, field: str, day: date) -> None:
    """Type *day* into the three boxes of one of several dates of the page."""
    for part in ("year", "month", "day"):
        visitor.page.fill(f"#{field}-{part}", str(getattr(day, part)))


@BOTH
def test_a_grandmother_works_out_what_a_baby_needs(
    stack: Stack, opened: Open, language: str, width: int
) -> None:
    """From the start page, with a birth date and one dose from the card; nothing is kept."""
    visitor = opened(f"due-{language}", language=language, width=width)
    visitor.go("/")
    visitor.press("What is due for me and my family, and when")
    visitor.press("Work it out from a birth date and the vaccination card")
    type_date(visitor, "born_on", BORN_ON)
    visitor.page.select_option("#code", "08")
    type_date(visitor, "given_on", BORN_ON)
    visitor.press("Add the dose and show what is due")

    assert visitor.say("What is due") in visitor.text()
    assert visitor.say("Overdue") in visitor.text()


@BOTH
def test_somebody_with_a_reference_reads_their_doses(
    stack: Stack, opened: Open, language: str, width: int
) -> None:
    """Reference and birth date are enough, as on the page of the appointment."""
    one = stack.expected(CARD_HOLDER)
    visitor = opened(f"due-reference-{language}", language=language, width=width)
    visitor.go("/due")
    visitor.fill("Reference", one.reference)
    visitor.fill_date(one.born_on)
    visitor.press("Show what is due")

    assert visitor.say("counts") in visitor.text()


@BOTH
def test_a_nurse_enters_a_dose_from_a_paper_card(
    stack: Stack, opened: Open, language: str, width: int
) -> None:
    """From the page of the person; it counts at once, and a day in the future is flagged."""
    visitor = opened(f"earlier-{language}", role="nurse", language=language, width=width)
    visitor.go("/clinic")
    visitor.fill("Scan or type a reference, or type a name", stack.expected("吴志强").reference)
    visitor.press("Find")
    visitor.press("Vaccination record, and doses given elsewhere")
    for code, day in (("511", date(2021, 5, 1)), ("510", date(2199, 1, 1))):
        visitor.page.select_option("#code", code)
        type_date(visitor, "given_on", day)
        visitor.choose("The person's vaccination card or certificate")
        visitor.press("Add this dose")

    assert visitor.say("counts") in visitor.text()
    assert visitor.say("Check the record") in visitor.text()
