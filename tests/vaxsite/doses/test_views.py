"""The nurse's pages around the needle, in both languages."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.build import clinic, places, stock
from tests.build.clinic import MINUTE, OPENED, Clinic
from tests.conftest import FrozenClock
from tests.web_client import PageClient
from vaxsite.core.ids import show_reference
from vaxsite.core.permissions import Role
from vaxsite.record.models import Dose
from vaxsite.visits import queries

CODE = "88888888888888888801"
TICKED = ["asked_again", "shown"]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough for pages: what they call is tested on both."""
    return sqlite_url


@pytest.fixture
def place(session: Session, clock: FrozenClock) -> Clinic:
    """An open clinic whose lot has one package with a traceability code."""
    place = clinic.a_stocked_clinic(session)
    stock.a_lot(
        session,
        product_id=place.product_id,
        unit=place.fridge,
        trace_codes=(CODE,),
        at=OPENED - timedelta(hours=1),
    )
    session.commit()
    clock.now = OPENED
    return place


@pytest.fixture
def visit_id(session: Session, place: Clinic) -> UUID:
    """Ana, checked in and well."""
    found = clinic.screened(session, place, clinic.booked(session, place))
    session.commit()
    return found


@pytest.fixture
def nurse(client: PageClient, session: Session, place: Clinic, visit_id: UUID) -> PageClient:
    """The browser of the clinic's nurse."""
    site_id = place.site.id
    session.rollback()  # What was read must not stand in the way of what is written later.
    client.sign_in(Role.NURSE, site=site_id)
    return client


def doses(session: Session) -> int:
    """How many rows of doses there are."""
    session.rollback()
    return session.scalar(select(func.count()).select_from(Dose)) or 0


def hidden(client: PageClient, action: str) -> dict[str, str]:
    """What the form of the last page holds hidden."""
    form = next(
        form for form in client.page.all("form") if form.attributes["action"].endswith(action)
    )
    return {
        one.attributes["name"]: one.attributes["value"]
        for one in client.page.within("input", form)
        if one.attributes.get("type") == "hidden"
    }


def scan(client: PageClient, visit_id: UUID, code: str, language: str = "en") -> str:
    """Scan into the focused field and give back what the page says."""
    client.submit(f"/clinic/visits/{visit_id}/dose", language=language, code=code)
    return client.page.text


def give(client: PageClient, visit_id: UUID, **fields: object) -> int:
    """Send the form of the dose as the last page shows it."""
    data = hidden(client, "/dose/record") | {"body_site": "left_arm", "ticked": TICKED} | fields
    return client.post(f"/clinic/visits/{visit_id}/dose/record", data=data).status_code


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Right vaccine", "Kept cold", "Fridge F1", "Record the dose as given now"]),
        ("zh", ["疫苗无误", "冷链完好", "冰箱F1", "确认现已接种并记录"]),
    ],
)
def test_scan_shows_what_was_understood_and_every_check(
    nurse: PageClient, session: Session, visit_id: UUID, language: str, words: list[str]
) -> None:
    """Product, lot, fridge and the word of each check; nothing is recorded yet."""
    text = scan(nurse, visit_id, CODE + "\r", language)

    assert "L2026A" in text
    assert all(word in text for word in words)
    assert doses(session) == 0


def test_scan_field_is_alone_in_its_form(nurse: PageClient, visit_id: UUID) -> None:
    """Enter from a scanner sends that field only, never the dose."""
    scan(nurse, visit_id, "L2026A")

    forms = {
        name: form.attributes["action"]
        for form in nurse.page.all("form")
        for one in nurse.page.within("input", form)
        if (name := one.attributes.get("name")) in {"code", "body_site"}
    }
    assert forms["code"].endswith("/dose")
    assert forms["body_site"].endswith("/dose/record")
    (field,) = [one for one in nurse.page.all("input") if "autofocus" in one.attributes]
    assert field.attributes["name"] == "code"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_dose_is_recorded_and_the_clock_runs(
    nurse: PageClient, session: Session, visit_id: UUID, language: str
) -> None:
    """Given at nine, observed until half past nine."""
    scan(nurse, visit_id, CODE)

    assert give(nurse, visit_id) == 303
    page = nurse.get(f"/clinic/visits/{visit_id}/recorded", language=language)

    assert {"en": "Observation until 09:30", "zh": "留观至09:30"}[language] in page.text
    assert doses(session) == 1


