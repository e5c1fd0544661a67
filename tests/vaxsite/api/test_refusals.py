"""Every refusal is problem+json with the reason and the sentence of the pages."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.build.booking import OpenClinic
from tests.build.programs import APPOINTMENTS, BORN, HOLDS, Program, a_person, a_resident
from tests.conftest import FrozenClock
from vaxsite.booking import rules as booking
from vaxsite.booking.services import lookups
from vaxsite.slots.models import ClinicSession, Slot
from vaxsite.slots.rules import SEAT_SENTENCES, SeatReason
from vaxsite.waiting_room.rules import puzzle_solved
from vaxsite.web.catalogs import LANGUAGES, translate


def problem(answer: TestResponse, status: int, reason: str) -> dict[str, Any]:
    """Return the problem, once it is one of this status and reason."""
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    told: dict[str, Any] = answer.json
    assert (told["status"], told.get("reason")) == (status, reason), told
    return told


def test_the_sentence_is_in_the_language_asked_for(program: Program, clinic: OpenClinic) -> None:
    """Accept-Language decides, as on the pages."""
    program.hold(clinic.slot_ids[0], people=5)
    for language in LANGUAGES:
        program.headers["Accept-Language"] = language
        told = problem(program.hold(clinic.slot_ids[0]), 409, "full")
        assert told["detail"] == translate(SEAT_SENTENCES[SeatReason.FULL], language)


def test_slots_say_why_there_is_no_seat(
    program: Program, clinic: OpenClinic, session: Session, clock: FrozenClock
) -> None:
    """Full, set aside, withdrawn, past, unknown: each for what it is, and no seat is lost."""
    program.hold(clinic.slot_ids[0], people=4)
    problem(program.hold(clinic.slot_ids[0], people=2), 409, "full")
    assert program.hold(clinic.slot_ids[0]).status_code == 201
    session.get_one(Slot, clinic.slot_ids[1]).kept_for = "60-plus"
    session.commit()
    problem(program.hold(clinic.slot_ids[1]), 409, "set_aside")
    assert program.hold(clinic.slot_ids[1], groups=["60-plus"]).status_code == 201
    session.get_one(ClinicSession, clinic.session_id).state = "draft"
    session.commit()
    problem(program.hold(clinic.slot_ids[0]), 409, "not_offered")
    assert program.hold(999_999).status_code == 404
    clock.advance(days=2)
    problem(program.hold(clinic.slot_ids[0]), 409, "past")


def test_seats_of_holds_that_ran_out_are_free(
    program: Program, clinic: OpenClinic, clock: FrozenClock
) -> None:
    """Nobody is sent away because the sweep has not come yet."""
    program.hold(clinic.slot_ids[0], people=5)
    problem(program.hold(clinic.slot_ids[0]), 409, "full")

    clock.advance(minutes=11)

    assert program.hold(clinic.slot_ids[0]).status_code == 201


def test_a_seat_that_is_given_back_is_seen_a_moment_later(
    program: Program, clinic: OpenClinic, clock: FrozenClock
) -> None:
    """A full slot is looked at again after a quarter of a second, not at each question."""
    held = program.hold(clinic.slot_ids[0], people=5).json
    problem(program.hold(clinic.slot_ids[0]), 409, "full")
    program.send("DELETE", held["href"], Hold_Secret=held["secret"])
    problem(program.hold(clinic.slot_ids[0]), 409, "full")

    clock.advance(seconds=0.25)

    assert program.hold(clinic.slot_ids[0]).status_code == 201


def test_seats_that_are_not_out_are_nobodys(
    program: Program, clinic: OpenClinic, session: Session
) -> None:
    """What is let out in portions is neither told as free nor held before."""
    session.get_one(Slot, clinic.slot_ids[0]).withheld = 4
    session.commit()
    told = program.send("GET", "/api/v1/availability?site=riverside").json["sessions"][0]["slots"]

    assert [one["free"] for one in told] == [1, 5]
    problem(program.hold(clinic.slot_ids[0], people=2), 409, "full")


def test_a_hold_that_was_lost_says_so(
    program: Program, clinic: OpenClinic, clock: FrozenClock
) -> None:
    """After ten minutes somebody else has the seat."""
    held = program.hold(clinic.slot_ids[0], people=5).json
    clock.advance(minutes=11)
    program.hold(clinic.slot_ids[0])

    late = program.book(held, *(a_person(index) for index in range(5)))

    problem(late, 409, "hold_lost")


People = list[dict[str, Any]]


@pytest.mark.parametrize(
    ("people", "reason"),
    [
        ([a_person(1, born_on="2010-05-05")], "too_young"),
        ([a_person(1), a_person(2)], "people_missing"),
    ],
)
def test_people_are_judged_as_on_the_pages(
    program: Program, clinic: OpenClinic, people: People, reason: str
) -> None:
    """Whose turn it is not, and whom the hold does not count."""
    held = program.hold(clinic.slot_ids[0]).json

    answer = program.book(held, *people)

    assert answer.status_code == 409
    assert answer.json["reason"] == reason


def test_a_secret_that_is_wrong_knows_no_hold(program: Program, clinic: OpenClinic) -> None:
    """Another hold's secret is a stranger's."""
    held, other = program.hold(clinic.slot_ids[0]).json, program.hold(clinic.slot_ids[0]).json

    problem(program.book({**held, "secret": other["secret"]}), 409, "hold_unknown")


def test_the_same_person_twice_is_refused(program: Program, clinic: OpenClinic) -> None:
    """Two of a household are not one; a second booking of one dose is none."""
    held = program.hold(clinic.slot_ids[0], people=2).json
    problem(program.book(held, a_person(1), a_person(1)), 409, "same_person")
    program.booked(clinic.slot_ids[1], a_person(3))
    held = program.hold(clinic.slot_ids[1]).json
    problem(program.book(held, a_person(3)), 409, "already_booked")


def test_everything_wrong_is_told_at_its_place(program: Program, clinic: OpenClinic) -> None:
    """Names, numbers and phones are read by the rules of the pages, with their sentences."""
    held = program.hold(clinic.slot_ids[0], people=2).json
    wrong = a_resident(1)

    answer = program.book(
        held,
        {**wrong, "id_number": wrong["id_number"][:-1] + "?"},
        a_person(2, name=" ", born_on="2031-01-01"),
        contact={"phone": "12", "reach": "post"},
    )

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json["errors"]] == [
        "#/contact/address",
        "#/contact/phone",
        "#/people/0/id_number",
        "#/people/1/born_on",
        "#/people/1/name",
    ]
    assert "only digits" in answer.json["errors"][2]["detail"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/slot"),
        ({"slot": "x"}, "#/slot"),
        ({"slot": 1, "people": 7}, "#/people"),
        ({"slot": 1, "colour": "red"}, "#/colour"),
        ({"slot": 2**40}, "#/slot"),
        ({"slot": 1, "invitation": {"code": "A"}}, "#/invitation/born_on"),
        ([], "#"),
    ],
)
def test_a_body_of_another_shape_is_refused(program: Program, body: Any, pointer: str) -> None:
    """Each fault has its place; the answer is for people too."""
    answer = program.send("POST", HOLDS, body)

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json["errors"]] == [pointer]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"slot": "\\ud800"}', "application/json", 400),
        (b"[" * 10_000, "application/json", 400),
        (b"slot=1", "application/x-www-form-urlencoded", 415),
        (b'{"x": "' + b"a" * 20_000 + b'"}', "application/json", 413),
    ],
)
def test_what_is_no_json_is_refused(
    app: Flask, program: Program, body: bytes, kind: str, status: int
) -> None:
    """Nothing that is sent makes a fault of ours."""
    answer = app.test_client().post(
        HOLDS, data=body, content_type=kind, headers={"Idempotency-Key": "k" * 20}, check=False
    )

    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_wrong_references_have_one_answer_and_few_tries(
    program: Program, clinic: OpenClinic
) -> None:
    """Foreign, unknown and mistyped are the same; the sixth try of one reference must wait."""
    booked = program.booked(clinic.slot_ids[0])
    answers = [program.send("GET", "/api/v1/appointments/none", Birth_Date=BORN)]
    answers += [
        program.send("GET", booked["href"], Birth_Date="1985-05-06")
        for _ in range(lookups.TRIES_A_REFERENCE)
    ]

    assert {(one.status_code, one.json["reason"]) for one in answers} == {(404, "no_appointment")}
    late = program.send("GET", booked["href"], Birth_Date=BORN)
    problem(late, 429, "too_many_tries")
    assert int(late.headers["Retry-After"]) > 0


def test_a_network_answers_a_question_then_is_sent_away(
    program: Program, clinic: OpenClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limits of the pages hold here, with a question that a program can answer once."""
    monkeypatch.setattr(booking, "HOLDS_ASKED", 1)
    monkeypatch.setattr(booking, "HOLDS_MOST", 4)
    assert program.hold(clinic.slot_ids[0]).status_code == 201

    asked = problem(program.hold(clinic.slot_ids[0]), 429, "question")["question"]
    answer = {"challenge": asked["challenge"], "solved": solve(asked["challenge"])}
    right = program.hold(clinic.slot_ids[0], answer=answer)
    again = program.hold(clinic.slot_ids[0], answer=answer)

    assert right.status_code == 201
    problem(again, 429, "question")
    problem(program.hold(clinic.slot_ids[0], answer=answer), 429, "network_busy")
    program.network = "203.0.113.9"
    assert program.hold(clinic.slot_ids[0]).status_code == 201


