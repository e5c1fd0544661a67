"""A manager's list and a worker's booking in a real browser: both languages, both widths, axe."""

import pytest
from flask import Flask
from playwright.sync_api import Browser, FilePayload
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from tests.build.rosters import CODE_URL, GROUP, csv_file, line, xlsx_file
from tests.journeys.browsing import Visitor, sign_in, visit
from tests.serving import serving
from tests.web_client import PageClient
from vaxsite.core.permissions import Role
from vaxsite.rosters.services import entering

pytestmark = pytest.mark.browser
WINDOWS = pytest.mark.parametrize(
    ("language", "width", "scripted"), [("en", 1280, True), ("zh", 390, True), ("en", 390, False)]
)
FAULTY = [line(9, number="990101198505050090"), line(10, born="5/5/1985"), line(11, phone="")]
PEOPLE = [line(one, email=f"p{one}@example.com" if one < 3 else "") for one in range(1, 5)]
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough for pages: what they call is tested on both."""
    return sqlite_url


@pytest.fixture
def clinic(sessions: sessionmaker[Session], app: Flask) -> OpenClinic:
    app.config["VAXSITE_DEMO"] = True
    with sessions() as session, transaction(session):
        return an_open_clinic(session, group=GROUP)


def upload(manager: Visitor, payload: bytes, *, name: str, mime: str) -> None:
    """Fill the form in and send it."""
    manager.go("/manage")
    manager.press("Rosters of employers and communities")
    manager.press("Upload a list of people")
    manager.fill("Employer or community", "滨湖冷库有限公司")
    file = FilePayload(name=name, mimeType=mime, buffer=payload)
    manager.page.locator("#file").set_input_files(file)
    manager.page.locator(f"[name=group][value={GROUP}]").check()
    manager.press("Check the list")


def say_who(worker: Visitor) -> None:
    """Answer the questions by the document of the first person of the list."""
    worker.go("/")
    worker.press("My employer or community registered me")
    worker.fill_date(NOW.date().replace(year=1985, month=5, day=5))
    worker.page.locator("[name=id_kind][value=resident_id]").check()
    worker.fill("Number of this document", line(1)[2])
    worker.press("Continue")
    worker.page.locator("[name=occupation][value=other]").check()
    worker.press("Continue")
    worker.choose("No")
    worker.press("Continue")


@WINDOWS
def test_a_list_is_checked_entered_used_and_undone(
    app: Flask,
    client: PageClient,
    browser: Browser,
    clinic: OpenClinic,
    sessions: sessionmaker[Session],
    language: str,
    width: int,
    scripted: bool,
) -> None:
    """From the file to a worker who sees why it is their turn, and back."""
    name = f"rosters-{language}-{width}-{'js' if scripted else 'plain'}"
    with serving(app) as url:
        how = {"width": width, "language": language, "scripted": scripted}
        manager, window = visit(browser, url, name=name, **how)
        sign_in(client, manager, url, Role.MANAGER, clinic.site_id)

        upload(manager, b"%PDF-1.7\0", name="list.pdf", mime="application/pdf")
        assert manager.page.locator("#file-error").is_visible()
        upload(manager, xlsx_file(*PEOPLE, *FAULTY), name="名单.xlsx", mime=SHEET)
        manager.choose("Enter the good rows, and leave out the others")
        for part, value in (("year", 2026), ("month", 1), ("day", 31)):
            manager.page.locator(f"#book_by-{part}").fill(str(value))
        manager.press("Enter the people")
        entering.enter_due(sessions, url=CODE_URL, now=NOW)
        manager.press("Look again")
        assert manager.page.locator("tbody tr").count() == 4

        worker, other = visit(browser, url, name=f"{name}-worker", **how)
        say_who(worker)
        assert worker.heading() == worker.say("It is your turn")
        other.close()

        manager.press("Undo this roster")
        manager.press("Undo this roster")
        window.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_list_without_problems_and_one_found_wrong(
    app: Flask, client: PageClient, browser: Browser, clinic: OpenClinic, language: str
) -> None:
    """No question about faulty rows where there are none; all or nobody says how many."""
    with serving(app) as url:
        manager, window = visit(browser, url, name=f"rosters-good-{language}", language=language)
        sign_in(client, manager, url, Role.MANAGER, clinic.site_id)

        upload(manager, csv_file(line(1), line(2)), name="list.csv", mime="text/csv")
        assert manager.page.locator("[type=radio][name=take]").count() == 0
        manager.press("Discard this list")
        upload(manager, csv_file(line(1), line(1)), name="list.csv", mime="text/csv")
        manager.choose("All or nobody: enter nobody while a row has a problem")
        manager.choose("No: they book when their group is open")
        manager.press("Enter the people")
        assert manager.page.locator("#take-error").is_visible()
        window.close()