def test_dose_sent_twice_is_recorded_once(
    nurse: PageClient, session: Session, visit_id: UUID
) -> None:
    """A double press is one dose, and both answers are the same."""
    scan(nurse, visit_id, CODE)
    data = hidden(nurse, "/dose/record")

    assert give(nurse, visit_id) == 303
    assert give(nurse, visit_id, **data) == 303

    assert doses(session) == 1


@pytest.mark.parametrize(
    "fields", [{"ticked": ["shown"]}, {"ticked": []}, {"body_site": ""}, {"body_site": "nose"}]
)
def test_dose_without_every_confirmation_is_not_recorded(
    nurse: PageClient, session: Session, visit_id: UUID, fields: dict[str, object]
) -> None:
    """The page comes back with what is missing, the scan still on it."""
    scan(nurse, visit_id, "L2026A")

    assert give(nurse, visit_id, **fields) == 422

    assert "L2026A" in nurse.page.text
    assert doses(session) == 0


@pytest.mark.parametrize(
    ("language", "loud", "reason"),
    [
        ("en", "Stop. Do not vaccinate.", "Fridge F1 has been out of range since"),
        ("zh", "停止！不要接种。", "冰箱F1自2026年1月13日"),
    ],
)
def test_held_lot_is_refused_loudly_with_the_reason(
    nurse: PageClient,
    session: Session,
    place: Clinic,
    visit_id: UUID,
    language: str,
    loud: str,
    reason: str,
) -> None:
    """Unit, since when, how warm, what to do; no button to record."""
    places.an_excursion(session, sensor=place.probe, began_at=OPENED - 40 * MINUTE)
    session.commit()

    text = scan(nurse, visit_id, "L2026A", language)

    assert loud in text
    assert reason in text
    assert "10.9 °C" in text
    assert 'name="body_site"' not in text


def test_lot_held_after_the_scan_is_refused_at_the_record(
    nurse: PageClient, session: Session, place: Clinic, visit_id: UUID
) -> None:
    """The button was there; the answer is no."""
    scan(nurse, visit_id, "L2026A")
    places.an_excursion(session, sensor=place.probe, began_at=OPENED - MINUTE)
    session.commit()

    assert give(nurse, visit_id) == 409

    assert "Stop. Do not vaccinate." in nurse.page.text
    assert doses(session) == 0


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reference_of_somebody_else_stops(
    nurse: PageClient, session: Session, place: Clinic, visit_id: UUID, language: str
) -> None:
    """Wrong person, also after the right package is scanned."""
    bo = clinic.booked(session, place, name="王博", index=2)
    session.commit()
    entry = queries.get_entry(session, appointment_id=bo, actor=place.nurse)

    first = scan(nurse, visit_id, show_reference(entry.reference), language)
    data = hidden(nurse, "/dose") | {"code": "L2026A"}
    second = nurse.post(f"/clinic/visits/{visit_id}/dose", data=data, language=language)

    loud = {"en": "Stop. Do not vaccinate.", "zh": "停止！不要接种。"}[language]
    assert loud in first
    assert loud in second.text


