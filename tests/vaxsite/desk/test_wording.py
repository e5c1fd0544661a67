"""The pages of a booking as staff read them: no sentence speaks as the person themselves."""

import re

import pytest
from flask import Flask

from tests.build import doors
from tests.build.booking import OpenClinic
from tests.build.doors import Asker
from tests.build.pages import send
from tests.web_client import PageClient

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
# "Remind me", "my answers", "I have none": ticked or pressed by staff they would be about staff.
FIRST_PERSON = re.compile(r"\b(me|my|mine|I)\b", re.IGNORECASE)
HANDED_OVER = "Tell the person the reference, or give them the slip."
PAGES = ("show", "change", "cancel", "later")


def in_first_person(client: PageClient) -> list[str]:
    """What the main part of the page at hand says as somebody who speaks of themselves."""
    main = client.page.all("main")[0]
    own = [one for one in client.page.elements if any(up is main for up in one.parents)]
    return [one.text.strip() for one in own if FIRST_PERSON.search(one.text)]


@SQLITE
@pytest.mark.parametrize("door", ["phone", "counter", "web"])
def test_no_page_of_a_booking_speaks_as_the_person(
    app: Flask, clinic: OpenClinic, door: str
) -> None:
    """From the turn to the appointment; the last page tells staff to hand the reference over."""
    client, who, found = doors.at(app, door), Asker(), list[str]()
    doors.answer(client, who)
    client.get("/book/turn")
    found += in_first_person(client)
    doors.offer(client, clinic)
    found += in_first_person(client)
    client.submit("/book/day", day="2026-01-13")
    client.submit("/book/time", slot=str(clinic.slot_ids[0]))
    client.get("/book/second", follow_redirects=True)
    client.get("/book/details")
    found += in_first_person(client)
    client.submit("/book/details", **who.typed(1))
    found += in_first_person(client)
    client.get(send(client, "/book/confirm").location)
    found += in_first_person(client)
    assert (HANDED_OVER in client.page.text) is (door != "web")
    for name in PAGES:
        assert client.get(f"/my-booking/{name}").status_code == 200
        found += in_first_person(client)
    if door == "web":  # Where a device can be told to forget whom it shows.
        found = [one for one in found if "Forget me" not in one]
    assert found == []
