"""Booking with an invitation on the pages, in both languages."""

import re
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session, sessionmaker

from sensors.store.transaction import transaction
from tests.build.booking import OpenClinic, an_open_clinic, details_of
from tests.build.invitations import an_invitation
from tests.build.pages import BORN, DETAILS, NUMBER, answer, choose, send
from tests.web_client import PageClient
from vaxsite.invitations import queries
from vaxsite.invitations.rules.states import InvitationState, show_code
from vaxsite.invitations.services import inviting

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ERROR = r'nhsuk-error-message"[^>]*>(.*?)</'
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


@pytest.fixture
def clinic(sessions: sessionmaker[Session]) -> OpenClinic:
    with sessions() as session, transaction(session):
        return an_open_clinic(session, group="from-60")


@pytest.fixture
def invited(sessions: sessionmaker[Session], clinic: OpenClinic) -> inviting.Invited:
    """Ana of the pages is invited, by the number that she types there."""
    with sessions() as session, transaction(session):
        return an_invitation(session, clinic, replace(details_of(), id_number=NUMBER))


def open_it(client: PageClient, code: str, language: str, **born: str) -> int:
    return client.submit(
        "/invitation", language=language, code=show_code(code), **(born or BORN)
    ).status_code


@LANGUAGES
def test_from_the_code_to_the_appointment(
    sessions: sessionmaker[Session],
    client: PageClient,
    clinic: OpenClinic,
    invited: inviting.Invited,
    language: str,
) -> None:
    """Code and birth date open it; the questions, the seat and the confirmation go as ever."""
    assert open_it(client, invited.code, language) == 302
    shown = client.get("/invitation/show", language=language)
    assert ("You can book" if language == "en" else "您可以预约") in shown.text

    answer(client, language)
    turn = client.get("/book/turn", language=language)
    assert ("Your group: Everyone" if language == "en" else "18岁及以上所有人") in turn.text
    choose(client, clinic, language)
    client.submit("/book/details", language=language, **DETAILS)
    done = send(client, "/book/confirm", language)

    assert done.headers["Location"].startswith("/book/done")
    with sessions() as session:
        terms = queries.get_invitation(session, invited.id).terms
    assert terms.state is InvitationState.USED
    used = client.get("/invitation/show", language=language)
    assert ("was used for a booking" if language == "en" else "已用于预约") in used.text


@LANGUAGES
def test_a_wrong_code_and_a_wrong_birth_date_have_one_answer(
    client: PageClient, invited: inviting.Invited, language: str
) -> None:
    """Neither tells whether there is such an invitation."""
    answers = []
    for code, born in ((invited.code[::-1], {}), (invited.code, {**BORN, "born_on-day": "6"})):
        open_it(client, code, language, **born)
        answers.append(re.findall(ERROR, client.page.text, re.DOTALL))
        assert client.get("/invitation/show", language=language).status_code == 302

    assert answers[0] == answers[1]


def test_it_is_forgotten_on_a_shared_device(client: PageClient, invited: inviting.Invited) -> None:
    """After the button nobody sees it in this browser, and it stays open."""
    open_it(client, invited.code, "en")
    client.get("/invitation/show", language="en")
    send(client, "/invitation/leave")

    assert client.get("/invitation/show", language="en").headers["Location"] == "/invitation"
