"""The manager's pages of rosters and the resident's question, in both languages, no scripts."""

import csv
import io
from io import BytesIO
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from tests.build.pages import DETAILS, answer, choose, send
from tests.build.rosters import CODE_URL, GROUP, accepted, csv_file, line, xlsx_file
from tests.web_client import PageClient
from vaxsite.booking.models import Appointment
from vaxsite.core.permissions import Role
from vaxsite.rosters.models import Roster, RosterMember
from vaxsite.rosters.services import entering
from vaxsite.visits import queries as visits

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
Sessions = sessionmaker[Session]
BORN = {"born_on-year": "1985", "born_on-month": "5", "born_on-day": "5"}


@pytest.fixture
def clinic(sessions: Sessions) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session, group=GROUP)


@pytest.fixture(autouse=True)
def made_up_people(app: Flask) -> None:
    """Let the numbers of made-up people be typed, as in the demonstration."""
    app.config["VAXSITE_DEMO"] = True


def day(name: str, number: int, month: int = 1, year: int = 2026) -> dict[str, str]:
    return {f"{name}-year": f"{year}", f"{name}-month": f"{month}", f"{name}-day": f"{number}"}


def upload(
    client: PageClient,
    clinic: OpenClinic,
    payload: bytes,
    *,
    language: str = "en",
    name: str = "list.csv",
    **changed: str,
) -> TestResponse:
    """Sign in as the manager and send the form with a file."""
    client.sign_in(Role.MANAGER, site=clinic.site_id)
    data = {
        "csrf_token": client.token(),
        "organisation": "滨湖冷库",
        "site": str(clinic.site_id),
        "product": str(clinic.product_id),
        "group": GROUP,
        "file": (BytesIO(payload), name),
        **changed,
    }
    return client.post(
        "/manage/rosters/new", data=data, content_type="multipart/form-data", language=language
    )


def wrong_fields(client: PageClient) -> list[str]:
    links = [one.attributes.get("href", "") for one in client.page.all("a")]
    return [link[1:] for link in links if link.startswith("#") and link != "#maincontent"]


def roster(sessions: Sessions) -> Roster:
    with sessions() as session:
        return session.scalars(select(Roster)).one()


@LANGUAGES
def test_from_the_file_to_the_end_of_its_roster(
    sessions: Sessions, client: PageClient, clinic: OpenClinic, language: str
) -> None:
    """Upload, look, enter the good rows and invite, see how far they are, undo."""
    payload = xlsx_file(line(1), line(2, name="李静"), line(3, phone="", email=""))
    shown = upload(client, clinic, payload, language=language, name="名单.xlsx")
    address = shown.headers["Location"]
    preview = client.get(address, language=language).text
    assert {"en": "Neither a phone nor", "zh": "既无电话也无邮箱"}[language] in preview

    send(client, f"{address}/accept", language, take="good", invite="yes", **day("book_by", 31))
    entering.enter_due(sessions, url=CODE_URL, now=NOW)
    progress = client.get(address, language=language).text
    assert {"en": "In force", "zh": "生效中"}[language] in progress
    assert "陈安娜" in progress

    client.get(f"{address}/undo", language=language)
    send(client, f"{address}/undo", language)
    assert roster(sessions).state == "undoing"
    client.get("/manage/rosters", language=language)
    assert "滨湖冷库" in client.page.text


@LANGUAGES
@pytest.mark.parametrize(
    ("payload", "changed", "field"),
    [
        (b"", {}, "file"),
        (b"%PDF-1.7\0", {}, "file"),
        (csv_file(header=("姓名",)), {}, "file"),
        (csv_file(line(1)), {"organisation": ""}, "organisation"),
        (csv_file(line(1)), {"group": "nobody"}, "group"),
        (csv_file(line(1)), {"site": "999"}, "site"),
        (csv_file(line(1)), day("last_day", 1), "last_day"),
    ],
)
def test_what_cannot_be_taken_is_told_beside_its_field(
    sessions: Sessions,
    client: PageClient,
    clinic: OpenClinic,
    language: str,
    payload: bytes,
    changed: dict[str, str],
    field: str,
) -> None:
    """Nothing is kept, and what was typed stays in the form."""
    upload(client, clinic, payload, language=language, **changed)

    assert [one.split("-")[0] for one in wrong_fields(client)] == [field]
    with sessions() as session:
        assert session.scalars(select(Roster)).all() == []


