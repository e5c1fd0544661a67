"""Free seats for everybody: right, at most two seconds old, and nobody's own."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests.build.booking import TOMORROW, OpenClinic, a_published_session, an_open_clinic
from tests.build.programs import Program
from tests.conftest import FrozenClock
from vaxsite.api.remembering import QUESTIONS_MOST
from vaxsite.slots.models import Slot
from vaxsite.web.db import db

ADDRESS = "/api/v1/availability"


def ask(program: Program, query: str = "site=riverside", **headers: str) -> TestResponse:
    """Ask for free seats."""
    return program.send("GET", f"{ADDRESS}?{query}", **headers)


def free(answer: TestResponse) -> dict[int, int]:
    """Return the free seats by slot."""
    return {
        one["slot"]: one["free"] for session in answer.json["sessions"] for one in session["slots"]
    }


def test_a_session_tells_its_times(program: Program, clinic: OpenClinic) -> None:
    """Place, vaccine, day and each time with its free seats, in both languages."""
    program.hold(clinic.slot_ids[0], people=2)

    found = ask(program)

    [session] = found.json["sessions"]
    assert session["site"]["code"] == "riverside"
    assert session["site"]["timezone"] == "Asia/Shanghai"
    assert set(session["product"]["name"]) == {"en", "zh"}
    assert (session["day"], session["doses"]) == ("2026-01-13", "any")
    assert free(found) == {clinic.slot_ids[0]: 3, clinic.slot_ids[1]: 5}
    assert found.headers["Cache-Control"] == "public, max-age=2"
    assert "Vary" not in found.headers


def test_it_is_two_seconds_old_at_most(
    program: Program, clinic: OpenClinic, clock: FrozenClock
) -> None:
    """Within two seconds everybody gets the same answer with its age; then a new one is made."""
    before = ask(program)
    program.hold(clinic.slot_ids[0])
    clock.advance(seconds=1.9)
    remembered = ask(program)
    clock.advance(seconds=0.1)
    after = ask(program)

    assert (before.headers["Age"], remembered.headers["Age"]) == ("0", "1")
    assert remembered.data == before.data
    assert free(after)[clinic.slot_ids[0]] == 4


def test_a_clock_that_goes_back_makes_no_answer_young(
    program: Program, clinic: OpenClinic, clock: FrozenClock
) -> None:
    """An answer from the future is not given."""
    ask(program)
    program.hold(clinic.slot_ids[0])
    clock.advance(seconds=-60)

    assert free(ask(program))[clinic.slot_ids[0]] == 4


def test_who_knows_the_answer_is_told_that_it_stands(program: Program) -> None:
    """If-None-Match answers 304 without a body until seats change."""
    first = ask(program)

    again = ask(program, If_None_Match=first.headers["ETag"])

    assert (again.status_code, again.data) == (304, b"")


def test_remembered_answers_ask_no_database(app: Flask, program: Program) -> None:
    """The second answer is made without a statement; no cookie of the first goes along."""
    statements: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    ask(program, Cookie="vax=somebody")
    asked = [one for one in statements if one.startswith("SELECT")]
    done = len(statements)
    answers = [ask(program, Cookie="vax=somebody else") for _ in range(5)]

    assert len(asked) == 1
    assert len(statements) == done
    assert all("Set-Cookie" not in one.headers for one in answers)


def test_what_is_remembered_is_bounded(app: Flask, program: Program) -> None:
    """Thousands of different questions take no more memory than some hundreds."""
    for day in range(QUESTIONS_MOST + 10):
        ask(program, f"day={(TOMORROW + timedelta(days=day)).isoformat()}")

    assert 0 < len(app.wsgi_app._kept) <= QUESTIONS_MOST  # type: ignore[attr-defined]  # noqa: SLF001 - its memory is what is tested


def test_a_day_and_a_vaccine_narrow_it(
    program: Program, clinic: OpenClinic, session: Session
) -> None:
    """A day is the clinic's own; another vaccine has no times."""
    a_published_session(
        session,
        site_id=clinic.site_id,
        product_id=clinic.product_id,
        day=TOMORROW + timedelta(days=1),
    )
    an_open_clinic(session, code="hillside", product_id=clinic.product_id)
    session.commit()

    assert len(ask(program).json["sessions"]) == 2
    assert len(ask(program, "day=2026-01-13").json["sessions"]) == 2
    assert len(ask(program, "site=riverside&day=2026-01-13").json["sessions"]) == 1
    assert ask(program, "site=riverside&product=nothing").json["sessions"] == []


def test_what_is_not_offered_is_not_told(
    program: Program, clinic: OpenClinic, clock: FrozenClock, session: Session
) -> None:
    """Times that are over and sessions that were withdrawn are left out; set-aside ones say so."""
    session.get_one(Slot, clinic.slot_ids[1]).kept_for = "60-plus"
    session.commit()
    [told] = ask(program).json["sessions"]
    clock.advance(days=2)
    past = ask(program)

    assert [one["group"] for one in told["slots"]] == [None, "60-plus"]
    assert past.json == {"sessions": [], "complete": True}


def test_unknown_and_missing_parameters_are_refused(program: Program) -> None:
    """A misspelt name, a wrong day, no limit at all, a clinic that is not: none is remembered."""
    wrong = {
        "": 422,
        "product=covid": 422,
        "sites=riverside": 422,
        "site=riverside&lang=zh": 422,
        "site=riverside&day=tomorrow": 422,
        "day=0001-01-01": 422,
        "site=nowhere": 404,
    }
    answers = {query: ask(program, query) for query in wrong}

    assert {query: one.status_code for query, one in answers.items()} == wrong
    assert all(one.mimetype == "application/problem+json" for one in answers.values())
    assert answers[""].json["reason"] == "too_wide"
    assert answers["sites=riverside"].json["errors"][0]["pointer"] == "#/query/sites"
