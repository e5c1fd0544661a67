"""A pharmacist sees every fridge, and answers an alert with a note."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from sensors.store.episodes import AlertRow
from sensors.store.places import Site, StorageUnit
from tests.journeys.conftest import Open
from tests.journeys.stack import Stack
from vaxsite.core.audit import AuditEntry

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


def test_pharmacist_acknowledges_an_alert_with_a_note(opened: Open, stack: Stack) -> None:
    """Without a note the alert stays open and the page says why; with one it is answered."""
    alert_id = alert_of(stack, "F3").id
    visitor = opened("pharmacist-acknowledges", role="pharmacist")

    visitor.go(f"/coldchain/alerts/{alert_id}")
    visitor.press("Acknowledge")
    assert visitor.page.title().startswith("Error:")
    visitor.fill("What did you find or do?", "The fuse had blown. It is replaced.")
    visitor.press("Acknowledge")

    assert "The fuse had blown. It is replaced." in visitor.text()
    with stack.reading() as session:
        found = session.get_one(AlertRow, alert_id)
        assert found.note == "The fuse had blown. It is replaced."
        assert found.state == "resolved"  # It was over already.
        acts = session.scalars(
            select(AuditEntry.action).where(AuditEntry.subject == f"alert:{alert_id}")
        ).all()
        assert "alert:acknowledge" in acts
