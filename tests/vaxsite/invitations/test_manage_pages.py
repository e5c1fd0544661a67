"""Staff invite, take back and renew on the pages, in both languages; exceptions are listed."""

import re

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.outbox import OutboxMessage
from sensors.store.transaction import transaction
from tests.build.booking import NOW, OpenClinic, an_open_clinic
from tests.build.pages import NUMBER, send
from tests.web_client import PageClient
from vaxsite.core.permissions import Role
from vaxsite.invitations import queries
from vaxsite.invitations.models import Invitation
from vaxsite.messages import gateways

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])
CODE = r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b"


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session, group="from-60")


def day(name: str, number: int, month: int = 1, year: int = 2026) -> dict[str, str]:
    return {f"{name}-year": f"{year}", f"{name}-month": f"{month}", f"{name}-day": f"{number}"}


def filled(clinic: OpenClinic, **changed: str) -> dict[str, str]:
    return {
        "kind": "exception",
        "reason": "Leaves for work abroad",
        "name": "陈安娜",
        **day("born_on", 5, 5, 1985),
        "id_kind": "resident_id",
        "id_number": NUMBER,
        "speaks": "zh",
        "site": str(clinic.site_id),
        "product": str(clinic.product_id),
        "group": "everyone-from-18",
        **day("last_day", 14),
        **changed,
    }


def wrong_fields(client: PageClient) -> list[str]:
    """Return the ids to which the summary of errors leads."""
    links = [one.attributes.get("href", "") for one in client.page.all("a")]
    return [link[1:] for link in links if link.startswith("#") and link != "#maincontent"]


def invite(client: PageClient, clinic: OpenClinic, language: str = "en", **changed: str) -> str:
    client.sign_in(Role.MANAGER, site=clinic.site_id)
    client.submit("/manage/invitations/new", language=language, **filled(clinic, **changed))
    return client.page.text


@LANGUAGES
def test_an_exception_is_given_and_listed(
    sessions: sessionmaker[Session], client: PageClient, clinic: OpenClinic, language: str
) -> None:
    """The code is shown once, and the list of exceptions says who, why and until when."""
    shown = invite(client, clinic, language)
    code = re.search(CODE, shown)
    assert code is not None

    listed = client.get("/manage/invitations?kind=exception", language=language).text
    assert "陈安娜" in listed
    assert "Leaves for work abroad" in listed
    assert code.group() not in listed
    with sessions() as session:
        plain = code.group().replace("-", "")
        born_on = session.scalars(select(Invitation.born_on)).one()
        assert queries.find_by_code(session, code=plain, born_on=born_on) is not None


@LANGUAGES
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"id_number": NUMBER[:-1] + "9"}, "id_number"),
        (day("born_on", 6, 5, 1985), "id_number"),
        (day("last_day", 1), "last_day"),
        ({"group": "nobody"}, "group"),
        ({"phone": "12"}, "phone"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    client: PageClient, clinic: OpenClinic, wrong: dict[str, str], field: str, language: str
) -> None:
    """No reason, a mistyped number, another birth date, a day gone by: nothing is made."""
    assert re.search(CODE, invite(client, clinic, language, **wrong)) is None
    assert field in {one.split("-")[0] for one in wrong_fields(client)}


@LANGUAGES
def test_the_code_goes_to_a_phone_where_the_clinic_sends_texts(
    sessions: sessionmaker[Session], client: PageClient, clinic: OpenClinic, language: str
) -> None:
    """Without an e-mail address; the page says that it was sent."""
    with sessions() as session, transaction(session):
        url = "https://texts.example/send#secret"
        gateways.add(session, site_id=clinic.site_id, url=url, actor=clinic.manager, now=NOW)

    shown = invite(client, clinic, language, phone="139 1234 5678")

    assert {"en": "The code was sent", "zh": "邀请码已发送"}[language] in shown
    with sessions() as session:
        address = session.scalars(select(OutboxMessage.address)).one()
        assert address.startswith("+8613912345678 ")


def test_it_is_taken_back_and_renewed(
    sessions: sessionmaker[Session], client: PageClient, clinic: OpenClinic
) -> None:
    """Taken back it can be renewed, which shows another code."""
    first = re.search(CODE, invite(client, clinic))
    with sessions() as session:
        made = session.scalars(select(Invitation.id)).one()
    client.get(f"/manage/invitations/{made}")
    send(client, f"/manage/invitations/{made}/take-back")
    assert "Taken back" in client.get(f"/manage/invitations/{made}").text

    renewed = client.submit(f"/manage/invitations/{made}", **day("last_day", 20))

    second = re.search(CODE, renewed.text)
    assert first is not None
    assert second is not None
    assert first.group() != second.group()


def test_another_clinics_invitation_is_not_found(
    sessions: sessionmaker[Session], client: PageClient, clinic: OpenClinic
) -> None:
    """The manager of another site sees neither the list entry nor the page."""
    invite(client, clinic)
    with sessions() as session, transaction(session):
        other = an_open_clinic(session, code="hillside", product_id=clinic.product_id)
        made = session.scalars(select(Invitation.id)).one()
    client.sign_in(Role.MANAGER, site=other.site_id)

    assert "陈安娜" not in client.get("/manage/invitations").text
    assert client.get(f"/manage/invitations/{made}").status_code == 404