def test_twenty_megabytes_are_turned_away(client: PageClient, clinic: OpenClinic) -> None:
    """Before the form is read."""
    client.sign_in(Role.MANAGER, site=clinic.site_id)
    sent = client.post(
        "/manage/rosters/new",
        data=b"x" * 20_000_000,
        content_type="multipart/form-data; boundary=x",
    )

    assert sent.status_code == 413


@LANGUAGES
def test_the_manager_says_in_which_language_people_are_written_to(
    client: PageClient, clinic: OpenClinic, language: str
) -> None:
    """The page counts them before anybody is entered; a language nobody knows is told."""
    payload = csv_file(line(1), line(2), line(3, language="zh"), line(4, language="tlh"))
    shown = upload(client, clinic, payload, language=language, speaks="en")
    client.get(shown.headers["Location"], language=language)

    assert "中文 1 · English 2" in client.page.text
    said = {"en": "We cannot write in this language", "zh": "暂不支持用这种语言发送消息"}
    assert said[language] in client.page.text


def test_the_same_file_twice_leads_to_one_roster(
    sessions: Sessions, client: PageClient, clinic: OpenClinic
) -> None:
    """The second time says so."""
    payload = csv_file(line(1))
    first = upload(client, clinic, payload).headers["Location"]
    second = upload(client, clinic, payload).headers["Location"]

    assert second == f"{first}?again=1"
    client.get(second, language="en")
    assert "uploaded before" in client.page.text
    assert roster(sessions).good == 1


def test_all_or_nobody_enters_nobody_while_a_row_is_wrong(
    sessions: Sessions, client: PageClient, clinic: OpenClinic
) -> None:
    """The page says how many rows, and that nobody was entered."""
    address = upload(client, clinic, csv_file(line(1), line(1))).headers["Location"]
    client.get(address)
    send(client, f"{address}/accept", take="all", invite="no")

    assert wrong_fields(client) == ["take"]
    assert roster(sessions).state == "previewed"


@pytest.mark.parametrize("wrong", [{}, day("book_by", 11), day("book_by", 13, year=2028)])
def test_an_invitation_needs_a_day_to_come(
    client: PageClient, clinic: OpenClinic, wrong: dict[str, str]
) -> None:
    """None typed, yesterday, and in two years."""
    address = upload(client, clinic, csv_file(line(1))).headers["Location"]
    client.get(address)
    send(client, f"{address}/accept", invite="yes", **wrong)

    assert wrong_fields(client)[0].startswith("book_by")


def test_a_discarded_list_leaves_no_rows(
    sessions: Sessions, client: PageClient, clinic: OpenClinic
) -> None:
    """Its page stays, without anybody."""
    address = upload(client, clinic, csv_file(line(1))).headers["Location"]
    client.get(address)
    send(client, f"{address}/discard")

    assert (roster(sessions).state, roster(sessions).content) == ("discarded", None)
    client.get(address)


def test_files_run_no_formula(sessions: Sessions, client: PageClient, clinic: OpenClinic) -> None:
    """A name that a spreadsheet would run is given as text; problems name no person at all."""
    evil = '=HYPERLINK("http://x")'.replace('"', "")
    accepted(sessions, clinic, csv_file(line(1, name=evil), line(2, phone="12")))
    client.sign_in(Role.MANAGER, site=clinic.site_id)
    address = f"/manage/rosters/{roster(sessions).id}"

    given = client.get(f"{address}/people.csv").get_data(as_text=True)
    [_, row] = csv.reader(io.StringIO(given.lstrip("\ufeff")))
    assert row[1] == f"'{evil}"
    problems = upload(client, clinic, csv_file(line(3, phone="=1+1"))).headers["Location"]
    listed = client.get(f"{problems}/problems.csv", language="en").get_data(as_text=True)
    assert "2,Phone,This is no phone number" in listed
    assert "=1+1" not in listed
    assert "姓名" in client.get("/manage/rosters/example.csv").get_data(as_text=True)


