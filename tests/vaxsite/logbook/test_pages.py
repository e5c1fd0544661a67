"""Pages of the logbook: one sheet as page, PDF and CSV; who may see and who may sign."""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from sensors.store.places import StorageUnit
from tests.build import logbook as build
from tests.build import places
from tests.build.logbook import OVER
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.coldchain.models import LateNote, UnitCheck
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


@dataclass
class Made:
    """What the pages are about."""

    site_id: int
    unit_id: int

    @property
    def address(self) -> str:
        """The page of the month."""
        return f"/coldchain/logbook/units/{self.unit_id}/2026-01"

    @property
    def of_site(self) -> str:
        """What begins the addresses of the site."""
        return f"/coldchain/logbook/sites/{self.site_id}"


@pytest.fixture
def made(app: Flask, clock: FrozenClock) -> Made:
    """Return a clinic with a month of one fridge, on the second of February."""
    clock.now = OVER
    with app.app_context(), Session(db.engine) as store:
        logged = build.a_month(store)
        store.commit()
        return Made(logged.site.id, logged.unit.id)


@pytest.fixture
def pharmacist(client: PageClient, made: Made) -> PageClient:
    """Return the browser of the clinic's pharmacist."""
    client.sign_in(Role.PHARMACIST, site=made.site_id)
    return client


def shown(page: PageClient) -> list[str]:
    """Return the texts of facts and cells of the page at hand, in order."""
    return [
        re.sub(r"\s+", " ", one.text).strip()
        for one in page.page.elements
        if one.tag in {"td", "th", "dd"} and one.text.strip()
    ]


def rows_of(response: TestResponse) -> list[list[str]]:
    text = response.get_data().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def text_of(response: TestResponse) -> str:
    pages = PdfReader(io.BytesIO(response.get_data())).pages
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in pages))


@LANGUAGES
@pytest.mark.parametrize("which", ["month", "register"])
def test_page_pdf_and_csv_say_the_same(
    pharmacist: PageClient, made: Made, language: str, which: str
) -> None:
    """Every fact and every cell of the page stands in both files."""
    address = made.address if which == "month" else f"{made.of_site}/calibration"
    pharmacist.get(address, language=language)
    texts = shown(pharmacist)

    pdf = pharmacist.get(f"{address}.pdf", language=language)
    sheet = pharmacist.get(f"{address}.csv", language=language)

    assert len(texts) > (200 if which == "month" else 10)
    paper, cells = text_of(pdf), {cell for row in rows_of(sheet) for cell in row}
    assert [one for one in texts if re.sub(r"\s+", "", one) not in paper] == []
    assert [one for one in texts if one.replace("−", "-") not in cells and one not in cells] == []
    assert pdf.mimetype == "application/pdf"
    assert (pdf.headers["Cache-Control"], sheet.headers["Cache-Control"]) == ("no-store",) * 2


def test_csv_opens_in_a_spreadsheet_and_runs_nothing(
    pharmacist: PageClient, made: Made, app: Flask
) -> None:
    """It begins with the mark of UTF-8; what looks like a formula is a text."""
    with app.app_context(), Session(db.engine) as store:
        store.execute(update(LateNote).values(note="=HYPERLINK(1)"))
        store.commit()

    response = pharmacist.get(f"{made.address}.csv", language="zh")

    assert response.get_data().startswith(b"\xef\xbb\xbf")
    cells = [cell for row in rows_of(response) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert "朝阳门诊" in cells


@LANGUAGES
def test_all_units_of_a_site_stand_in_one_file(
    pharmacist: PageClient, made: Made, app: Flask, language: str
) -> None:
    """Each from a new page on, also one of which nothing is known."""
    with app.app_context(), Session(db.engine) as store:
        site = store.get_one(StorageUnit, made.unit_id).site_id
        store.add(
            StorageUnit(
                site_id=site,
                code="F2",
                name_en="Fridge F2",
                name_zh="冰箱F2",
                profile="fridge",
                rule_set="cn-clinic",
            )
        )
        store.commit()

    pdf = pharmacist.get(f"{made.of_site}/2026-01.pdf", language=language)
    rows = rows_of(pharmacist.get(f"{made.of_site}/2026-01.csv", language=language))

    names = ["Fridge F1", "Fridge F2"] if language == "en" else ["冰箱F1", "冰箱F2"]
    first_pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf.get_data())).pages]
    assert names[0] in first_pages[0]
    assert names[1] in first_pages[-1]
    month = {"en": "January 2026", "zh": "2026年1月"}[language]
    titles = [row[0] for row in rows if row and month in row[0] and names[1] in row[0]]
    assert len(titles) == 1


