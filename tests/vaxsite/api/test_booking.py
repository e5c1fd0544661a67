"""A program books, looks up, changes and cancels: two requests for a booking, no cookie."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.build.booking import TOMORROW, OpenClinic, a_published_session
from tests.build.programs import BORN, HOLDS, Program, a_person
from vaxsite.booking import counting
from vaxsite.booking.models import Appointment, BookingOrigin
from vaxsite.core.audit import AuditEntry
from vaxsite.slots import queries as slots


def test_a_booking_is_two_requests(program: Program, clinic: OpenClinic, session: Session) -> None:
    """Hold and confirm: an appointment of the API's door with a reference, and no cookie set."""
    held = program.hold(clinic.slot_ids[0])
    done = program.book(held.json, a_person(), contact={"phone": "13912345678", "reach": "call"})

    assert (held.status_code, done.status_code) == (201, 201)
    assert "Set-Cookie" not in {**held.headers, **done.headers}
    assert held.headers["Location"] == f"{HOLDS}/{held.json['id']}"
    [one] = done.json["appointments"]
    assert one["slot"] == clinic.slot_ids[0]
    assert one["starts_at"] == "2026-01-13T01:00:00+00:00"
    origin = session.scalars(select(BookingOrigin)).one()
    assert (origin.came_by, origin.relation, origin.reach) == ("api", "self", "call")
    [count] = [one for one in counting.count_seats(session) if one.slot_id == clinic.slot_ids[0]]
    assert (count.held, count.booked) == (0, 1)


def test_a_household_is_booked_with_both_doses(
    program: Program, clinic: OpenClinic, session: Session
) -> None:
    """Three people and two doses are six appointments, by person and dose, told by a helper."""
    later = a_published_session(
        session,
        site_id=clinic.site_id,
        product_id=clinic.product_id,
        day=TOMORROW + timedelta(days=28),
    )
    session.commit()
    second = slots.slots_of_session(session, later)[0].id
    session.commit()

    held = program.hold(clinic.slot_ids[0], second_slot=second, people=3)
    done = program.book(
        held.json,
        *(a_person(index) for index in (1, 2, 3)),
        on_behalf={"relation": "child", "agrees": True},
    )

    assert done.status_code == 201, done.json
    told = [(one["member"], one["dose_number"]) for one in done.json["appointments"]]
    assert told == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2)]
    assert session.scalars(select(BookingOrigin.relation)).one() == "child"


def test_an_appointment_is_found_moved_and_cancelled(
    program: Program, clinic: OpenClinic, session: Session
) -> None:
    """Reference and birth date open it; the reference stays when the time moves; a seat is free."""
    booked = program.booked(clinic.slot_ids[0])
    address = booked["href"]

    found = program.send("GET", address, Birth_Date=BORN)
    moved = program.send(
        "PATCH",
        address,
        {"slot": clinic.slot_ids[1], "sequence": booked["sequence"]},
        Birth_Date=BORN,
    )
    gone = program.send("DELETE", address, Birth_Date=BORN)
    again = program.send("DELETE", address, Birth_Date=BORN)

    assert found.json["appointments"] == [booked]
    [after] = moved.json["appointments"]
    assert (after["slot"], after["reference"]) == (clinic.slot_ids[1], booked["reference"])
    assert [one["state"] for one in gone.json["appointments"]] == ["cancelled"]
    assert (again.status_code, again.json) == (200, gone.json)
    assert all(count.free == 5 for count in counting.count_seats(session))


def test_everyone_is_cancelled_only_when_asked(program: Program, clinic: OpenClinic) -> None:
    """One of two people is called off, then the rest of the booking."""
    first = program.booked(clinic.slot_ids[0], a_person(1), a_person(2))

    one = program.send("DELETE", first["href"], Birth_Date=BORN)
    whole = program.send("GET", first["href"], Birth_Date=BORN)
    other = next(each for each in whole.json["appointments"] if each["member"] == 2)
    both = program.send("DELETE", f"{other['href']}?everyone=true", Birth_Date=BORN)

    assert [each["member"] for each in one.json["appointments"]] == [1]
    assert [each["member"] for each in both.json["appointments"]] == [2]


def test_a_hold_is_given_back(program: Program, clinic: OpenClinic, session: Session) -> None:
    """Only its secret gives it back; twice is once; nobody can book it afterwards."""
    held = program.hold(clinic.slot_ids[0], people=2).json

    stranger = program.send("DELETE", held["href"], Hold_Secret="somebody else's")
    given = [program.send("DELETE", held["href"], Hold_Secret=held["secret"]) for _ in range(2)]
    late = program.book(held, a_person(1), a_person(2))

    assert stranger.status_code == 404
    assert [one.status_code for one in given] == [204, 204]
    assert (late.status_code, late.json["reason"]) == (409, "hold_replaced")
    assert all(count.free == 5 for count in counting.count_seats(session))


def test_a_booked_hold_is_not_given_back(program: Program, clinic: OpenClinic) -> None:
    """Its seats are appointments; confirmed once more it names the same ones."""
    held = program.hold(clinic.slot_ids[0]).json
    first, again = program.book(held), program.book(held)

    given = program.send("DELETE", held["href"], Hold_Secret=held["secret"])

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json["appointments"] == first.json["appointments"]
    assert (given.status_code, given.json["reason"]) == (409, "hold_booked")


def test_nothing_personal_is_in_the_audit(
    program: Program, clinic: OpenClinic, session: Session
) -> None:
    """Rows name records and codes: no name, number, phone or secret."""
    held = program.hold(clinic.slot_ids[0]).json
    program.book(held, a_person())

    entries = session.scalars(select(AuditEntry)).all()
    text = " ".join(f"{one.subject} {one.detail}" for one in entries)
    assert entries
    for private in ("陈安娜", "E00000001", "13912345678", held["secret"], BORN):
        assert private not in text
    row = session.scalars(select(Appointment)).one()
    assert row.created_at.date() == date(2026, 1, 12)
