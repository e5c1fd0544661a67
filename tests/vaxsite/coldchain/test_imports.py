"""The pages that import files of USB loggers: preview, doubts, evidence, and who may not."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from sensors.store.episodes import ExcursionRow
from sensors.store.imports import LoggerFileRow
from sensors.store.readings import ReadingRow
from tests.build import logger_files, places
from tests.build.pages import send
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.core.audit import AuditEntry
from vaxsite.core.permissions import Role
from vaxsite.web.db import db

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
NOW = datetime(2026, 1, 12, 1, 0, tzinfo=UTC)
DAY = [*[450] * 100, *[950] * 10, *[450] * 178]
ADDRESS = "/coldchain/imports"
HISTORY = logger_files.day(1, date(2026, 1, 10), low="+4.4", high="+9.6", hot=50)


@dataclass(frozen=True)
class Fridge:
    """The fridge with the logger in it, and another one beside it."""

    unit_id: int
    other_id: int


@pytest.fixture
def fridge(app: Flask, clock: FrozenClock) -> Fridge:
    """Store a clinic with two fridges, the logger in the first."""
    clock.now = NOW
    with app.app_context(), Session(db.engine) as store:
        site = places.a_site(store)
        unit = places.a_fridge(store, site=site)
        other = places.a_fridge(store, site=site, code="F2")
        places.a_probe(store, unit=unit, device=logger_files.SERIAL)
        found = Fridge(unit.id, other.id)
        store.commit()
    return found


def upload(client: PageClient, payload: bytes, language: str = "en", **fields: str) -> TestResponse:
    """Choose a file on the page of imports and send it."""
    client.get(ADDRESS, language=language)
    data = {"csrf_token": client.token(), "file": (BytesIO(payload), "export.txt"), **fields}
    return client.post(ADDRESS, data=data, language=language, content_type="multipart/form-data")


def rows(app: Flask, kind: type) -> list[object]:
    with app.app_context():
        return list(db.session().scalars(select(kind)))


def act(client: PageClient, act: str, language: str = "en", **fields: str) -> TestResponse:
    """Press a button of the preview."""
    return send(client, ADDRESS, language, act=act, **fields)


@LANGUAGES
def test_a_file_is_previewed_and_then_imported(
    app: Flask, client: PageClient, fridge: Fridge, language: str
) -> None:
    """The preview leaves nothing; the import leaves readings, an excursion and an audit row."""
    client.sign_in(Role.PHARMACIST)
    payload = logger_files.fridge_tag(DAY, days=HISTORY)

    shown = upload(client, payload, language)
    assert (shown.status_code, rows(app, ReadingRow)) == (200, [])
    assert "288" in client.page.text
    assert "9.5" in client.page.text
    imported = act(client, "import", language)

    assert imported.status_code == 303
    assert len(rows(app, ReadingRow)) == 288
    assert len(rows(app, ExcursionRow)) == 1
    client.get(imported.headers["Location"], language=language)
    assert {"en": "Agrees", "zh": "一致"}[language] in client.page.text
    client.get(ADDRESS, language=language)
    assert logger_files.SERIAL in client.page.text
    [entry] = [e for e in rows(app, AuditEntry) if getattr(e, "action", "") == "logger_file:import"]
    assert entry.detail["new_readings"] == 288  # type: ignore[attr-defined]  # Of an AuditEntry.
    with app.app_context():
        [name] = db.session().scalars(select(LoggerFileRow.name))
    assert name == "export.txt"


def test_the_file_is_given_back_as_it_came(client: PageClient, fridge: Fridge) -> None:
    """Evidence for others: the same bytes, as a file to save."""
    client.sign_in(Role.PHARMACIST)
    payload = logger_files.fridge_tag(DAY)
    upload(client, payload)
    done = act(client, "import").headers["Location"]

    given = client.get(f"{done}/file")

    assert given.get_data() == payload
    assert given.headers["Content-Disposition"].startswith("attachment")


def test_the_same_file_again_says_so(app: Flask, client: PageClient, fridge: Fridge) -> None:
    """The preview offers no import; a form that was still open leads to the first import."""
    client.sign_in(Role.PHARMACIST)
    payload = logger_files.fridge_tag(DAY)
    upload(client, payload)
    first = act(client, "import").headers["Location"]

    upload(client, payload)

    assert "imported before" in client.page.text
    assert "Import the file" not in client.page.text
    second = act(client, "import")
    assert second.headers["Location"] == f"{first}?again=1"
    client.get(second.headers["Location"])
    assert "Nothing was counted twice." in client.page.text
    assert len(rows(app, ReadingRow)) == 288


@LANGUAGES
def test_doubts_must_be_ticked_one_by_one(
    app: Flask, client: PageClient, fridge: Fridge, language: str
) -> None:
    """A file of another unit whose end is missing: two ticks, both in the audit."""
    client.sign_in(Role.PHARMACIST)
    payload = logger_files.fridge_tag(DAY, signed=False)
    upload(client, payload, language, unit=str(fridge.other_id))

    refused = act(client, "import", language, accept="cut_off")
    assert (refused.status_code, rows(app, ReadingRow)) == (422, [])
    imported = act(client, "import", language, accept=["cut_off", "other_unit"])  # type: ignore[arg-type]  # Two boxes of one name.

    assert imported.status_code == 303
    [entry] = [e for e in rows(app, AuditEntry) if getattr(e, "action", "") == "logger_file:import"]
    assert entry.detail["accepted"] == ["cut_off", "other_unit"]  # type: ignore[attr-defined]  # Of an AuditEntry.


def test_a_clock_that_was_set_to_local_time_is_put_right_on_the_preview(
    app: Flask, client: PageClient, fridge: Fridge
) -> None:
    """A file that seems to end in the future: the person names the zone, and it fits."""
    client.sign_in(Role.PHARMACIST)
    at_hand = datetime.fromisoformat("2026-01-12 08:00")
    payload = logger_files.fridge_tag([450] * 12, first=at_hand, zone="0.00")

    refused = upload(client, payload)
    assert refused.status_code == 422
    assert "which has not come yet" in client.page.text
    shown = act(client, "preview", zone="Asia/Shanghai")
    assert shown.status_code == 200
    imported = act(client, "import", zone="Asia/Shanghai")

    assert imported.status_code == 303
    with app.app_context():
        first = min(db.session().scalars(select(ReadingRow.measured_at)))
    assert first == datetime(2026, 1, 12, 0, 0, tzinfo=UTC)


def test_a_date_that_could_be_two_days_is_asked_about(
    app: Flask, client: PageClient, fridge: Fridge
) -> None:
    """The order that a person chooses is the one that counts."""
    client.sign_in(Role.PHARMACIST)
    payload = logger_files.log_tag(["1,01/10/2026,08:00:00,4.5"], {"Serial #": logger_files.SERIAL})
    upload(client, payload)
    assert "How does the file write dates?" in client.page.text

    act(client, "preview", dates="mdy", zone="Asia/Shanghai")
    imported = act(client, "import", dates="mdy", zone="Asia/Shanghai")

    assert imported.status_code == 303
    with app.app_context():
        [at] = db.session().scalars(select(ReadingRow.measured_at))
    assert at == datetime(2026, 1, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("payload", "sentence"),
    [
        (b"", "Choose the file of a logger."),
        (b"\x89PNG\0\0", "This is not a text file."),
        (b"a,b\n1,2\n", "This is not a file of a logger that can be read"),
        (logger_files.fridge_tag([450], serial="990500000002"), "No probe has the serial number"),
    ],
)
def test_what_cannot_be_imported_is_refused_with_its_reason(
    app: Flask, client: PageClient, fridge: Fridge, payload: bytes, sentence: str
) -> None:
    """The page stays, says why, and nothing is stored."""
    client.sign_in(Role.PHARMACIST)

    refused = upload(client, payload)

    assert refused.status_code == 422
    assert sentence in client.page.text
    assert rows(app, LoggerFileRow) == []


def test_a_forged_content_is_refused(client: PageClient, fridge: Fridge) -> None:
    """What the preview carried along is checked like any file; a bomb is cut off."""
    client.sign_in(Role.PHARMACIST)
    client.get(ADDRESS)

    for content in ("no base64!", "AAAA", "eNoDAAAAAAE="):
        data = {"csrf_token": client.token(), "act": "import", "content": content}
        assert client.post(ADDRESS, data=data).status_code == 422


def test_a_nurse_sees_imports_and_imports_none(client: PageClient, fridge: Fridge) -> None:
    """Evidence is for everybody who may read; the act is the pharmacist's."""
    client.sign_in(Role.NURSE)

    assert client.get(ADDRESS).status_code == 200
    assert "File of the logger" not in client.page.text
    assert upload(client, logger_files.fridge_tag(DAY)).status_code == 403


def test_a_logger_of_another_site_is_nobodys(
    app: Flask, client: PageClient, fridge: Fridge
) -> None:
    """A pharmacist of one site neither imports nor learns of the loggers of another."""
    with app.app_context(), Session(db.engine) as store:
        away = places.a_fridge(store, site=places.a_site(store, code="haidian"))
        places.a_probe(store, unit=away, device="990500000003")
        store.commit()
    client.sign_in(Role.PHARMACIST)

    refused = upload(client, logger_files.fridge_tag(DAY, serial="990500000003"))

    assert refused.status_code == 422
    assert "No probe has the serial number 990500000003" in client.page.text