@LANGUAGES
def test_pharmacist_signs_and_a_later_correction_is_shown(
    pharmacist: PageClient, made: Made, app: Flask, language: str
) -> None:
    """The page names who signed; then that it changed, and in what; then it is signed anew."""
    response = pharmacist.submit(made.address, language=language)
    assert response.status_code == 303
    pharmacist.get(made.address, language=language)
    assert "Paul Chen" in pharmacist.page.text or "陈" in pharmacist.page.text
    changed = {"en": "changed since signed", "zh": "签字后有变动"}[language]
    assert changed not in pharmacist.page.text
    with app.app_context(), Session(db.engine) as store:
        store.execute(
            update(UnitCheck)
            .where(UnitCheck.day == date(2026, 1, 3), UnitCheck.part == "morning")
            .values(shown_centi=-60)
        )
        store.commit()

    pharmacist.get(made.address, language=language)

    assert changed in pharmacist.page.text
    assert {"4.8 °C", "−0.6 °C"} <= set(shown(pharmacist))
    pharmacist.submit(made.address, language=language)
    pharmacist.get(made.address, language=language)
    assert changed not in pharmacist.page.text


def test_signing_what_changed_meanwhile_is_refused_with_a_sentence(
    pharmacist: PageClient, made: Made
) -> None:
    """Also when the form was tampered with."""
    for seen in ("00", "not hex", ""):
        response = pharmacist.post(
            f"{made.address}/signature", data={"csrf_token": pharmacist.token(), "seen": seen}
        )
        assert response.status_code == 409
        assert "The log has changed since you opened it" in response.text


def test_month_that_goes_on_is_shown_and_cannot_be_signed(
    pharmacist: PageClient, made: Made
) -> None:
    """The page says from when it can."""
    pharmacist.get(made.address.replace("2026-01", "2026-02"))

    assert "The month goes on" in pharmacist.page.text
    assert "It can be signed from 1 March 2026 00:30" in pharmacist.page.text
    assert "Sign as" not in pharmacist.page.text


@pytest.mark.parametrize("role", [Role.NURSE, Role.MANAGER])
def test_others_read_the_log_and_are_offered_no_signature(
    client: PageClient, made: Made, role: Role
) -> None:
    """What they may not do is not shown, and refused if it is sent."""
    client.sign_in(role, site=made.site_id)

    assert client.get(made.address).status_code == 200
    assert "Sign this log" not in client.page.text
    response = client.post(f"{made.address}/signature", data={"csrf_token": client.token()})
    assert response.status_code == 403


def test_nothing_of_another_site_is_found(client: PageClient, made: Made, app: Flask) -> None:
    """No page, no file, no signature."""
    with app.app_context(), Session(db.engine) as store:
        elsewhere = places.a_site(store, code="haidian").id
        store.commit()
    client.sign_in(Role.PHARMACIST, site=elsewhere)

    for address in (
        made.address,
        f"{made.address}.pdf",
        f"{made.address}.csv",
        f"{made.of_site}/2026-01.pdf",
        f"{made.of_site}/2026-01.csv",
        f"{made.of_site}/calibration",
        f"{made.of_site}/calibration.pdf",
        f"{made.of_site}/calibration.csv",
    ):
        assert client.get(address).status_code == 404, address
    data = {"csrf_token": client.token(), "seen": ""}
    assert client.post(f"{made.address}/signature", data=data).status_code == 404


@pytest.mark.parametrize("month", ["2026-13", "1999-01", "January", "2026-1"])
def test_no_month_is_not_found(pharmacist: PageClient, made: Made, month: str) -> None:
    """An address that names none has nothing to show."""
    for end in ("", ".pdf", ".csv"):
        address = made.address.replace("2026-01", month) + end
        assert pharmacist.get(address).status_code == 404


@LANGUAGES
def test_home_offers_the_last_month_and_says_what_is_signed(
    pharmacist: PageClient, made: Made, language: str
) -> None:
    """Who opens it in February wants January."""
    pharmacist.get("/coldchain/logbook", language=language)
    unsigned, signed = {"en": ("Not signed", "Signed"), "zh": ("未签字", "已签字")}[language]
    links = [one.attributes.get("href") for one in pharmacist.page.all("a")]
    assert made.address in links
    assert unsigned in pharmacist.page.text
    pharmacist.submit(made.address, language=language)

    pharmacist.get("/coldchain/logbook", language=language)

    assert unsigned not in pharmacist.page.text
    assert signed in pharmacist.page.text


def test_home_of_another_month_is_asked_for_in_the_address(
    pharmacist: PageClient, made: Made
) -> None:
    """A month far back can be asked for; what is no month gives the last one."""
    pharmacist.get("/coldchain/logbook?month=2024-02")
    assert "Logs of February 2024" in pharmacist.page.text

    pharmacist.get("/coldchain/logbook?month=yesterday&site=nowhere")
    assert "Logs of January 2026" in pharmacist.page.text
