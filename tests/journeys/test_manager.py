"""A manager opens a phase for a group and plans a session; residents see both at once."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from tests.journeys.browsing import Visitor
from tests.journeys.conftest import Open
from tests.journeys.stack import Stack
from vaxsite.eligibility.models import Phase
from vaxsite.slots.models import ClinicSession

pytestmark = [pytest.mark.browser, pytest.mark.mosquitto]

XINWU = "Xinwu Sample Community Health Centre"


def fill_date(visitor: Visitor, legend: str, day: date) -> None:
    """Type *day* into the three boxes under *legend*."""
    group = visitor.page.get_by_role("group", name=legend)
    for label, value in (("Year", day.year), ("Month", day.month), ("Day", day.day)):
        group.get_by_label(label, exact=True).fill(str(value))


def test_manager_opens_a_phase(opened: Open, stack: Stack) -> None:
    """From the overview to the banner; opened twice, the second is refused with the reason."""
    visitor = opened("manager-phase", role="manager")
    today = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()

    visitor.go("/manage")
    visitor.press("Whose turn it is")
    for again in (False, True):
        visitor.go("/manage/phases/open")
        visitor.choose(XINWU)
        visitor.choose("Adults from 18 to 59")
        fill_date(visitor, "First day on which they can be vaccinated", today)
        visitor.press("See what would change")
        if not again:
            visitor.press("Do it: residents see it at once")

    assert visitor.page.title().startswith("Error:")
    with stack.reading() as session:
        opened_on = session.scalars(
            select(Phase.opens_on).where(Phase.group_code == "adults-18-59")
        ).all()
    assert list(opened_on).count(today) == 1


@pytest.mark.parametrize(("language", "width", "days"), [("en", 1280, 20), ("zh", 390, 21)])
def test_manager_plans_and_publishes_a_session(
    opened: Open, stack: Stack, language: str, width: int, days: int
) -> None:
    """Plan, preview, store and publish; the session is then offered."""
    visitor = opened(f"manager-{language}-{width}", role="manager", language=language, width=width)
    day = datetime.now(UTC).date() + timedelta(days=days)

    visitor.go("/manage/sessions")
    visitor.press("Plan a session")
    visitor.choose_nth(0)
    visitor.page.locator("[name=product]").first.check()
    visitor.fill_date(day)
    visitor.fill("Starts at", "09:00")
    visitor.fill("Ends at", "11:10")
    visitor.fill("Minutes of a slot", "30")
    visitor.fill("Seats of a slot", "4")
    visitor.press("Preview")
    visitor.press("Store the plan")
    visitor.press("Publish: residents can book")

    with stack.reading() as session:
        planned = [
            (row.state, (row.ends_at - row.starts_at).total_seconds())
            for row in session.scalars(select(ClinicSession))
            if row.starts_at.astimezone(ZoneInfo("Asia/Shanghai")).date() == day
        ]
    assert planned == [("published", 7800.0)]
