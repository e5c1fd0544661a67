"""What people mistype, paste or tamper with, at every door: a kind sentence, and nothing stored."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from tests.build import doors
from tests.build.booking import (
    OpenClinic,
    person_number,
)
from tests.build.doors import DOORS, Asker
from tests.build.pages import send
from vaxsite.desk import rules as desk
from vaxsite.residents import rules as residents
from vaxsite.residents.models import Person
from vaxsite.residents.queries import find_by_document
from vaxsite.residents.rules import IdKind, Reason

LONG = "9" * 10_000
EMOJI = "\N{GRINNING FACE}"
RARE = "\U00020bb7"  # A Chinese character beyond 16 bits, as in the name 𠮷野.
MARK = "\N{RIGHT-TO-LEFT MARK}"
WHOLE = "Enter a real date, with day, month and year as numbers."
TOO_LONG = "This is too long. Type at most %s characters."
PARTS = "The date must have a day, a month and a year."
FUTURE = "The birth date lies in the future. Check the year."
NAME = "Type the name in letters or Chinese characters, without pictures and signs."
PHONE = residents.SENTENCES[Reason.PHONE]
NUMBER = "An identity card number has only digits; the last character may be an X."
EMAIL = "Type an e-mail address such as name@example.com."

# Day, month, year as typed, and the sentence; none where it is a birth date.
BIRTHS: Mapping[str, tuple[str, str, str, str]] = {
    "empty": ("", "", "", "Type the birth date."),
    "no year": ("5", "5", "", PARTS),
    "too long": ("5", "5", LONG, WHOLE),
    "emoji": (EMOJI, "5", "1985", WHOLE),
    "rare character": (RARE, "5", "1985", WHOLE),
    "words": ("five", "May", "1985", WHOLE),
    "no such day": ("31", "4", "1985", WHOLE),
    "no leap year": ("29", "2", "2023", WHOLE),
    "minus": ("-5", "5", "1985", WHOLE),
    "in the future": ("13", "3", "2026", FUTURE),
    "too long ago": (
        "1",
        "1",
        "1870",
        "The birth date is more than 130 years ago. Check the year.",
    ),
    "leap year": ("29", "2", "1956", ""),
    "full width": ("５", "５", "１９８５", ""),
    "marks": (f"{MARK}5", f"5{MARK}", "\u202a1985\u202c", ""),
}
# Fields, which of them is wrong, and the sentence.
DETAILS: Mapping[str, tuple[dict[str, str], str, str]] = {
    "no name": (
        {"name": ""},
        "name",
        "Type the name of the person who will be vaccinated.",
    ),
    "name of marks": (
        {"name": MARK * 3},
        "name",
        "Type the name of the person who will be vaccinated.",
    ),
    "name too long": ({"name": "王" * 10_000}, "name", TOO_LONG % 300),
    "name of 101": (
        {"name": "王" * 101},
        "name",
        "This name is too long. Type at most 100 characters.",
    ),
    "emoji as name": ({"name": EMOJI}, "name", NAME),
    "emoji in name": ({"name": f"王{EMOJI}"}, "name", NAME),
    "digits as name": ({"name": "12345"}, "name", NAME),
    "wrong check digit": (
        {"id_number": "990101198505050010"},
        "id_number",
        residents.SENTENCES[Reason.ID_CHECK],
    ),
    "number too short": (
        {"id_number": "9901011985050500"},
        "id_number",
        residents.SENTENCES[Reason.ID_LENGTH] % {"typed": 16},
    ),
    "number too long": ({"id_number": LONG}, "id_number", TOO_LONG % 300),
    "emoji in number": ({"id_number": f"9901011985050500{EMOJI}X"}, "id_number", NUMBER),
    "other birth date": (
        {"id_number": person_number(1, born_on=date(1948, 3, 27))},
        "id_number",
        residents.SENTENCES[Reason.ID_OTHER_BIRTH_DATE],
    ),
    "no number": (
        {"id_number": ""},
        "id_number",
        "Type the number of the document, or choose that there is none.",
    ),
    "half a passport": (
        {"id_kind": "passport", "id_number": "E1"},
        "id_number",
        "Type the number of the document: 5 to 20 letters and digits, without signs.",
    ),
    "tampered kind": ({"id_kind": "library card"}, "id_kind", "Choose one of the answers."),
    "phone too short": ({"phone": "1391234"}, "phone", PHONE),
    "phone too long": ({"phone": LONG}, "phone", TOO_LONG % 300),
    "emoji as phone": ({"phone": EMOJI}, "phone", PHONE),
    "words as phone": ({"phone": "call me"}, "phone", PHONE),
    "no country of that code": ({"phone": "+999 1234 5678"}, "phone", PHONE),
    "no e-mail": ({"email": "ana at example"}, "email", EMAIL),
    "emoji as e-mail": ({"email": f"{EMOJI}@example.com"}, "email", EMAIL),
    "e-mail too long": ({"email": f"{'a' * 10_000}@example.com"}, "email", TOO_LONG % 254),
    "address too long": (
        {"address": "路" * 10_000},
        "address",
        "This address is too long. Type the street and the number.",
    ),
    "tampered reminder": ({"remind": "always"}, "remind", "Choose one of the answers."),
}
# What is not as the form expects it, and yet means something: taken, and stored as it is meant.
MEANT: Mapping[str, tuple[str, str, str, str | None]] = {
    "a rare character": ("name", f"{RARE}野家", "name", f"{RARE}野家"),
    "marks around a name": ("name", f"\u202e陈{MARK}安娜\u202c", "name", "陈安娜"),
    "spaces in a name": ("name", "  Anna   Chen ", "name", "Anna Chen"),
    "full-width phone": ("phone", "１３９１２３４５６７８", "phone", "+8613912345678"),
    "spaces in a phone": ("phone", " 139 1234  5678 ", "phone", "+8613912345678"),
    "marks in a phone": ("phone", f"{MARK}139{MARK}12345678", "phone", "+8613912345678"),
    "a phone of another country": ("phone", "+44 20 7946 0958", "phone", "+442079460958"),
    "no phone": ("phone", "", "phone", None),
}


@pytest.mark.parametrize("door", DOORS)
def test_wrong_birth_dates_are_explained_at_every_door(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, door: str
) -> None:
    """One sentence at the first box; what can be meant only one way is taken."""
    client = doors.at(app, door)
    found = {}
    for case, (day, month, year, _) in BIRTHS.items():
        born = {"born_on-day": day, "born_on-month": month, "born_on-year": year}
        sent = client.submit("/book", **born)
        found[case] = "" if sent.status_code == 302 else doors.said_at(client).get("born_on-day")

    assert found == {case: sentence for case, (*_, sentence) in BIRTHS.items()}
    assert doors.rows(sessions) == [0, 0]


@pytest.mark.parametrize("door", DOORS)
def test_wrong_details_are_explained_at_every_door(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, door: str
) -> None:
    """Each sentence stands at its field, also where the form skips the page that checks it."""
    client = doors.at(app, door)
    doors.to_details(client, clinic)
    wrong = {}
    for case, (changed, field, sentence) in DETAILS.items():
        sent = client.submit("/book/details", **{**Asker().typed(1), **changed})
        found = (sent.status_code, doors.said_at(client))
        if found != (422, {field: sentence}):
            wrong[case] = found
        page = send(client, "/book/check", **{**Asker().typed(1), **changed})
        token = {"csrf_token": client.token()}
        sent = client.post("/book/confirm", data={**token, **Asker().typed(1), **changed})
        if page.status_code != 422 or sent.status_code != 422:
            wrong[f"{case}, confirmed"] = (page.status_code, {"status": str(sent.status_code)})

    assert wrong == {}
    assert doors.rows(sessions) == [0, 0]


@pytest.mark.parametrize("door", DOORS)
def test_what_can_be_meant_only_one_way_is_taken_at_every_door(
    app: Flask, sessions: sessionmaker[Session], clinic: OpenClinic, door: str
) -> None:
    """Full-width digits, spaces, marks that nobody sees, other countries, rare characters."""
    stored = {}
    for index, (case, (field, typed, column, _)) in enumerate(MEANT.items(), start=1):
        client = doors.at(app, door)
        doors.to_details(client, clinic)
        client.submit("/book/details", **{**Asker().typed(index), field: typed})
        sent = send(client, "/book/confirm")
        assert sent.status_code == 302, case
        with sessions() as session:
            found = find_by_document(
                session, kind=IdKind.RESIDENT_ID, number=Asker().typed(index)["id_number"]
            )
            stored[case] = getattr(session.get_one(Person, found), column)

    assert stored == {case: meant for case, (*_, meant) in MEANT.items()}


SEARCHES: Mapping[str, tuple[dict[str, Any], str, str]] = {
    "nothing": (
        {},
        "reference",
        desk.SENTENCES[desk.Reason.NOTHING_TYPED],
    ),
    "a name alone": (
        {"name": "王"},
        "reference",
        desk.SENTENCES[desk.Reason.NOTHING_TYPED],
    ),
    "too long": ({"reference": LONG}, "reference", TOO_LONG % 300),
    "no such day": (
        {"born_on-day": "31", "born_on-month": "4", "born_on-year": "1985", "name": "王"},
        "born_on-day",
        WHOLE,
    ),
    "wrong check digit": (
        {"id_number": "990101198505050010"},
        "id_number",
        residents.SENTENCES[Reason.ID_CHECK],
    ),
    "emoji": (
        {"reference": EMOJI},
        "reference",
        desk.SENTENCES[desk.Reason.UNKNOWN],
    ),
}


@pytest.mark.parametrize("door", ["phone", "counter"])
def test_a_mistyped_search_of_the_desk_is_explained(
    app: Flask, clinic: OpenClinic, door: str
) -> None:
    """Each sentence at its field."""
    client = doors.at(app, door)
    found = {}
    for case, (typed, _, _) in SEARCHES.items():
        client.submit("/desk", **{"reference": "", **typed})
        found[case] = doors.said_at(client)

    assert found == {case: {field: said} for case, (_, field, said) in SEARCHES.items()}
