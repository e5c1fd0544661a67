"""What a resident does on the pages, for tests that begin or end with a booking."""

import re

from werkzeug.test import TestResponse

from tests.build.booking import OpenClinic
from tests.web_client import PageClient
from vaxsite.residents.rules import check_character

FIRST = "11010119850505002"
NUMBER = FIRST + check_character(FIRST)
DETAILS = {
    "name": "陈安娜",
    "id_kind": "resident_id",
    "id_number": NUMBER,
    "phone": "139 1234 5678",
    "email": "",
    "address": "",
}
BORN = {"born_on-year": "1985", "born_on-month": "5", "born_on-day": "5"}


def answer(client: PageClient, language: str, **born: str) -> None:
    """Answer the three questions as somebody born on 5 May 1985 without a special work."""
    client.submit("/book", language=language, **(born or BORN))
    client.submit("/book/occupation", language=language, occupation="other")
    client.submit("/book/health", language=language, ill="no")


def choose(client: PageClient, clinic: OpenClinic, language: str, *, slot: int = 0) -> None:
    """Choose the clinic, tomorrow, and a time; the seat is then held."""
    client.submit("/book/clinic", language=language, site=str(clinic.site_id))
    client.submit("/book/day", language=language, day="2026-01-13")
    held = client.submit("/book/time", language=language, slot=str(clinic.slot_ids[slot]))
    assert held.headers["Location"] == "/book/second"


def send(client: PageClient, action: str, language: str = "en", **fields: str) -> TestResponse:
    """Send the form of the page at hand that goes to *action*, with all that it holds hidden."""
    page = client.page
    form = next(one for one in page.all("form") if one.attributes["action"].startswith(action))
    hidden = {
        one.attributes["name"]: one.attributes.get("value", "")
        for one in page.within("input", form)
        if one.attributes.get("type") == "hidden"
    }
    return client.post(form.attributes["action"], data={**hidden, **fields}, language=language)


def book(
    client: PageClient, clinic: OpenClinic, language: str = "en", *, slot: int = 0, **changed: str
) -> str:
    """Go through all pages and return the reference that the last one shows."""
    answer(client, language)
    choose(client, clinic, language, slot=slot)
    client.submit("/book/details", language=language, **{**DETAILS, **changed})
    done = send(client, "/book/confirm", language)
    assert done.headers["Location"].startswith("/book/done")
    client.get(done.headers["Location"], language=language)
    found = re.search(r"\b[0-9A-Z]{3}-[0-9A-Z]{4}-[0-9A-Z]{3}\b", client.page.text)
    assert found is not None
    return found.group()


def look_up(client: PageClient, reference: str, language: str = "en", **born: str) -> TestResponse:
    return client.submit("/my-booking", language=language, reference=reference, **(born or BORN))
