"""The pages of the waiting list: join, see the place, answer; both languages, no JavaScript."""

import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.test import TestResponse

from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from tests.build.waiting import offered, states, waits
from tests.web_client import PageClient
from vaxsite.core.permissions import Role
from vaxsite.waiting_list import queries

WISH = {
    "product": "1",
    "size": "2",
    "sites": "1",
    "weekdays": ["0", "1", "2"],
    "parts": ["morning", "afternoon"],
    "notice": "60",
}


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session)


def post(client: PageClient, address: str, follow: bool = False, **data: object) -> TestResponse:
    """Send a form with the token of the session; the language is English."""
    fields = {**data, "csrf_token": client.token()}
    return client.post(address, data=fields, language="en", follow_redirects=follow)


def hidden(text: str) -> dict[str, str]:
    """What a page carries on."""
    return dict(re.findall(r'type="hidden" name="(wish|others)" value="([^"]*)"', text))


def a_person(index: int) -> dict[str, str]:
    return {
        "other_name": "陈" + "一二三"[index - 1],
        "other_born_on-year": "1985",
        "other_born_on-month": "5",
        "other_born_on-day": "5",
        "other_id_kind": "passport",
        "other_id_number": f"E{index:08}",
        "other_ill": "no",
        "other_occupation": "other",
    }


def test_a_household_joins_sees_its_place_and_books_the_offer(
    client: PageClient, sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Two people join without e-mail, see that they are first, accept, and read two references."""
    client.get("/waiting/join", language="zh")
    text = post(client, "/waiting/join", **WISH).text
    for index in (1, 2):
        text = post(client, "/waiting/join/person", **hidden(text), **a_person(index)).text
    contact = {**hidden(text), "reach": "call", "phone": "13912345678", "leftover": "yes"}
    assert "number 1 in line" in post(client, "/waiting/join/contact", True, **contact).text
    assert offered(sessions) == 1
    client.get("/waiting/mine", language="zh")
    shown = client.get("/waiting/mine", language="en").text
    assert "2 seats are kept for you" in shown
    offer = re.search(r'name="offer" value="([^"]+)"', shown)
    assert offer
    answer = post(client, "/waiting/mine/accept", True, offer=offer[1])
    assert answer.text.count("Reference:") == 2
    again = post(client, "/waiting/mine/accept", offer=offer[1])
    assert (again.status_code, "answered already" in again.text) == (409, True)


def test_a_link_only_shows(
    client: PageClient, sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Opening the link of a message changes nothing, however often a scanner follows it."""
    with sessions() as session, transaction(session):
        entry_id = waits(session, clinic)
    offered(sessions)
    with sessions() as session:
        secret = queries.get_entry(session, entry_id).link_secret
    for _ in range(2):
        answer = client.get(f"/waiting/{secret}", follow_redirects=True, language="en")
    assert "Yes, book these seats" in answer.text
    assert secret not in answer.text
    assert states(sessions, [entry_id]) == ["offered"]


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "This link is no longer valid"), ("zh", "此链接已失效")],
)
def test_an_unknown_link_is_told_and_leads_on(
    client: PageClient, clinic: OpenClinic, language: str, said: str
) -> None:
    """Also that of a dose left over; one answer for all, without the link, and a way to look up."""
    for address in ("/waiting/unknown", "/leftover/unknown"):
        answer = client.get(address, language=language, follow_redirects=True)
        assert answer.request.full_path == "/waiting?link=unknown"
        assert said in answer.text
        assert 'name="number"' in answer.text
    assert said not in client.get("/waiting", language=language).text


def test_leaving_and_forgetting(
    client: PageClient, sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """Number and birth date open the entry; leaving ends it, forgetting closes the page."""
    with sessions() as session, transaction(session):
        entry_id = waits(session, clinic, now=NOW)
        number = queries.get_entry(session, entry_id).number
    born = {"born_on-year": "1985", "born_on-month": "5", "born_on-day": "5"}
    assert post(client, "/waiting", number="AAAAAAAAAA", **born).status_code == 422
    post(client, "/waiting", number=number, **born)
    assert "You have left the list" in post(client, "/waiting/mine/leave", True).text
    post(client, "/waiting/mine/forget")
    assert client.get("/waiting/mine").location == "/waiting"


def test_what_is_missing_is_said_beside_its_field(client: PageClient, clinic: OpenClinic) -> None:
    """Without a clinic the page names the field; with the wrong e-mail choice too."""
    answer = post(client, "/waiting/join", **{**WISH, "sites": []})
    assert "Choose at least one clinic." in answer.text
    text = post(client, "/waiting/join", **{**WISH, "size": "1"}).text
    text = post(client, "/waiting/join/person", **hidden(text), **a_person(1)).text
    answer = post(
        client, "/waiting/join/contact", **hidden(text), reach="email", phone="13912345678"
    )
    assert (answer.status_code, "Type an e-mail address" in answer.text) == (422, True)


def test_staff_see_the_order_and_no_names(
    client: PageClient, sessions: sessionmaker[Session], clinic: OpenClinic
) -> None:
    """A nurse sees numbers, groups and offers of her clinic in the order of the list."""
    with sessions() as session, transaction(session):
        waits(session, clinic)
        waits(session, clinic, (2, 3), now=NOW + timedelta(minutes=1))
    offered(sessions)
    client.sign_in(Role.NURSE, site=clinic.site_id)
    for language, text in (("zh", "共有3人候补"), ("en", "3 people wait.")):
        shown = client.get("/clinic/waiting", language=language).text
        assert text in shown
        assert "陈" not in shown
    client.sign_in(Role.PHARMACIST, site=clinic.site_id)
    assert client.get("/clinic/waiting").status_code in {403, 404}