def solve(challenge: str) -> str:
    """Return what answers the question."""
    return next(f"{one}" for one in range(1_000_000) if puzzle_solved(challenge, f"{one}"))


def test_one_phone_has_only_so_many_appointments(
    program: Program, clinic: OpenClinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever books for all of a town by one phone is stopped, as on the pages."""
    monkeypatch.setattr("vaxsite.booking.services.origins.CONTACT_MOST", 2)
    program.booked(clinic.slot_ids[0], a_person(1), a_person(2))
    held = program.hold(clinic.slot_ids[1]).json

    problem(program.book(held, a_person(3)), 409, "contact_full")


def test_a_stale_change_is_refused(program: Program, clinic: OpenClinic) -> None:
    """Who saw an older state of the appointment must look again; the own time is no change."""
    booked = program.booked(clinic.slot_ids[0])

    def change(slot: int, sequence: int) -> TestResponse:
        asked = {"slot": slot, "sequence": sequence}
        return program.send("PATCH", booked["href"], asked, Birth_Date=BORN)

    assert change(clinic.slot_ids[1], 7).status_code == 409
    problem(change(clinic.slot_ids[0], 0), 409, "same_time")
    assert change(999_999, 0).status_code == 404


def test_headers_that_are_missing_are_named(program: Program, clinic: OpenClinic) -> None:
    """Without its birth date or secret nothing is opened."""
    held = program.hold(clinic.slot_ids[0]).json
    answers = {
        "#/headers/Birth-Date": program.send("GET", f"{APPOINTMENTS}/7K39QF2M4T"),
        "#/headers/Hold-Secret": program.send("DELETE", held["href"]),
    }

    for pointer, answer in answers.items():
        assert answer.status_code == 422
        assert [one["pointer"] for one in answer.json["errors"]] == [pointer]


def test_codes_that_open_nothing_are_refused(program: Program, clinic: OpenClinic) -> None:
    """An invitation and an entry of a draw are looked up with their birth date."""
    code = {"code": "none", "born_on": BORN}

    problem(program.hold(clinic.slot_ids[0], invitation=code), 404, "no_invitation")
    problem(program.hold(clinic.slot_ids[0], draw_entry=code), 404, "no_entry")
