"""The pages of the call list, in both languages, for the own clinic only."""

import pytest
from sqlalchemy.orm import Session

from tests.build.booking import a_clinic
from tests.build.calls import a_call
from tests.build.stock import staff_of
from tests.web_client import PageClient
from vaxsite.calls import queries
from vaxsite.core.permissions import Role


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough for pages: what they call is tested on both."""
    return sqlite_url


@pytest.fixture
def address(session: Session, client: PageClient) -> str:
    """The address of the one call of a clinic whose nurse is signed in."""
    site = a_clinic(session)
    a_call(session, site_id=site.id)
    session.commit()
    client.sign_in(Role.NURSE)
    (call,) = queries.pending(session, site_id=site.id)
    return f"/clinic/calls/{call.id}"


@pytest.mark.parametrize(
    ("language", "why"), [("en", "There is no address"), ("zh", "没有可发送消息")]
)
def test_the_list_says_whom_to_call_and_why(
    client: PageClient, address: str, language: str, why: str
) -> None:
    """Name, reason and what it is about stand on the list; the page has the number to dial."""
    listed = client.get(f"/clinic/calls?lang={language}").text
    assert "陈安娜" in listed
    assert why in listed

    shown = client.get(f"{address}?lang={language}").text
    assert 'href="tel:+8613912345678"' in shown
    assert "明天9:00已为您预留一剂疫苗。" in shown


def test_a_result_is_written_down_and_the_next_waits(client: PageClient, address: str) -> None:
    """No answer moves the person to later; reached takes them off the list."""
    assert client.submit(address, result="no_answer").status_code == 303
    later = client.get("/clinic/calls?lang=en").text
    assert "Try again later" in later
    assert "1 try so far." in later

    assert client.submit(address, result="reached").status_code == 303
    assert "Nobody needs a call now." in client.get("/clinic/calls?lang=en").text


def test_without_a_choice_nothing_is_written_down(client: PageClient, address: str) -> None:
    """The page comes back and says what to choose."""
    response = client.submit(f"{address}?lang=en")

    assert response.status_code == 422
    assert "Choose what came of the call." in response.text


def test_a_call_of_another_clinic_is_not_found(
    client: PageClient, session: Session, address: str
) -> None:
    """Whoever works elsewhere gets the answer of a call that never was."""
    other = a_clinic(session, code="hillside")
    a_call(session, site_id=other.id, key="other")
    session.commit()
    (call,) = queries.pending(session, site_id=other.id)
    nurse = staff_of(other.id, Role.NURSE)
    assert queries.get_call(session, call_id=call.id, actor=nurse).id == call.id

    assert client.get(f"/clinic/calls/{call.id}").status_code == 404