def test_own_reference_is_the_right_person(
    nurse: PageClient, session: Session, place: Clinic, visit_id: UUID
) -> None:
    """Scanned beside the needle, then the package: both count."""
    entry = queries.get_visit(session, visit_id=visit_id, actor=place.nurse)

    text = scan(nurse, visit_id, show_reference(entry.reference))
    data = hidden(nurse, "/dose") | {"code": CODE}
    nurse.post(f"/clinic/visits/{visit_id}/dose", data=data)

    assert "Right person" in text
    assert give(nurse, visit_id) == 303


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("", "Scan or type a code."),
        ("L9999", "Lot L9999 is not in our stock."),
        ("88888888888888888899", "The traceability code 88888888888888888899 is not in our stock."),
        ("(01)123(10)A", "We could not read that code."),
        ("x" * 300, "That is too long for a code."),
    ],
)
def test_code_that_names_no_lot_says_why(
    nurse: PageClient, visit_id: UUID, code: str, sentence: str
) -> None:
    """Nothing is guessed."""
    assert sentence in scan(nurse, visit_id, code)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_dose_that_was_given_is_recorded_with_its_verdict(
    nurse: PageClient,
    session: Session,
    place: Clinic,
    visit_id: UUID,
    clock: FrozenClock,
    language: str,
) -> None:
    """A held lot was used: the record says it."""
    places.an_excursion(session, sensor=place.probe, began_at=OPENED - 40 * MINUTE)
    session.commit()
    clock.now = OPENED + 10 * MINUTE
    address = f"/clinic/visits/{visit_id}/dose/afterwards"
    fields = {"code": "L2026A", "body_site": "left_arm", "why": "given_before_scan"}

    future = nurse.submit(address, language=language, given_at="09:11", **fields)
    given = nurse.submit(address, language=language, given_at="09:05", **fields)
    page = nurse.get(f"/clinic/visits/{visit_id}/recorded", language=language)

    assert (future.status_code, given.status_code) == (422, 303)
    assert {"en": "held lot", "zh": "批号已暂停使用"}[language] in page.text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_record_is_corrected_with_a_reason(
    nurse: PageClient, session: Session, place: Clinic, visit_id: UUID, language: str
) -> None:
    """The old row stays; the page shows the new one."""
    dose_id = clinic.given(session, place, visit_id, at=OPENED)
    session.commit()
    address = f"/clinic/doses/{dose_id}/correct"
    fields = {"code": "", "given_at": "09:00", "body_site": "right_arm"}

    missing = nurse.submit(address, language=language, **fields, reason="")
    done = nurse.submit(address, language=language, **fields, reason="左右写反")
    page = nurse.get(f"/clinic/visits/{visit_id}/recorded", language=language)

    assert (missing.status_code, done.status_code) == (422, 303)
    assert {"en": "Right upper arm", "zh": "右上臂"}[language] in page.text
    assert doses(session) == 2


def test_dose_that_was_not_given_is_withdrawn(
    nurse: PageClient, session: Session, place: Clinic, visit_id: UUID
) -> None:
    """The person is back before the needle."""
    dose_id = clinic.given(session, place, visit_id, at=OPENED)
    session.commit()

    response = nurse.submit(f"/clinic/doses/{dose_id}/correct", not_given="Pressed by mistake")
    page = nurse.get(str(response.location))

    assert "Screened" in page.text
    assert nurse.get(f"/clinic/visits/{visit_id}/recorded").status_code == 404


def test_another_clinic_gets_no_page(
    client: PageClient, session: Session, place: Clinic, visit_id: UUID
) -> None:
    """Not to scan, not to record, not to see, not to correct."""
    dose_id = clinic.given(session, place, visit_id, at=OPENED)
    other = clinic.a_stocked_clinic(session, code="hillside")
    session.commit()
    client.sign_in(Role.NURSE, site=other.site.id)
    token = {"csrf_token": client.token()}

    for address in ("dose", "dose/afterwards", "recorded"):
        assert client.get(f"/clinic/visits/{visit_id}/{address}").status_code == 404, address
    for address in ("dose", "dose/record", "dose/afterwards"):
        sent = client.post(f"/clinic/visits/{visit_id}/{address}", data=token)
        assert sent.status_code == 404, address
    assert client.get(f"/clinic/doses/{dose_id}/correct").status_code == 404
    assert client.post(f"/clinic/doses/{dose_id}/correct", data=token).status_code == 404
    assert client.post(f"/clinic/doses/{dose_id}/withdraw", data=token).status_code == 404
