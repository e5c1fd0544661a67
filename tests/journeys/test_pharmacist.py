"""A pharmacist sees every fridge, answers an alert with a note and decides about each lot."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from sensors.store.episodes import AlertRow
from sensors.store.places import Site, StorageUnit
from tests.journeys.browsing import Visitor
from tests.journeys.conftest import Open
from tests.journeys.fridges import a_warm_fridge
from tests.journeys.stack import Stack
from vaxsite.core.audit import AuditEntry
from vaxsite.stock.models import Disposition, Lot

pytestmark = [pytest.mark.browser, pytest.mark.mosquitto]

UNITS_EN = ("Fridge 1, vaccination room", "Freezer 1, vaccine store", "Ultra-cold freezer 1")
UNITS_ZH = ("1号冰箱（接种室）", "1号低温冰箱（疫苗库）", "1号超低温冰箱")


def alert_of(stack: Stack, unit: str) -> AlertRow:
    """Return the alert about the excursion of a unit of Liangxi."""
    with stack.reading() as session:
        found = session.scalar(
            select(AlertRow)
            .join(StorageUnit, StorageUnit.id == AlertRow.unit_id)
            .join(Site, Site.id == StorageUnit.site_id)
            .where(Site.code == "liangxi", StorageUnit.code == unit)
            .where(AlertRow.excursion_id.is_not(None))
        )
        assert found is not None
        session.expunge(found)
        return found


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_pharmacist_looks_at_every_page_of_the_cold_chain(
    opened: Open, stack: Stack, language: str, width: int
) -> None:
    """Fridges, wall display, chart, alerts, alert, excursion and set-aside payloads."""
    name = f"pharmacist-{language}-{width}"
    visitor = opened(name, role="pharmacist", language=language, width=width)
    zh = language == "zh"

    visitor.go("/coldchain")
    text = visitor.text()
    assert all(unit in text for unit in (UNITS_ZH if zh else UNITS_EN))
    visitor.go("/coldchain/wall")
    visitor.go("/coldchain/units/1")
    expect(visitor.page.locator(".chart__box canvas")).to_be_visible()
    visitor.look()
    visitor.go("/coldchain/alerts")
    headings = visitor.page.get_by_role("main").get_by_role("heading", level=2)
    visitor.follow(headings.get_by_role("link").first)
    visitor.go(f"/coldchain/excursions/{alert_of(stack, 'F1').excursion_id}")
    assert "DEMO2601A" in visitor.text()
    visitor.go("/coldchain/set-aside")


NOTE = {"en": "The fuse had blown. It is replaced.", "zh": "保险丝熔断，已更换。"}
WHY_RELEASED = {"en": "The maker allows 12 h below 12 °C.", "zh": "厂家允许12 °C以下12小时。"}
WHY_REJECTED = {"en": "Stood at the warm wall.", "zh": "紧贴温度偏高的箱壁。"}


@pytest.mark.parametrize(
    ("language", "width", "code"),
    [("en", 390, "J1"), ("en", 1280, "J2"), ("zh", 390, "J3"), ("zh", 1280, "J4")],
)
def test_pharmacist_answers_an_alert_and_decides_about_each_lot(
    opened: Open, stack: Stack, language: str, width: int, code: str
) -> None:
    """Without a word of why nothing happens and the page says so; with one it is done and kept."""
    fridge = a_warm_fridge(stack, code)
    name = f"pharmacist-acts-{language}-{width}"
    visitor = opened(name, role="pharmacist", language=language, width=width)

    visitor.go(f"/coldchain/alerts/{fridge.alert_id}")
    visitor.press("Acknowledge")
    assert visitor.page.title().startswith(visitor.say("Error: %(title)s", title=""))
    visitor.fill("What did you find or do?", NOTE[language])
    visitor.press("Acknowledge")
    assert NOTE[language] in visitor.text()

    visitor.press("Lots, seats and doses of this excursion")
    visitor.press("Release lot %(number)s", number=fridge.good)
    assert visitor.page.title().startswith(visitor.say("Error: %(title)s", title=""))
    write_why(visitor, fridge.good, WHY_RELEASED[language])
    visitor.press("Release lot %(number)s", number=fridge.good)
    write_why(visitor, fridge.bad, WHY_REJECTED[language])
    visitor.press("Reject lot %(number)s for good", number=fridge.bad)

    assert WHY_RELEASED[language] in visitor.text()
    assert WHY_REJECTED[language] in visitor.text()
    assert answer_of(stack, fridge.alert_id) == (NOTE[language], "resolved")  # It was over already.
    assert decisions_of(stack, fridge.excursion_id) == {
        fridge.good: ("release", WHY_RELEASED[language]),
        fridge.bad: ("reject", WHY_REJECTED[language]),
    }
    assert "alert:acknowledge" in acts_about(stack, f"alert:{fridge.alert_id}")


def write_why(visitor: Visitor, lot: str, why: str) -> None:
    """Type the reason beside the lot."""
    label = visitor.say("Why do you decide so about lot %(number)s?", number=lot)
    visitor.page.get_by_label(label, exact=True).fill(why)


def answer_of(stack: Stack, alert_id: int) -> tuple[str | None, str]:
    """Return the note and the state of the alert."""
    with stack.reading() as session:
        found = session.get_one(AlertRow, alert_id)
        return found.note, found.state


def decisions_of(stack: Stack, excursion_id: int) -> dict[str, tuple[str, str]]:
    """Return what was decided about each lot of the excursion, and why."""
    query = (
        select(Lot.number, Disposition.decision, Disposition.note)
        .join(Lot, Lot.id == Disposition.lot_id)
        .where(Disposition.excursion_id == excursion_id)
    )
    with stack.reading() as session:
        return {number: (decision, note) for number, decision, note in session.execute(query)}


def acts_about(stack: Stack, subject: str) -> set[str]:
    """Return the acts that the audit holds about *subject*."""
    query = select(AuditEntry.action).where(AuditEntry.subject == subject)
    with stack.reading() as session:
        return set(session.scalars(query))