def test_a_roster_of_another_clinic_is_not_there(
    sessions: Sessions, client: PageClient, clinic: OpenClinic
) -> None:
    """Neither its page nor its files nor its buttons."""
    roster_id = accepted(sessions, clinic, csv_file(line(1)))
    with sessions() as session, transaction(session):
        other = an_open_clinic(session, code="hillside", product_id=clinic.product_id)
    client.sign_in(Role.MANAGER, site=other.site_id)
    token = client.token()
    for path in ("", "/undo", "/people.csv", "/problems.csv"):
        assert client.get(f"/manage/rosters/{roster_id}{path}").status_code == 404
    for path in ("accept", "discard", "undo"):
        sent = client.post(f"/manage/rosters/{roster_id}/{path}", data={"csrf_token": token})
        assert sent.status_code == 404
    assert roster(sessions).state == "in_force"


def registered(client: PageClient, language: str = "en", **changed: str) -> TestResponse:
    typed = {"id_kind": "resident_id", "id_number": line(1)[2], **BORN, **changed}
    return client.submit("/book/registered", language=language, **typed)


@LANGUAGES
def test_somebody_on_a_roster_books_by_document(
    sessions: Sessions, client: PageClient, clinic: OpenClinic, language: str
) -> None:
    """The answer says why, since when and what to bring; the door then asks for no proof."""
    accepted(sessions, clinic, csv_file(line(1)), book_until=None)
    answer(client, language)

    assert registered(client, language).headers["Location"] == "/book/turn"
    told = client.get("/book/turn", language=language).text
    since = {"en": "registered you from 12 January 2026 on", "zh": "自2026年1月12日起有效"}
    assert since[language] in told
    assert "滨湖" not in told.split(since[language])[0][-200:]  # Not which employer.

    choose(client, clinic, language)
    client.submit("/book/details", language=language, **{**DETAILS, "id_number": line(1)[2]})
    done = send(client, "/book/confirm", language)
    assert done.headers["Location"].startswith("/book/done")
    with sessions() as session:
        appointment_id = session.scalars(select(Appointment.id)).one()
        entry = visits.get_entry(session, appointment_id=appointment_id, actor=clinic.manager)
    assert (entry.group_code, entry.group) == (GROUP, None)


def test_another_document_at_the_end_is_refused(
    sessions: Sessions, client: PageClient, clinic: OpenClinic
) -> None:
    """The number of a colleague opens the pages; the seat goes by the document that is given."""
    accepted(sessions, clinic, csv_file(line(1)), book_until=None)
    answer(client, "en")
    registered(client)
    choose(client, clinic, "en")
    client.submit("/book/details", language="en", **{**DETAILS, "id_number": line(2)[2]})

    send(client, "/book/confirm")

    assert client.page.text.count("Choose another time")
    with sessions() as session:
        assert session.scalars(select(Appointment)).all() == []


@LANGUAGES
@pytest.mark.parametrize(
    "changed",
    [
        {"id_number": line(2)[2]},
        {"id_kind": "passport", "id_number": "E1234567"},
        {"id_number": "1234"},
        {"born_on-day": "6"},
    ],
)
def test_who_is_on_no_roster_is_told_alike(
    sessions: Sessions,
    client: PageClient,
    clinic: OpenClinic,
    language: str,
    changed: dict[str, str],
) -> None:
    """A foreign number, a passport, half a number, another birth date: told beside the number."""
    accepted(sessions, clinic, csv_file(line(1)))

    registered(client, language, **changed)

    assert wrong_fields(client) == ["id_number"]


def test_tries_are_counted(sessions: Sessions, client: PageClient, clinic: OpenClinic) -> None:
    """The sixth try of one document waits, and right ones are not counted."""
    accepted(sessions, clinic, csv_file(line(1)))
    said = [registered(client, **{"born_on-day": "6"}).status_code for _ in range(6)]

    assert said == [422] * 5 + [429]


def test_members_hold_no_name_in_clear(
    sessions: Sessions, client: PageClient, clinic: OpenClinic
) -> None:
    """Neither name, number, phone nor address is readable in the table."""
    accepted(sessions, clinic, csv_file(line(1, email="ana@example.com")))
    with sessions() as session:
        raw = session.connection().exec_driver_sql("SELECT * FROM roster_member").one()
        kept = session.scalars(select(RosterMember)).one()

    found = b" ".join(bytes(one) for one in raw if isinstance(one, bytes))
    assert isinstance(kept.id, UUID)
    for personal in (kept.name, kept.id_number, "13912345678", "ana@example.com"):
        assert personal.encode() not in found
